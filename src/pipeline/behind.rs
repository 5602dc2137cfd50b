//! Whether several machines stand behind one address, as a translating router (NAT) lets them: told by the first segments of
//! TCP connections, once a connection and not once a packet.
//!
//! How far a segment has travelled is told as it is, for only who knows the network can say whether that is too far. Whether
//! the connections of one client to one server begin in turns by two clocks, or by two systems, is seen here: both always
//! come to the same worker.

use std::net::IpAddr;

use smallvec::SmallVec;

use crate::decode::TcpFlags;
use crate::event::{Fact, FactKind, Map, Side, Timestamp, Vlans};
use crate::flow::FlowInfo;
use crate::signature::Headers;

/// Pairs of client and server of which one worker remembers it.
const MAX_PAIRS: usize = 1 << 14;
/// Clocks and systems kept of one pair: hosts that begin each connection at a random time bring ever new ones.
const MAX_SPEAKERS: usize = 4;
/// What counts TCP timestamps in common systems, in ticks a second (RFC 7323 section 5.4 allows 1 to 1,000).
const RATES: [u64; 3] = [1000, 250, 100];
/// A clock is one when it is met again at least so much later: a number that stands still is none.
const RUNS_MS: u64 = 1000;
/// How far a clock may be off: so much, and a two-thousandth of the time between.
const SLACK_MS: u64 = 150;
const DRIFT: u64 = 2000;
/// Where senders let their packets begin. What comes with less is a search for the way, such as traceroute's.
const INITIAL: [u8; 3] = [64, 128, 255];
/// Behind an address of the plant there are not many routers more; scanners begin at random, and lower.
const MAX_HOPS: u8 = 4;

/// The first segment of one side of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Opening {
    pub ttl: u8,
    /// The sender's clock, where it shows one.
    pub clock: Option<u32>,
    /// It asks for a connection, and does not answer.
    pub asks: bool,
}

/// Times to live with which a sender's segments came, a bit for each.
#[derive(Default)]
pub(super) struct Distances([u64; 4]);

impl Distances {
    /// True where segments were not yet told to come from so far, and that may say something.
    pub fn is_new(&mut self, ttl: u8) -> bool {
        if initial(ttl).is_none() {
            return false;
        }
        let (word, bit) = (&mut self.0[usize::from(ttl >> 6)], 1 << (ttl & 63));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[derive(Default)]
pub(super) struct Behind {
    pairs: Map<(IpAddr, IpAddr, Vlans), Pair>,
}

/// How the connections of one client to one server begin.
#[derive(Default)]
struct Pair {
    clocks: Speakers<Clock>,
    systems: Speakers<u8>,
}

/// Who begins connections, the oldest first, and whose the latest one was.
struct Speakers<T> {
    known: SmallVec<[(T, u32); 2]>,
    latest: Option<usize>,
    told: bool,
}

#[derive(Clone, Copy)]
struct Clock {
    value: u32,
    ts: Timestamp,
}

impl Opening {
    /// Of a segment that is no reset: anybody may send one in another's name, and middle boxes do.
    pub fn of(headers: &Headers, clock: Option<u32>) -> Option<Self> {
        let flags = TcpFlags(headers.tcp?.flags);
        let asks = flags.syn() && !flags.ack();
        (!flags.rst()).then_some(Opening { ttl: headers.ttl, clock: clock.filter(|_| asks), asks })
    }
}

impl Behind {
    /// A client asks for a connection; gives back what that proves about its address.
    pub fn asks(&mut self, flow: &FlowInfo, opening: Opening, ts: Timestamp) -> SmallVec<[Fact; 2]> {
        if self.pairs.len() >= MAX_PAIRS {
            self.pairs.clear();
        }
        let ends = (flow.ip(Side::Client), flow.ip(Side::Server), flow.vlans.clone());
        let pair = self.pairs.entry(ends).or_default();
        let clock = opening.clock.map(|value| Clock { value, ts });
        let clocks = clock.is_some_and(|clock| pair.clocks.take_turns(clock, |known| Clock::runs_on(known, clock)));
        let systems = initial(opening.ttl).is_some_and(|system| {
            let again = |known: &mut u8| (*known == system).then_some(true);
            pair.systems.take_turns(system, again)
        });
        let fact = |value: &str, source: &'static str, confidence| {
            let (about, kind) = (Side::Client, FactKind::Translation);
            Fact { about, kind, value: value.to_owned(), source: source.into(), confidence }
        };
        let clocks = clocks.then(|| fact("2 clocks in turns", "tcp timestamps", 85));
        let systems = systems.then(|| fact("2 initial ttls in turns", "ip ttl", 70));
        clocks.into_iter().chain(systems).collect()
    }
}

impl<T> Default for Speakers<T> {
    fn default() -> Self {
        Speakers { known: SmallVec::new(), latest: None, told: false }
    }
}

impl<T> Speakers<T> {
    /// True the first time that somebody who began before begins again after another who did so too: then both are there at
    /// once, and neither is what the other became. `again` says whether it is a known one, and whether that counts.
    fn take_turns(&mut self, who: T, mut again: impl FnMut(&mut T) -> Option<bool>) -> bool {
        let met = self.known.iter_mut().enumerate().find_map(|(place, (known, _))| Some((place, again(known)?)));
        let Some((place, counts)) = met else {
            self.start(who);
            return false;
        };
        self.known[place].1 += u32::from(counts);
        let before = self.latest.replace(place).filter(|before| *before != place);
        let returns = before.is_some_and(|before| self.known[before].1 >= 2) && self.known[place].1 >= 2;
        returns && !std::mem::replace(&mut self.told, true)
    }

    /// Who was never met again gives way first.
    fn start(&mut self, who: T) {
        if self.known.len() >= MAX_SPEAKERS {
            let place = self.known.iter().position(|(_, met)| *met < 2).unwrap_or(0);
            self.known.remove(place);
        }
        self.known.push((who, 1));
        self.latest = Some(self.known.len() - 1);
    }
}

impl Clock {
    /// Whether the known clock may show this by now, and whether it ran in between. Then it is set by it.
    fn runs_on(known: &mut Clock, now: Clock) -> Option<bool> {
        let milliseconds = u64::try_from(now.ts.since(known.ts).as_millis()).ok()?;
        let ticks = u64::from(now.value.wrapping_sub(known.value));
        let slack = SLACK_MS + milliseconds / DRIFT;
        // What lies a little behind came out of order.
        let fits = |rate: &u64| (ticks * 1000 / rate).abs_diff(milliseconds) <= slack;
        RATES.iter().any(fits).then(|| {
            let ran = milliseconds >= RUNS_MS;
            if ran {
                *known = now;
            }
            ran
        })
    }
}

/// Where a packet that arrives with this time to live will have begun.
fn initial(ttl: u8) -> Option<u8> {
    INITIAL.into_iter().find(|initial| *initial >= ttl && initial - ttl <= MAX_HOPS)
}

/// RFC 7323 section 3.2: the sender's clock in the options of a segment.
pub(super) fn timestamp(datagram: &[u8]) -> Option<u32> {
    const TIMESTAMPS: u8 = 8;
    let network = match datagram.first()? >> 4 {
        4 => usize::from(datagram[0] & 15) * 4,
        6 => 40,
        _ => return None,
    };
    let segment = datagram.get(network..)?;
    let mut options = segment.get(20..usize::from(segment.get(12)? >> 4) * 4)?;
    loop {
        match *options {
            [1, ref rest @ ..] => options = rest,
            [TIMESTAMPS, 10, a, b, c, d, ..] => {
                return Some(u32::from_be_bytes([a, b, c, d])).filter(|value| ![0, u32::MAX].contains(value));
            }
            [kind, length, ..] if kind > 1 && length > 1 => options = options.get(usize::from(length)..)?,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(starts: &[(u64, u32)]) -> bool {
        let mut speakers = Speakers::default();
        starts.iter().fold(false, |told, (second, value)| {
            let clock = Clock { value: *value, ts: Timestamp::from_parts(*second, 0) };
            speakers.take_turns(clock, |known| Clock::runs_on(known, clock)) | told
        })
    }

    #[test]
    fn two_clocks_that_take_turns_are_two_machines() {
        assert!(clocks(&[(0, 1000), (1, 900_000), (4, 5000), (6, 905_000), (9, 10_000)]));
        assert!(clocks(&[(0, 1000), (1, 900_000), (4, 1400), (6, 901_250), (9, 1900)]), "one at 100 Hz, one at 250");
    }

    #[test]
    fn a_machine_that_starts_anew_is_one() {
        assert!(!clocks(&[(0, 1000), (4, 5000), (8, 9000), (20, 77), (24, 4077), (28, 8077)]));
    }

    #[test]
    fn who_begins_each_connection_at_a_random_time_is_one() {
        let random = |second: u64| (second, (second as u32 + 1).wrapping_mul(2_654_435_769));
        assert!(!clocks(&(0..400).map(|second| random(second * 3)).collect::<Vec<_>>()));
    }

    #[test]
    fn a_number_that_stands_still_is_no_clock() {
        assert!(!clocks(&[(0, 7), (0, 900), (0, 7), (0, 900), (0, 7), (0, 900)]));
        assert!(!clocks(&[(0, 7), (3, 900_000), (6, 7), (9, 900_000), (12, 7)]));
    }

    #[test]
    fn two_systems_that_take_turns_are_two_machines_and_one_that_follows_the_other_is_not() {
        let systems = |ttls: &[u8]| {
            let mut speakers = Speakers::default();
            ttls.iter().filter_map(|ttl| initial(*ttl)).fold(false, |told, system| {
                speakers.take_turns(system, |known: &mut u8| (*known == system).then_some(true)) | told
            })
        };
        assert!(systems(&[64, 128, 64, 128]));
        assert!(!systems(&[64, 64, 64, 128, 128, 128]), "another system was started");
        assert!(!systems(&[64, 63, 62, 64, 63, 40, 62]), "other ways to one machine");
        assert!(!systems(&[1, 2, 3, 64, 4, 5, 64, 6]), "traceroute");
        assert!(!systems(&[128, 41, 128, 57, 128, 38, 59]), "nmap on a machine that begins at 128");
    }

    #[test]
    fn each_distance_is_told_once() {
        let mut told = Distances::default();
        assert_eq!(
            [64, 63, 64, 255, 17, 63, 255].map(|ttl| told.is_new(ttl)),
            [true, true, false, true, false, false, false]
        );
    }

    #[test]
    fn options_that_are_cut_or_lie_tell_no_time() {
        let mut datagram = vec![0x45; 20];
        datagram.extend([0; 12]);
        datagram.push(0x80);
        datagram.extend([0; 7]);
        datagram.extend([1, 1, 8, 10, 0, 0, 4, 210, 0, 0, 0, 0]);
        assert_eq!(timestamp(&datagram), Some(1234));
        assert!((0..datagram.len()).all(|cut| timestamp(&datagram[..cut]).is_none()));
        datagram[42..46].copy_from_slice(&[5, 0, 5, 1]);
        assert_eq!(timestamp(&datagram), None);
    }
}
