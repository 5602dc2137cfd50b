//! `flowbits` and `xbits`: marks that one rule sets and another asks for, on a conversation or between hosts.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::number::number;
use crate::event::{Map, Timestamp};

/// Marks that one conversation may have.
const MAX_MARKS: usize = 64;
/// Marks between hosts at one time.
const MAX_HOST_MARKS: usize = 100_000;
/// Seconds for which a mark between hosts stands where a rule does not say.
const EXPIRY: u32 = 30;

/// What a rule does with marks, or asks of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BitRule {
    pub act: BitAct,
    names: Vec<Arc<str>>,
    /// Of several names all are meant, else any.
    all: bool,
    /// `None` for the marks of the conversation.
    hosts: Option<HostBits>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BitAct {
    Set,
    Unset,
    Toggle,
    IsSet,
    IsNotSet,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct HostBits {
    track: HostTrack,
    seconds: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum HostTrack {
    Source,
    Destination,
    Pair,
}

/// Marks of one conversation.
#[derive(Clone, Default, Debug)]
pub struct Marks(Vec<Arc<str>>);

/// Marks between hosts, with the time until which they stand.
#[derive(Default, Debug)]
pub struct HostMarks(Map<(Arc<str>, IpAddr, Option<IpAddr>), Timestamp>);

/// Who sent a piece to whom, and when.
#[derive(Clone, Copy, Debug)]
pub struct Between {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub at: Timestamp,
}

impl BitRule {
    /// `set,name`, `isset,a|b`, `toggle,a&b`; `None` for `noalert`.
    pub fn flow(text: &str) -> Result<Option<Self>, String> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let (act, name) = match parts[..] {
            ["noalert"] => return Ok(None),
            [act, name] => (act, name),
            [_, _, _] => return Err("groups of flowbits are not supported".to_owned()),
            _ => return Err("an act and a name are wanted".to_owned()),
        };
        let (names, all) = names(name)?;
        Ok(Some(BitRule { act: BitAct::parse(act)?, names, all, hosts: None }))
    }

    /// `set,name,track ip_src,expire 60`; `None` for `noalert`.
    pub fn host(text: &str) -> Result<Option<Self>, String> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let (act, name, options) = match &parts[..] {
            ["noalert"] => return Ok(None),
            [act, name, options @ ..] => (act, name, options),
            _ => return Err("an act, a name and what is tracked are wanted".to_owned()),
        };
        let (mut track, mut seconds) = (None, EXPIRY);
        for option in options {
            match option.split_whitespace().collect::<Vec<_>>()[..] {
                ["track", "ip_src"] => track = Some(HostTrack::Source),
                ["track", "ip_dst"] => track = Some(HostTrack::Destination),
                ["track", "ip_pair"] => track = Some(HostTrack::Pair),
                ["expire", count] => seconds = number(count)?,
                _ => return Err(format!("'{option}' is not supported")),
            }
        }
        let track = track.ok_or("track ip_src, ip_dst or ip_pair is wanted")?;
        let (names, all) = names(name)?;
        Ok(Some(BitRule { act: BitAct::parse(act)?, names, all, hosts: Some(HostBits { track, seconds }) }))
    }

    pub const fn is_of_hosts(&self) -> bool {
        self.hosts.is_some()
    }

    /// Whether what is asked for is so; an act asks for nothing.
    pub fn holds(&self, marks: &Marks, hosts: &HostMarks, between: &Between) -> bool {
        let is_set = |name: &Arc<str>| match self.hosts {
            None => marks.0.contains(name),
            Some(host) => hosts.0.get(&key(name, host.track, between)).is_some_and(|until| between.at < *until),
        };
        let found = if self.all { self.names.iter().all(is_set) } else { self.names.iter().any(is_set) };
        match self.act {
            BitAct::IsSet => found,
            BitAct::IsNotSet => !found,
            _ => true,
        }
    }

    /// Does what is to be done once the rule matched.
    pub fn act(&self, marks: &mut Marks, hosts: &mut HostMarks, between: &Between) {
        for name in &self.names {
            match self.hosts {
                None => marks.change(self.act, name),
                Some(host) => hosts.change(self.act, key(name, host.track, between), host.seconds, between.at),
            }
        }
    }
}

impl BitAct {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "set" => Ok(BitAct::Set),
            "unset" => Ok(BitAct::Unset),
            "toggle" => Ok(BitAct::Toggle),
            "isset" => Ok(BitAct::IsSet),
            "isnotset" => Ok(BitAct::IsNotSet),
            other => Err(format!("'{other}' is not supported")),
        }
    }

    pub const fn asks(self) -> bool {
        matches!(self, BitAct::IsSet | BitAct::IsNotSet)
    }
}

/// One name, or several joined by `|` or by `&`.
fn names(text: &str) -> Result<(Vec<Arc<str>>, bool), String> {
    if text.contains('|') && text.contains('&') {
        return Err(format!("'{text}' mixes | and &"));
    }
    let names: Vec<Arc<str>> = text.split(['|', '&']).map(|name| name.trim().into()).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err("a name is missing".to_owned());
    }
    if names.len() > MAX_MARKS {
        return Err(format!("{} names: at most {MAX_MARKS} are kept", names.len()));
    }
    Ok((names, !text.contains('|')))
}

fn key(name: &Arc<str>, track: HostTrack, between: &Between) -> (Arc<str>, IpAddr, Option<IpAddr>) {
    let (source, destination) = (between.source, between.destination);
    match track {
        HostTrack::Source => (name.clone(), source, None),
        HostTrack::Destination => (name.clone(), destination, None),
        HostTrack::Pair => (name.clone(), source.min(destination), Some(source.max(destination))),
    }
}

impl Marks {
    fn change(&mut self, act: BitAct, name: &Arc<str>) {
        let there = self.0.iter().position(|mark| mark == name);
        match (act, there) {
            (BitAct::Set | BitAct::Toggle, None) => {
                if self.0.len() >= MAX_MARKS {
                    self.0.remove(0);
                }
                self.0.push(name.clone());
            }
            (BitAct::Unset | BitAct::Toggle, Some(at)) => drop(self.0.swap_remove(at)),
            _ => {}
        }
    }
}

impl HostMarks {
    fn change(&mut self, act: BitAct, key: (Arc<str>, IpAddr, Option<IpAddr>), seconds: u32, at: Timestamp) {
        let stands = self.0.get(&key).is_some_and(|until| at < *until);
        match act {
            BitAct::Unset => drop(self.0.remove(&key)),
            BitAct::Toggle if stands => drop(self.0.remove(&key)),
            BitAct::Set | BitAct::Toggle => {
                if self.0.len() >= MAX_HOST_MARKS {
                    self.0.clear();
                }
                self.0.insert(key, at + Duration::from_secs(u64::from(seconds)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(source: &str, destination: &str, seconds: u64) -> Between {
        Between {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            at: Timestamp::from_parts(seconds, 0),
        }
    }

    #[test]
    fn marks_of_a_conversation() {
        let (mut marks, mut hosts) = (Marks::default(), HostMarks::default());
        let now = between("10.0.0.1", "10.0.0.2", 1);
        for (text, then) in [
            ("set,a", [true, false, true]),
            ("set,b&c", [true, true, true]),
            ("toggle,a", [false, true, true]),
            ("unset,b", [false, false, true]),
        ] {
            BitRule::flow(text).unwrap().unwrap().act(&mut marks, &mut hosts, &now);
            let holds = |text: &str| BitRule::flow(text).unwrap().unwrap().holds(&marks, &hosts, &now);
            assert_eq!([holds("isset,a"), holds("isset,b&c"), holds("isset,a|c") || holds("isset,a")], then, "{text}");
            assert_eq!(holds("isnotset,a"), !holds("isset,a"));
        }
        assert_eq!(BitRule::flow("noalert").unwrap(), None);
        assert!(BitRule::flow("set,a,group").unwrap_err().contains("groups"));
        assert!(BitRule::flow("set,a|b&c").unwrap_err().contains("mixes"));
        assert!(BitRule::flow("isset").is_err() && BitRule::flow("set,").is_err());
    }

    #[test]
    fn marks_between_hosts_expire() {
        let (mut marks, mut hosts) = (Marks::default(), HostMarks::default());
        let rule = |text: &str| BitRule::host(text).unwrap().unwrap();
        rule("set,seen,track ip_pair,expire 10").act(&mut marks, &mut hosts, &between("10.0.0.1", "10.0.0.2", 0));
        let asks = rule("isset,seen,track ip_pair");
        assert!(asks.holds(&marks, &hosts, &between("10.0.0.2", "10.0.0.1", 9)));
        assert!(!asks.holds(&marks, &hosts, &between("10.0.0.2", "10.0.0.1", 10)));
        assert!(!asks.holds(&marks, &hosts, &between("10.0.0.3", "10.0.0.1", 1)));
        assert!(BitRule::host("set,seen").unwrap_err().contains("track"));
    }

    #[test]
    fn marks_are_bounded() {
        let (mut marks, mut hosts) = (Marks::default(), HostMarks::default());
        let now = between("10.0.0.1", "10.0.0.2", 1);
        for i in 0..1_000 {
            let rule = BitRule::flow(&format!("set,n{i}")).unwrap().unwrap();
            rule.act(&mut marks, &mut hosts, &now);
        }
        assert_eq!(marks.0.len(), MAX_MARKS);
    }
}
