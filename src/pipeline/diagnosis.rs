//! Says whether a mirror port is right and what to do, from what was counted there.

use serde::Serialize;

use super::survey::{Facts, most_of};
use crate::capture::Condition;
use crate::detect::catalogue::UNSEEN_SHARE;

/// Fewer frames prove nothing.
const ENOUGH_FRAMES: u64 = 20;
/// Fewer TCP conversations prove nothing.
const ENOUGH_CONVERSATIONS: usize = 2;
/// Fewer bytes prove nothing.
const ENOUGH_BYTES: u64 = 4096;
/// Names told to a person in one sentence.
const MOST_NAMES: usize = 12;
/// An Ethernet frame with tags; a larger one on a network of this size was put together by the network card.
const ETHERNET_EXTRA: u32 = 40;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Right,
    /// Worth a look; the sensor works.
    Notice,
    Wrong,
}

/// One thing that is right or wrong. The texts are `doctor.<id>`, and `doctor.<id>.fix` for what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    pub id: &'static str,
    pub level: Level,
    pub args: Vec<(&'static str, String)>,
}

fn remark(level: Level, id: &'static str, args: &[(&'static str, String)]) -> Remark {
    Remark { id, level, args: args.to_vec() }
}

/// Judges what came by. `mtu` is that of the interface, where there is one.
pub fn judge(facts: &Facts, mtu: Option<u32>) -> Vec<Remark> {
    use Level::{Notice, Right, Wrong};
    let mut remarks = Vec::new();
    let mut say = |level, id, args: &[(&'static str, String)]| remarks.push(remark(level, id, args));
    if facts.frames == 0 {
        say(Wrong, "silent", &[]);
        return remarks;
    }
    if facts.frames < ENOUGH_FRAMES {
        say(Notice, "few_frames", &[("frames", facts.frames.to_string())]);
    }
    match mirrored(facts) {
        Mirrored::Yes => say(Right, "unicast", &[("share", percent(facts.unicast, facts.frames))]),
        Mirrored::OnlyGroup => say(Wrong, "only_group", &[("share", percent(facts.group, facts.frames))]),
        Mirrored::OnlyOwn => say(Wrong, "only_own", &[("share", percent(facts.to_us, facts.frames))]),
    }
    let conversations = facts.one_sided + facts.two_sided;
    let sides = [("one", facts.one_sided.to_string()), ("all", conversations.to_string())];
    if conversations >= ENOUGH_CONVERSATIONS {
        match facts.one_sided * 100 / conversations {
            50.. => say(Wrong, "one_sided", &sides),
            10.. => say(Notice, "some_one_sided", &sides),
            _ => say(Right, "two_sided", &sides),
        }
    } else if facts.frames >= ENOUGH_FRAMES {
        say(Notice, "no_conversations", &[]);
    }
    let copies = [("share", percent(facts.copies, facts.frames))];
    match facts.copies * 100 / facts.frames {
        20.. => say(Wrong, "copies", &copies),
        2.. => say(Notice, "copies", &copies),
        _ => {}
    }
    if facts.kernel_drops > 0 {
        let level = if facts.kernel_drops * 1000 / (facts.frames + facts.kernel_drops) > 0 { Wrong } else { Notice };
        say(level, "kernel_drops", &[("frames", facts.kernel_drops.to_string())]);
    }
    if facts.acked_bytes >= ENOUGH_BYTES && facts.unseen_bytes * 100 > facts.acked_bytes * u64::from(UNSEEN_SHARE.value)
    {
        let args =
            [("share", percent(facts.unseen_bytes, facts.acked_bytes)), ("bytes", facts.unseen_bytes.to_string())];
        say(Wrong, "unseen", &args);
    }
    if facts.truncated > 0 {
        say(Notice, "truncated", &[("share", percent(facts.truncated, facts.frames))]);
    }
    if facts.undecodable * 100 / facts.frames >= 5 {
        say(Notice, "undecodable", &[("share", percent(facts.undecodable, facts.frames))]);
    }
    if mtu.is_some_and(|mtu| facts.largest > mtu + ETHERNET_EXTRA) {
        say(Notice, "joined_frames", &[("bytes", facts.largest.to_string())]);
    }
    if facts.speaks_industrial() {
        say(Right, "industrial", &[("names", most_of(&facts.protocols, MOST_NAMES).join(", "))]);
    } else {
        say(Notice, "not_industrial", &[]);
    }
    remarks
}

enum Mirrored {
    Yes,
    OnlyGroup,
    OnlyOwn,
}

/// A switch sends broadcast to every port, and our own frames to us: other machines' frames prove a mirror. A frame to a
/// machine that the switch does not know yet goes everywhere, too, but such are few.
fn mirrored(facts: &Facts) -> Mirrored {
    if facts.unicast * 20 >= facts.frames {
        Mirrored::Yes
    } else if facts.to_us > facts.group {
        Mirrored::OnlyOwn
    } else {
        Mirrored::OnlyGroup
    }
}

/// Judges the interface itself, from how it was before and after listening.
pub fn judge_interface(before: &Condition, after: &Condition) -> Vec<Remark> {
    use Level::{Notice, Right, Wrong};
    let mut remarks = Vec::new();
    let name = ("interface", before.interface.name.clone());
    let mut say = |level, id, value: Option<(&'static str, String)>| {
        let mut args = vec![name.clone()];
        args.extend(value);
        remarks.push(remark(level, id, &args));
    };
    if !after.interface.up {
        say(Wrong, "link_down", None);
    } else if !after.interface.carrier {
        say(Wrong, "no_carrier", None);
    } else {
        say(Right, "link_up", None);
    }
    let addresses: Vec<String> = after.interface.addresses.iter().map(ToString::to_string).collect();
    if !addresses.is_empty() {
        say(Notice, "has_address", Some(("addresses", addresses.join(" "))));
    }
    if after.ipv6 {
        say(Notice, "ipv6_on", None);
    }
    let sent = |condition: &Condition| condition.interface.sent_frames.unwrap_or(0);
    let sent = sent(after).saturating_sub(sent(before));
    if sent > 0 {
        say(Wrong, "sends", Some(("frames", sent.to_string())));
    }
    let lost = after.card_drops.saturating_sub(before.card_drops);
    if lost > 0 {
        say(Wrong, "card_drops", Some(("frames", lost.to_string())));
    }
    remarks
}

/// What the box has left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Reserves {
    pub memory_mb: Option<u64>,
    pub disk_mb: Option<u64>,
}

/// Memory that the engine may need in all, with its default limits.
const MEMORY_WANTED_MB: u64 = 700;
const MEMORY_LEAST_MB: u64 = 200;

/// Judges the machine: `disk_wanted_mb` is what the evidence folder may grow to.
pub fn judge_reserves(reserves: Reserves, disk_wanted_mb: u64) -> Vec<Remark> {
    let judge = |have: Option<u64>, wanted: u64, least: u64, right, short| {
        let have = have?;
        let args = [("have", have.to_string()), ("wanted", wanted.to_string())];
        Some(match have {
            _ if have >= wanted => remark(Level::Right, right, &args),
            _ if have >= least => remark(Level::Notice, short, &args),
            _ => remark(Level::Wrong, short, &args),
        })
    };
    let memory = judge(reserves.memory_mb, MEMORY_WANTED_MB, MEMORY_LEAST_MB, "memory", "memory_short");
    let disk = judge(reserves.disk_mb, disk_wanted_mb, disk_wanted_mb / 10, "disk", "disk_short");
    memory.into_iter().chain(disk).collect()
}

fn percent(part: u64, whole: u64) -> String {
    let tenths = part * 1000 / whole.max(1);
    format!("{}.{} %", tenths / 10, tenths % 10)
}
