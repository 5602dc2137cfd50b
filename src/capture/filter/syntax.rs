use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::FilterError;

/// Parentheses within parentheses.
const MAX_DEPTH: usize = 64;
/// Characters of an expression.
const MAX_LENGTH: usize = 8192;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Is(Primitive),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Primitive {
    EtherHost(Side, [u8; 6]),
    EtherMulticast,
    EtherType(u16),
    Protocol(Family, u8),
    Multicast(Family),
    Net(Family, Side, Net),
    Ports { protocol: Option<u8>, side: Side, low: u16, high: u16 },
    Vlan(Option<u16>),
    LengthAtMost(u32),
    LengthAtLeast(u32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Either,
    Both,
    Source,
    Destination,
}

/// Where an address is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    Any,
    Ip,
    Ip6,
    Arp,
    Rarp,
}

/// An address whose bits outside of the mask are zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Net {
    V4 { address: u32, mask: u32 },
    V6 { address: u128, mask: u128 },
}

pub fn parse(text: &str) -> Result<Expression, FilterError> {
    if text.len() > MAX_LENGTH {
        let fix = format!("the filter has more than {MAX_LENGTH} characters");
        return Err(FilterError { column: 1, word: text.chars().take(20).collect(), fix });
    }
    let mut parser = Parser { words: words(text), next: 0, carried: Qualifiers::default(), depth: 0 };
    let expression = parser.expression()?;
    match parser.peek() {
        None => Ok(expression),
        Some(")") => Err(parser.wrong("this parenthesis was never opened")),
        Some(_) => Err(parser.wrong("write 'and' or 'or' between two conditions")),
    }
}

struct Word<'a> {
    text: &'a str,
    column: usize,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut rest = text;
    let mut column = 1;
    loop {
        let trimmed = rest.trim_start();
        column += rest.chars().count() - trimmed.chars().count();
        let Some(first) = trimmed.chars().next() else { return words };
        let length = match first {
            '(' | ')' | '!' => 1,
            '&' | '|' => trimmed.chars().take_while(|c| *c == first).count(),
            _ => trimmed.find(|c: char| c.is_whitespace() || "()!&|".contains(c)).unwrap_or(trimmed.len()),
        };
        let (word, after) = trimmed.split_at(length);
        words.push(Word { text: word, column });
        column += word.chars().count();
        rest = after;
    }
}

/// The words before an address: kept, as `port 80 or 443` means `port 80 or port 443`.
#[derive(Clone, Copy, Default)]
struct Qualifiers<'a> {
    protocol: Option<&'a str>,
    side: Option<Side>,
    kind: Option<&'a str>,
}

struct Parser<'a> {
    words: Vec<Word<'a>>,
    next: usize,
    carried: Qualifiers<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn expression(&mut self) -> Result<Expression, FilterError> {
        let mut left = self.term()?;
        loop {
            match self.peek() {
                Some("and" | "&&") => {
                    self.next += 1;
                    left = Expression::And(Box::new(left), Box::new(self.term()?));
                }
                Some("or" | "||") => {
                    self.next += 1;
                    left = Expression::Or(Box::new(left), Box::new(self.term()?));
                }
                _ => return Ok(left),
            }
        }
    }

    fn term(&mut self) -> Result<Expression, FilterError> {
        let mut negated = false;
        while matches!(self.peek(), Some("not" | "!")) {
            negated = !negated;
            self.next += 1;
        }
        let term = if self.take("(") { self.parenthesised()? } else { Expression::Is(self.primitive()?) };
        Ok(if negated { Expression::Not(Box::new(term)) } else { term })
    }

    fn parenthesised(&mut self) -> Result<Expression, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("too many parentheses within parentheses"));
        }
        let inside = self.expression()?;
        if !self.take(")") {
            return Err(self.wrong("a parenthesis is not closed"));
        }
        self.depth -= 1;
        Ok(inside)
    }

    fn primitive(&mut self) -> Result<Primitive, FilterError> {
        match self.peek() {
            Some("vlan") => return self.vlan(),
            Some("less") => return Ok(Primitive::LengthAtMost(self.length()?)),
            Some("greater") => return Ok(Primitive::LengthAtLeast(self.length()?)),
            _ => {}
        }
        let words = self.qualifiers();
        let Qualifiers { protocol, side, kind } = words;
        if let (Some(protocol), None, None) = (protocol, side, kind) {
            return self.bare(protocol);
        }
        let words = if protocol.is_none() && side.is_none() && kind.is_none() { self.carried } else { words };
        self.carried = words;
        let side = words.side.unwrap_or(Side::Either);
        match (words.kind, words.protocol) {
            (Some("port" | "portrange"), protocol) => self.ports(protocol, side),
            (Some("proto"), protocol) => self.protocol_number(protocol),
            (Some("multicast"), protocol) => self.multicast(protocol),
            (Some("broadcast"), None | Some("ether")) => Ok(Primitive::EtherHost(Side::Destination, [0xff; 6])),
            (Some("broadcast"), _) => Err(self.wrong_before("only 'broadcast' and 'ether broadcast' are known")),
            (_, Some("ether")) => Ok(Primitive::EtherHost(side, self.mac()?)),
            (kind, protocol) => {
                let family = self.family(protocol)?;
                Ok(Primitive::Net(family, side, self.net(kind, family)?))
            }
        }
    }

    fn qualifiers(&mut self) -> Qualifiers<'a> {
        let protocol = self.take_if(is_protocol);
        let side = match self.peek() {
            Some("src") => Some(self.source_and("dst", Side::Source)),
            Some("dst") => Some(self.source_and("src", Side::Destination)),
            _ => None,
        };
        const KINDS: [&str; 7] = ["host", "net", "port", "portrange", "proto", "multicast", "broadcast"];
        let kind = self.take_if(|word| KINDS.contains(&word));
        Qualifiers { protocol, side, kind }
    }

    /// `src`, `src or dst`, `src and dst`.
    fn source_and(&mut self, other: &str, alone: Side) -> Side {
        self.next += 1;
        let follows = |place: usize| self.words.get(place).map(|word| word.text);
        let joined = match (follows(self.next), follows(self.next + 1)) {
            (Some("or" | "||"), Some(next)) if next == other => Side::Either,
            (Some("and" | "&&"), Some(next)) if next == other => Side::Both,
            _ => return alone,
        };
        self.next += 2;
        joined
    }

    /// A protocol that stands alone.
    fn bare(&self, protocol: &str) -> Result<Primitive, FilterError> {
        Ok(match protocol {
            "ip" => Primitive::EtherType(0x0800),
            "ip6" => Primitive::EtherType(0x86dd),
            "arp" => Primitive::EtherType(0x0806),
            "rarp" => Primitive::EtherType(0x8035),
            "icmp" => Primitive::Protocol(Family::Ip, 1),
            "igmp" => Primitive::Protocol(Family::Ip, 2),
            "icmp6" => Primitive::Protocol(Family::Ip6, 58),
            other => match number_of(other) {
                Some(number) => Primitive::Protocol(Family::Any, number),
                None => return Err(self.wrong("write 'host', 'src', 'dst', 'proto', 'multicast' or 'broadcast' here")),
            },
        })
    }

    fn ports(&mut self, protocol: Option<&str>, side: Side) -> Result<Primitive, FilterError> {
        let protocol = match protocol {
            None => None,
            Some(name @ ("tcp" | "udp" | "sctp")) => number_of(name),
            Some(_) => return Err(self.wrong("only tcp, udp and sctp have ports")),
        };
        let fix = "write a number from 0 to 65535, or for portrange two such as 1000-2000";
        let word = self.peek().ok_or_else(|| self.wrong(fix))?;
        let (low, high) = word.split_once('-').unwrap_or((word, word));
        let (Ok(low), Ok(high)) = (low.parse(), high.parse()) else { return Err(self.wrong(fix)) };
        if low > high {
            return Err(self.wrong("write the smaller number first"));
        }
        self.next += 1;
        Ok(Primitive::Ports { protocol, side, low, high })
    }

    fn protocol_number(&mut self, protocol: Option<&str>) -> Result<Primitive, FilterError> {
        let number = self.number(if protocol == Some("ether") { 0xffff } else { 0xff })?;
        let byte = number as u8;
        match protocol {
            None => Ok(Primitive::Protocol(Family::Any, byte)),
            Some("ip") => Ok(Primitive::Protocol(Family::Ip, byte)),
            Some("ip6") => Ok(Primitive::Protocol(Family::Ip6, byte)),
            Some("ether") => Ok(Primitive::EtherType(number as u16)),
            Some(_) => Err(self.wrong_before("'proto' goes with 'ip', 'ip6' or 'ether'")),
        }
    }

    fn multicast(&self, protocol: Option<&str>) -> Result<Primitive, FilterError> {
        match protocol {
            None | Some("ether") => Ok(Primitive::EtherMulticast),
            Some("ip") => Ok(Primitive::Multicast(Family::Ip)),
            Some("ip6") => Ok(Primitive::Multicast(Family::Ip6)),
            Some(_) => Err(self.wrong_before("'multicast' goes with 'ip', 'ip6' or 'ether'")),
        }
    }

    fn vlan(&mut self) -> Result<Primitive, FilterError> {
        self.next += 1;
        if self.peek().is_none_or(|word| !word.starts_with(|c: char| c.is_ascii_digit())) {
            return Ok(Primitive::Vlan(None));
        }
        Ok(Primitive::Vlan(Some(self.number(4095)? as u16)))
    }

    fn length(&mut self) -> Result<u32, FilterError> {
        self.next += 1;
        self.number(0x7fff_ffff)
    }

    fn number(&mut self, most: u32) -> Result<u32, FilterError> {
        let parsed = self.peek().and_then(|word| match word.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        });
        let Some(number) = parsed.filter(|number| *number <= most) else {
            return Err(self.wrong(&format!("write a number from 0 to {most}")));
        };
        self.next += 1;
        Ok(number)
    }

    fn family(&self, protocol: Option<&str>) -> Result<Family, FilterError> {
        match protocol {
            None => Ok(Family::Any),
            Some("ip") => Ok(Family::Ip),
            Some("ip6") => Ok(Family::Ip6),
            Some("arp") => Ok(Family::Arp),
            Some("rarp") => Ok(Family::Rarp),
            Some(_) => {
                Err(self.wrong("an address goes with 'ip', 'ip6', 'arp', 'rarp' or 'ether'; join others by 'and'"))
            }
        }
    }

    fn mac(&mut self) -> Result<[u8; 6], FilterError> {
        let fix = "write a MAC address such as 00:1b:1b:0a:0b:0c";
        let word = self.peek().ok_or_else(|| self.wrong(fix))?;
        let octets: Option<Vec<u8>> = word.split([':', '-']).map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
        let mac = octets.and_then(|octets| <[u8; 6]>::try_from(octets).ok()).ok_or_else(|| self.wrong(fix))?;
        self.next += 1;
        Ok(mac)
    }

    fn net(&mut self, kind: Option<&str>, family: Family) -> Result<Net, FilterError> {
        let fix = match kind {
            Some("net") => "write a network such as 10.1.0.0/16 or fd00::/8",
            Some(_) => "write an address such as 10.1.1.5 or fd00::5; names are not looked up",
            None => "no such word; write a protocol, 'host', 'net', 'port' or an address",
        };
        let Some(word) = self.peek() else { return Err(self.wrong(fix)) };
        let net = read_net(word, kind == Some("net")).ok_or_else(|| self.wrong(fix))?;
        self.next += 1;
        let net = if kind == Some("net") && self.take("mask") { self.with_mask(net)? } else { net };
        if net.masked() != net {
            return Err(
                self.wrong_before("the address has bits outside of its network; write the network's own address")
            );
        }
        match (net, family) {
            (Net::V6 { .. }, Family::Ip | Family::Arp | Family::Rarp) | (Net::V4 { .. }, Family::Ip6) => {
                Err(self.wrong_before("this address is of the other IP version"))
            }
            _ => Ok(net),
        }
    }

    /// `net 10.0.0.0 mask 255.0.0.0`.
    fn with_mask(&mut self, net: Net) -> Result<Net, FilterError> {
        let mask = self.peek().and_then(|word| word.parse::<Ipv4Addr>().ok());
        let (Net::V4 { address, .. }, Some(mask)) = (net, mask) else {
            return Err(self.wrong("write a mask such as 255.255.0.0, or /16 behind the network"));
        };
        self.next += 1;
        Ok(Net::V4 { address, mask: mask.to_bits() })
    }

    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).map(|word| word.text)
    }

    fn take(&mut self, wanted: &str) -> bool {
        self.take_if(|word| word == wanted).is_some()
    }

    fn take_if(&mut self, wanted: impl Fn(&str) -> bool) -> Option<&'a str> {
        let word = self.peek().filter(|word| wanted(word))?;
        self.next += 1;
        Some(word)
    }

    /// The next word is wrong, or missing.
    fn wrong(&self, fix: &str) -> FilterError {
        let word = self.words.get(self.next);
        FilterError {
            column: word.map_or(0, |word| word.column),
            word: word.map_or_else(String::new, |word| word.text.to_owned()),
            fix: fix.to_owned(),
        }
    }

    /// The word that was read last is wrong.
    fn wrong_before(&self, fix: &str) -> FilterError {
        let word = self.words.get(self.next.saturating_sub(1));
        FilterError {
            column: word.map_or(0, |word| word.column),
            word: word.map_or_else(String::new, |word| word.text.to_owned()),
            fix: fix.to_owned(),
        }
    }
}

impl Net {
    fn masked(self) -> Self {
        match self {
            Net::V4 { address, mask } => Net::V4 { address: address & mask, mask },
            Net::V6 { address, mask } => Net::V6 { address: address & mask, mask },
        }
    }
}

fn is_protocol(word: &str) -> bool {
    matches!(word, "ether" | "ip" | "ip6" | "arp" | "rarp" | "icmp" | "icmp6" | "igmp") || number_of(word).is_some()
}

/// Of a protocol that both IP versions carry under the same number.
fn number_of(protocol: &str) -> Option<u8> {
    match protocol {
        "tcp" => Some(6),
        "udp" => Some(17),
        "esp" => Some(50),
        "ah" => Some(51),
        "sctp" => Some(132),
        _ => None,
    }
}

/// An address, or a network by prefix length or, as a short form, by its first octets.
fn read_net(word: &str, short: bool) -> Option<Net> {
    let (address, prefix) = match word.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
        None => (word, None),
    };
    match address.parse() {
        Ok(IpAddr::V4(v4)) => v4_net(v4, prefix.unwrap_or(32)),
        Ok(IpAddr::V6(v6)) => v6_net(v6, prefix.unwrap_or(128)),
        Err(_) if short => {
            let octets: Option<Vec<u8>> = address.split('.').map(|octet| octet.parse().ok()).collect();
            let mut octets = octets.filter(|octets| octets.len() < 4)?;
            let bits = 8 * octets.len() as u32;
            octets.resize(4, 0);
            v4_net(Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?), prefix.unwrap_or(bits))
        }
        Err(_) => None,
    }
}

fn v4_net(address: Ipv4Addr, prefix: u32) -> Option<Net> {
    let mask = u32::MAX.checked_shl(32u32.checked_sub(prefix)?).unwrap_or(0);
    Some(Net::V4 { address: address.to_bits(), mask })
}

fn v6_net(address: Ipv6Addr, prefix: u32) -> Option<Net> {
    let mask = u128::MAX.checked_shl(128u32.checked_sub(prefix)?).unwrap_or(0);
    Some(Net::V6 { address: address.to_bits(), mask })
}
