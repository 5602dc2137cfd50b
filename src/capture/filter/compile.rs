use super::program::{Instruction, Program, VLAN_TAG, VLAN_TAG_PRESENT, code};
use super::syntax::{Expression, Family, Net, Primitive, Side};
use crate::capture::LinkType;

/// BPF_MAXINSNS.
pub const MOST_INSTRUCTIONS: usize = 4096;
/// What a program returns to keep a frame whole.
const KEEP: u32 = u32::MAX;
/// Cells of the program's memory: where the network header begins, and the EtherType behind all tags.
const NETWORK: u32 = 0;
const TYPE: u32 = 1;
/// Tags that are stepped over.
const TAGS: u32 = 4;
const TAG_TYPES: [u32; 3] = [0x8100, 0x88a8, 0x9100];

pub fn compile(expression: &Expression, link: LinkType) -> Program {
    let mut code = Backwards::default();
    let drop = code.put(code::RETURN, 0);
    let keep = code.put(code::RETURN, KEEP);
    let condition = condition(expression, link);
    let begin = code.test(&condition, keep, drop);
    code.go_to(begin);
    code.prelude(link);
    code.0.reverse();
    Program(code.0)
}

/// A tree of comparisons.
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare { load: Load, mask: Option<u32>, how: u16, with: u32 },
}

#[derive(Clone, Copy)]
enum Load {
    /// From the frame's start.
    Half(u32),
    Byte(u32),
    /// From the network header's start.
    NetworkWord(u32),
    NetworkHalf(u32),
    NetworkByte(u32),
    /// From the end of the IPv4 header.
    TransportHalf(u32),
    MacTail(u32),
    Type,
    Length,
    Beside(u32),
}

use Condition::{All, Any, Not};
use Load::{Beside, Byte, Half, Length, MacTail, NetworkByte, NetworkHalf, NetworkWord, TransportHalf, Type};

fn equal(load: Load, with: u32) -> Condition {
    Condition::Compare { load, mask: None, how: code::JUMP_EQUAL, with }
}

fn masked(load: Load, mask: u32, with: u32) -> Condition {
    Condition::Compare { load, mask: Some(mask), how: code::JUMP_EQUAL, with }
}

fn at_least(load: Load, with: u32) -> Condition {
    Condition::Compare { load, mask: None, how: code::JUMP_AT_LEAST, with }
}

fn at_most(load: Load, with: u32) -> Condition {
    Not(Box::new(Condition::Compare { load, mask: None, how: code::JUMP_GREATER, with }))
}

fn any_bit(load: Load, with: u32) -> Condition {
    Condition::Compare { load, mask: None, how: code::JUMP_SET, with }
}

fn never() -> Condition {
    Any(Vec::new())
}

fn condition(expression: &Expression, link: LinkType) -> Condition {
    match expression {
        Expression::And(a, b) => All(vec![condition(a, link), condition(b, link)]),
        Expression::Or(a, b) => Any(vec![condition(a, link), condition(b, link)]),
        Expression::Not(inner) => Not(Box::new(condition(inner, link))),
        Expression::Is(primitive) => meaning(primitive, link == LinkType::ETHERNET),
    }
}

fn meaning(primitive: &Primitive, ethernet: bool) -> Condition {
    match *primitive {
        Primitive::EtherHost(..) | Primitive::EtherMulticast | Primitive::Vlan(_) if !ethernet => never(),
        Primitive::EtherHost(side, mac) => sided(side, ether_host(6, mac), ether_host(0, mac)),
        Primitive::EtherMulticast => any_bit(Byte(0), 1),
        Primitive::EtherType(number) => equal(Type, u32::from(number)),
        Primitive::Protocol(family, number) => protocol(family, u32::from(number)),
        Primitive::Multicast(Family::Ip6) => All(vec![equal(Type, 0x86dd), equal(NetworkByte(24), 255)]),
        Primitive::Multicast(_) => All(vec![equal(Type, 0x0800), at_least(NetworkByte(16), 224)]),
        Primitive::Net(family, side, net) => address(family, side, net),
        Primitive::Ports { protocol, side, low, high } => {
            ports(protocol.map(u32::from), side, u32::from(low), u32::from(high))
        }
        Primitive::Vlan(id) => vlan(id.map(u32::from)),
        Primitive::LengthAtMost(length) => at_most(Length, length),
        Primitive::LengthAtLeast(length) => at_least(Length, length),
    }
}

fn sided(side: Side, source: Condition, destination: Condition) -> Condition {
    match side {
        Side::Source => source,
        Side::Destination => destination,
        Side::Either => Any(vec![source, destination]),
        Side::Both => All(vec![source, destination]),
    }
}

fn ether_host(at: u32, mac: [u8; 6]) -> Condition {
    let [a, b, c, d, e, f] = mac;
    let tail = u32::from_be_bytes([c, d, e, f]);
    All(vec![equal(MacTail(at + 2), tail), equal(Half(at), u32::from(u16::from_be_bytes([a, b])))])
}

fn protocol(family: Family, number: u32) -> Condition {
    let v4 = || All(vec![equal(Type, 0x0800), equal(NetworkByte(9), number)]);
    let in_fragment = || All(vec![equal(NetworkByte(6), 44), equal(NetworkByte(40), number)]);
    let v6 = || All(vec![equal(Type, 0x86dd), Any(vec![equal(NetworkByte(6), number), in_fragment()])]);
    match family {
        Family::Ip => v4(),
        Family::Ip6 => v6(),
        _ => Any(vec![v4(), v6()]),
    }
}

fn address(family: Family, side: Side, net: Net) -> Condition {
    match net {
        Net::V4 { address, mask } => {
            let at = |kind: u32, source: u32, destination: u32| {
                let is = |offset: u32| {
                    let load = NetworkWord(offset);
                    if mask == u32::MAX { equal(load, address) } else { masked(load, mask, address) }
                };
                All(vec![equal(Type, kind), sided(side, is(source), is(destination))])
            };
            let ip = || at(0x0800, 12, 16);
            let arp = || at(0x0806, 14, 24);
            let rarp = || at(0x8035, 14, 24);
            match family {
                Family::Ip => ip(),
                Family::Arp => arp(),
                Family::Rarp => rarp(),
                _ => Any(vec![ip(), arp(), rarp()]),
            }
        }
        Net::V6 { address, mask } => {
            let is = |offset: u32| {
                let word = |bits: u128, place: u32| (bits >> (96 - 32 * place)) as u32;
                let words = (0..4).filter(|place| word(mask, *place) != 0);
                All(words
                    .map(|place| masked(NetworkWord(offset + 4 * place), word(mask, place), word(address, place)))
                    .collect())
            };
            All(vec![equal(Type, 0x86dd), sided(side, is(8), is(24))])
        }
    }
}

fn ports(protocol: Option<u32>, side: Side, low: u32, high: u32) -> Condition {
    const WITH_PORTS: [u32; 3] = [6, 17, 132];
    let carries = |load: Load| match protocol {
        Some(number) => equal(load, number),
        None => Any(WITH_PORTS.iter().map(|number| equal(load, *number)).collect()),
    };
    let within = |load: Load| match low == high {
        true => equal(load, low),
        false => All(vec![at_least(load, low), at_most(load, high)]),
    };
    let first_fragment = || Not(Box::new(any_bit(NetworkHalf(6), 0x1fff)));
    Any(vec![
        All(vec![
            equal(Type, 0x0800),
            carries(NetworkByte(9)),
            first_fragment(),
            sided(side, within(TransportHalf(0)), within(TransportHalf(2))),
        ]),
        All(vec![
            equal(Type, 0x86dd),
            carries(NetworkByte(6)),
            sided(side, within(NetworkHalf(40)), within(NetworkHalf(42))),
        ]),
    ])
}

/// Any of the tags, the one that the kernel took out of the bytes first.
fn vlan(id: Option<u32>) -> Condition {
    let is_tag = |at: u32| Any(TAG_TYPES.iter().map(|kind| equal(Half(at), *kind)).collect());
    let beside = || equal(Beside(VLAN_TAG_PRESENT), 1);
    let Some(id) = id else { return Any(vec![beside(), is_tag(12)]) };
    let mut places = vec![All(vec![beside(), masked(Beside(VLAN_TAG), 0xfff, id)])];
    for tag in 0..TAGS {
        let mut all: Vec<Condition> = (0..=tag).map(|before| is_tag(12 + 4 * before)).collect();
        all.push(masked(Half(14 + 4 * tag), 0xfff, id));
        places.push(All(all));
    }
    Any(places)
}

/// Code from its end to its beginning: all jumps go forward, so that their targets are already there.
#[derive(Default)]
struct Backwards(Vec<Instruction>);

/// Place of an instruction, counted from the program's end.
type Label = usize;

impl Backwards {
    /// Puts an instruction before all others.
    fn put(&mut self, code: u16, k: u32) -> Label {
        self.0.push(Instruction { code, jump_true: 0, jump_false: 0, k });
        self.here()
    }

    fn here(&self) -> Label {
        self.0.len().saturating_sub(1)
    }

    /// Has what is put next go on at this place.
    fn go_to(&mut self, place: Label) {
        let distance = self.here() - place;
        if distance > 0 {
            self.put(code::JUMP, distance as u32);
        }
    }

    fn branch(&mut self, how: u16, with: u32, yes: Label, no: Label) -> Label {
        let (yes, no) = (self.near(yes), self.near(no));
        let distance = |place: Label| u8::try_from(self.here() - place).unwrap_or(u8::MAX);
        let (jump_true, jump_false) = (distance(yes), distance(no));
        self.0.push(Instruction { code: how, jump_true, jump_false, k: with });
        self.here()
    }

    /// A conditional jump reaches 255 instructions far; beyond, it goes by way of a jump close by.
    fn near(&mut self, place: Label) -> Label {
        // Another such jump may come between.
        let distance = self.here() - place;
        if distance + 2 > usize::from(u8::MAX) { self.put(code::JUMP, distance as u32) } else { place }
    }

    /// Code that goes to `yes` or to `no`; gives its beginning.
    fn test(&mut self, condition: &Condition, yes: Label, no: Label) -> Label {
        match condition {
            All(parts) => parts.iter().rev().fold(yes, |yes, part| self.test(part, yes, no)),
            Any(parts) => parts.iter().rev().fold(no, |no, part| self.test(part, yes, no)),
            Not(inner) => self.test(inner, no, yes),
            Condition::Compare { load, mask, how, with } => {
                self.branch(*how, *with, yes, no);
                if let Some(mask) = mask {
                    self.put(code::AND, *mask);
                }
                self.load(*load)
            }
        }
    }

    fn load(&mut self, load: Load) -> Label {
        match load {
            Half(at) => self.put(code::LD_HALF, at),
            Byte(at) => self.put(code::LD_BYTE, at),
            MacTail(at) => self.put(code::LD_WORD, at),
            NetworkWord(at) => self.network(code::LD_WORD_X, at),
            NetworkHalf(at) => self.network(code::LD_HALF_X, at),
            NetworkByte(at) => self.network(code::LD_BYTE_X, at),
            TransportHalf(at) => {
                // Forward: X = network header; A = its length; X += A; load.
                self.put(code::LD_HALF_X, at);
                self.put(code::TAX, 0);
                self.put(code::ADD_X, 0);
                self.put(code::LSH, 2);
                self.put(code::AND, 0x0f);
                self.network(code::LD_BYTE_X, 0)
            }
            Type => self.put(code::LD_MEMORY, TYPE),
            Length => self.put(code::LD_LENGTH, 0),
            Beside(what) => self.put(code::LD_WORD, what),
        }
    }

    fn network(&mut self, size: u16, at: u32) -> Label {
        self.put(size, at);
        self.put(code::LDX_MEMORY, NETWORK)
    }

    /// Finds network header and EtherType, as all tests want them.
    fn prelude(&mut self, link: LinkType) {
        self.put(code::STX, NETWORK);
        let found = self.put(code::ST, TYPE);
        match link {
            LinkType::ETHERNET => self.ethernet(found),
            LinkType::LINUX_SLL => self.fixed(16, 14),
            LinkType::LINUX_SLL2 => self.fixed(20, 0),
            LinkType::NULL | LinkType::LOOP => self.by_version(4, found),
            link if link.is_raw() => self.by_version(0, found),
            // Nothing in it can be found: only 'not' and lengths hold.
            _ => {
                self.put(code::LD_IMMEDIATE, 0);
                self.put(code::LDX_IMMEDIATE, 0);
            }
        }
    }

    fn fixed(&mut self, network: u32, kind: u32) {
        self.put(code::LD_HALF, kind);
        self.put(code::LDX_IMMEDIATE, network);
    }

    fn ethernet(&mut self, found: Label) {
        self.put(code::LD_HALF, 12 + 4 * TAGS);
        let mut next = self.put(code::LDX_IMMEDIATE, 14 + 4 * TAGS);
        for tags in (0..TAGS).rev() {
            let mut other = found;
            for kind in TAG_TYPES {
                other = self.branch(code::JUMP_EQUAL, kind, next, other);
            }
            self.put(code::LD_HALF, 12 + 4 * tags);
            next = self.put(code::LDX_IMMEDIATE, 14 + 4 * tags);
        }
    }

    /// The IP version stands where the network header begins.
    fn by_version(&mut self, network: u32, found: Label) {
        let neither = self.put(code::LD_IMMEDIATE, 0);
        self.go_to(found);
        let v6 = self.put(code::LD_IMMEDIATE, 0x86dd);
        self.go_to(found);
        let v4 = self.put(code::LD_IMMEDIATE, 0x0800);
        let not_v4 = self.branch(code::JUMP_EQUAL, 6, v6, neither);
        self.branch(code::JUMP_EQUAL, 4, v4, not_v4);
        self.put(code::RSH, 4);
        self.put(code::LD_BYTE, network);
        self.put(code::LDX_IMMEDIATE, network);
    }
}
