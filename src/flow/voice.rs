//! Who speaks in a direction, as far as a listener can tell: the MAC address that the frames come from, how far they have
//! travelled and how they are numbered. One sender keeps all three; a second one in the same stream is somebody else.

use std::fmt;
use std::time::Duration;

use super::half::Place;
use super::segment::{Incoming, Sound};
use super::trend::{Step, Trend};
use crate::event::{MacAddr, Timestamp};

/// Packets after which we know how a sender sounds.
const SETTLED: u8 = 4;
/// The known sender goes on so much later, or so many packets, although somebody else spoke in its place.
const GOES_ON: Duration = Duration::from_millis(20);
const GOES_ON_PACKETS: u8 = 4;
/// After so many packets of another sound and none of the known one, the sender has moved (a standby took over).
const MOVED: u8 = 8;
/// A copy that comes later than this is no relay's.
const RELAY_TIME: Duration = Duration::from_secs(1);

/// Something about a TCP stream that neither loss nor a sound stack explains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Oddity {
    /// The same bytes of the stream came twice with different content.
    OverlapConflict,
    /// Somebody with another MAC address or hop count, or far off the count of IP packets, put data or an end into the
    /// stream, and the sender went on. The count where it stood and where the other one was, when that told them apart.
    Injection { known: Sound, stranger: Sound, counts: Option<[u16; 2]> },
    /// The same segment went by twice, each time between other MAC addresses.
    Relay { first: Sound, second: Sound, changed: bool },
}

impl Oddity {
    /// A bit for each kind.
    pub(super) const fn kind(&self) -> u8 {
        match self {
            Oddity::OverlapConflict => 1,
            Oddity::Injection { .. } => 2,
            Oddity::Relay { changed: false, .. } => 4,
            Oddity::Relay { changed: true, .. } => 8,
        }
    }

    /// Stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Oddity::OverlapConflict => "overlap_conflict",
            Oddity::Injection { .. } => "second_sender",
            Oddity::Relay { changed: false, .. } => "relayed",
            Oddity::Relay { changed: true, .. } => "relayed_changed",
        }
    }
}

/// Whom it is about; nothing where that is not known.
impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Oddity::OverlapConflict => Ok(()),
            Oddity::Injection { known, counts: Some([stood, other]), .. } => {
                write!(f, "{} ttl {}, ip id {stood}, ip id {other}", known.mac, known.ttl)
            }
            Oddity::Injection { known: one, stranger: other, .. } | Oddity::Relay { first: one, second: other, .. } => {
                write!(f, "{} ttl {}, {} ttl {}", one.mac, one.ttl, other.mac, other.ttl)
            }
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Voice {
    known: Sound,
    packets: u8,
    trend: Trend,
    /// Number, receiver and time of the latest segment with bytes.
    latest: Option<Latest>,
    stranger: Option<Box<Stranger>>,
}

#[derive(Clone, Copy, Debug)]
struct Latest {
    sequence: u32,
    sound: Sound,
    to: MacAddr,
    ts: Timestamp,
}

#[derive(Debug)]
struct Stranger {
    sound: Sound,
    counts: Option<[u16; 2]>,
    /// Of the bytes it brought; `None` where it only wanted an end.
    sequence: Option<u32>,
    since: Timestamp,
    /// Packets of the known sender since, and of the other without one of the known in between.
    known_after: u8,
    own: u8,
}

impl Voice {
    /// Takes a segment's sender in. `speaks`: it brings new bytes or a valid end. `conflict`: its bytes contradict others.
    pub fn hear(&mut self, incoming: &Incoming<'_>, place: &Place, speaks: bool, conflict: bool) -> Option<Oddity> {
        let sound = incoming.sound?;
        let odd = if matches!(place, Place::Old) { self.copy(incoming, sound, conflict) } else { None };
        if !incoming.payload.is_empty() && !matches!(place, Place::Old) {
            let to = incoming.to.unwrap_or_default();
            self.latest = Some(Latest { sequence: incoming.tcp.sequence, sound, to, ts: incoming.at.ts });
        }
        let strayed = incoming.identification.filter(|id| sound == self.known && self.strays(*id));
        if sound == self.known && strayed.is_none() {
            self.packets = self.packets.saturating_add(1);
            if self.stranger.is_none() {
                return odd;
            }
            return odd.or(self.goes_on(incoming));
        }
        if self.packets < SETTLED {
            (self.known, self.packets) = (sound, 1);
        } else {
            let counts = strayed.map(|id| [self.trend.last(), id]);
            self.stranger(incoming, sound, counts, speaks);
        }
        odd
    }

    /// The known sender's packet is not in its count.
    fn strays(&mut self, identification: u16) -> bool {
        let step = self.trend.next(identification);
        if step == Step::Anew && self.stranger.as_ref().is_some_and(|stranger| stranger.counts.is_some()) {
            // It was the sender itself.
            self.stranger = None;
        }
        step == Step::Aside
    }

    /// The same segment again, between other machines.
    fn copy(&mut self, incoming: &Incoming<'_>, sound: Sound, changed: bool) -> Option<Oddity> {
        let latest = self.latest.filter(|latest| latest.sequence == incoming.tcp.sequence)?;
        if self.stranger.as_ref().is_some_and(|stranger| stranger.sequence == Some(latest.sequence)) {
            // Two copies in another order: nobody spoke in anybody's place.
            self.stranger = None;
        }
        let elsewhere = latest.sound.mac != sound.mac && latest.to != incoming.to?;
        let one_hop = latest.sound.ttl.abs_diff(sound.ttl) == 1;
        let soon = incoming.at.ts.since(latest.ts) <= RELAY_TIME;
        (elsewhere && soon && (one_hop || changed)).then_some(Oddity::Relay {
            first: latest.sound,
            second: sound,
            changed,
        })
    }

    fn stranger(&mut self, incoming: &Incoming<'_>, sound: Sound, counts: Option<[u16; 2]>, speaks: bool) {
        match &mut self.stranger {
            Some(stranger) if stranger.sound == sound => {
                stranger.own = stranger.own.saturating_add(1);
                if stranger.own >= MOVED {
                    (self.known, self.packets, self.stranger) = (sound, SETTLED, None);
                }
            }
            None if speaks => {
                let sequence = Some(incoming.tcp.sequence).filter(|_| !incoming.payload.is_empty());
                let since = incoming.at.ts;
                self.stranger = Some(Box::new(Stranger { sound, counts, sequence, since, known_after: 0, own: 1 }));
            }
            _ => {}
        }
    }

    /// The known sender speaks although somebody else did in its place.
    fn goes_on(&mut self, incoming: &Incoming<'_>) -> Option<Oddity> {
        let stranger = self.stranger.as_mut()?;
        stranger.own = 0;
        stranger.known_after += 1;
        // The other's own copy on its way past another port of the mirror.
        let same = !incoming.payload.is_empty() && stranger.sequence == Some(incoming.tcp.sequence);
        if same && stranger.known_after == 1 {
            self.stranger = None;
            return None;
        }
        let later = incoming.at.ts.since(stranger.since) >= GOES_ON || stranger.known_after >= GOES_ON_PACKETS;
        if !later {
            return None;
        }
        let odd = Oddity::Injection { known: self.known, stranger: stranger.sound, counts: stranger.counts };
        self.stranger = None;
        Some(odd)
    }
}
