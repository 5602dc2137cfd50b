use std::fs;

use serde::Serialize;

use super::Interface;
use super::open::interfaces;

/// The state of an interface as far as it matters to whoever listens there, from /sys and /proc.
#[derive(Clone, Debug, Serialize)]
pub struct Condition {
    #[serde(flatten)]
    pub interface: Interface,
    /// The kernel speaks IPv6 there by itself: it announces and asks.
    pub ipv6: bool,
    /// Frames to other machines are taken.
    pub promiscuous: bool,
    pub mtu: u32,
    /// Mbit/s, where the card says so.
    pub speed: Option<u32>,
    /// Frames that the card lost before the kernel had them, since it was brought up.
    pub card_drops: u64,
}

impl Condition {
    /// `None` where there is no such interface.
    pub fn of(name: &str) -> Option<Self> {
        let interface = interfaces().into_iter().find(|interface| interface.name == name)?;
        let read = |file: &str| fs::read_to_string(format!("/sys/class/net/{name}/{file}")).unwrap_or_default();
        let number = |file: &str| read(file).trim().parse::<u64>().unwrap_or(0);
        const IFF_PROMISC: u32 = 0x100;
        let flags = u32::from_str_radix(read("flags").trim().trim_start_matches("0x"), 16).unwrap_or(0);
        let ipv6 = fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6"));
        Some(Condition {
            ipv6: ipv6.is_ok_and(|text| text.trim() == "0"),
            promiscuous: flags & IFF_PROMISC != 0,
            mtu: u32::try_from(number("mtu")).unwrap_or(0),
            speed: read("speed").trim().parse().ok(),
            card_drops: ["rx_missed_errors", "rx_fifo_errors"]
                .map(|counter| number(&format!("statistics/{counter}")))
                .iter()
                .sum(),
            interface,
        })
    }
}
