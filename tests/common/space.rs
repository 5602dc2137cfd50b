//! A test that runs in a network namespace of its own, with a wire between `src0` and the capture port `cap0`.
//!
//! Needs root (or CAP_SYS_ADMIN); elsewhere such a test is left out, and says so.

use std::fs;
use std::path::Path;
use std::process::Command;

use fengsui::capture::file::FileReader;
use pnet::datalink::{self, Channel, DataLinkSender};

/// Runs an ignored test of this very binary in a namespace, where this machine may make one.
pub fn run_inside(test: &str) {
    let allowed = Command::new("unshare").args(["--net", "--mount", "true"]).status().is_ok_and(|end| end.success());
    if !allowed {
        super::left_out(&format!("{test} needs root for a network namespace"));
        return;
    }
    let script = "mount -t sysfs none /sys && ip link set lo up && exec \"$0\" --ignored --exact --nocapture \"$1\"";
    let exe = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--", "sh", "-c", script])
        .arg(exe)
        .arg(test)
        .output()
        .expect("unshare is there");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{test} was not found:\n{text}");
}

/// The wire, both ends up and silent.
pub fn make_wire() {
    sh("ip link add cap0 type veth peer name src0");
    for end in ["cap0", "src0"] {
        sh(&format!("sysctl -qw net.ipv6.conf.{end}.disable_ipv6=1; ip link set {end} arp off mtu 65535 up"));
    }
}

pub fn sh(script: &str) {
    let done = Command::new("sh").args(["-ec", script]).status().expect("a shell is there");
    assert!(done.success(), "{script}");
}

/// Frames that the interface has sent since it was made.
pub fn sent_by(interface: &str) -> u64 {
    let text = fs::read_to_string(format!("/sys/class/net/{interface}/statistics/tx_packets")).unwrap();
    text.trim().parse().unwrap()
}

/// Puts frames on an interface.
pub struct Sender(Box<dyn DataLinkSender>);

impl Sender {
    pub fn on(interface: &str) -> Self {
        let found = datalink::interfaces().into_iter().find(|i| i.name == interface).expect("the interface is there");
        #[allow(clippy::disallowed_methods, reason = "it only sends")]
        let Ok(Channel::Ethernet(sender, _)) = datalink::channel(&found, datalink::Config::default()) else {
            panic!("{interface} takes frames");
        };
        Sender(sender)
    }

    pub fn send(&mut self, frame: &[u8]) {
        self.0.send_to(frame, None).expect("there is a link").expect("the frame goes out");
    }

    /// All frames of a capture, one after the other, without their pauses.
    pub fn play(&mut self, capture: &Path) -> u64 {
        let mut reader = FileReader::open(capture, 0, 0).unwrap();
        let mut frames = 0;
        while let Some(frame) = reader.next_frame().unwrap() {
            self.send(frame.bytes);
            frames += 1;
        }
        frames
    }
}
