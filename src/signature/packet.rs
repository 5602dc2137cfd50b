//! Keywords about the packet that brought a piece: `flags`, `itype`, `icode`, `ttl`, `seq`, `ack`, `window`, `sameip`,
//! `ip_proto`.

use super::number::number;
use super::size::SizeCondition;
use crate::event::Transport;

/// What the headers said of the packet that brought a piece. A piece that had to wait for others has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Headers {
    pub ttl: u8,
    pub tcp: Option<Segment>,
    /// Type and code.
    pub icmp: Option<(u8, u8)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    pub flags: u8,
    pub sequence: u32,
    pub acknowledgment: u32,
    pub window: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PacketTest {
    Flags { wanted: u8, ignored: u8, how: FlagsHow },
    IcmpType(SizeCondition),
    IcmpCode(SizeCondition),
    Ttl(SizeCondition),
    Sequence(u32),
    Acknowledgment(u32),
    Window { size: u16, negated: bool },
    SameIp,
    Protocol { is: Transport, negated: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagsHow {
    Exactly,
    All,
    Any,
    None,
}

pub const NAMES: &[&str] =
    &["flags", "itype", "icode", "ttl", "seq", "ack", "tcp.seq", "tcp.ack", "window", "sameip", "ip_proto"];

impl PacketTest {
    pub fn parse(name: &str, value: &str) -> Result<Self, String> {
        let value = value.trim();
        let (negated, plain) = value.strip_prefix('!').map_or((false, value), |rest| (true, rest.trim()));
        Ok(match name {
            "flags" => flags(value)?,
            "itype" => PacketTest::IcmpType(SizeCondition::parse(value)?),
            "icode" => PacketTest::IcmpCode(SizeCondition::parse(value)?),
            "ttl" => PacketTest::Ttl(SizeCondition::parse(value)?),
            "seq" | "tcp.seq" => PacketTest::Sequence(number(value)?),
            "ack" | "tcp.ack" => PacketTest::Acknowledgment(number(value)?),
            "window" => PacketTest::Window { size: number(plain)?, negated },
            "ip_proto" => PacketTest::Protocol { is: protocol(plain)?, negated },
            _ => PacketTest::SameIp,
        })
    }

    pub fn holds(self, headers: Option<&Headers>, transport: Transport, same_ip: bool) -> bool {
        let tcp = headers.and_then(|headers| headers.tcp);
        let icmp = headers.and_then(|headers| headers.icmp);
        match self {
            PacketTest::SameIp => same_ip,
            PacketTest::Protocol { is, negated } => (is == transport) != negated,
            PacketTest::Ttl(size) => headers.is_some_and(|headers| size.holds(usize::from(headers.ttl))),
            PacketTest::IcmpType(size) => icmp.is_some_and(|(kind, _)| size.holds(usize::from(kind))),
            PacketTest::IcmpCode(size) => icmp.is_some_and(|(_, code)| size.holds(usize::from(code))),
            PacketTest::Sequence(wanted) => tcp.is_some_and(|tcp| tcp.sequence == wanted),
            PacketTest::Acknowledgment(wanted) => tcp.is_some_and(|tcp| tcp.acknowledgment == wanted),
            PacketTest::Window { size, negated } => tcp.is_some_and(|tcp| (tcp.window == size) != negated),
            PacketTest::Flags { wanted, ignored, how } => tcp.is_some_and(|tcp| {
                let there = tcp.flags & !ignored;
                match how {
                    FlagsHow::Exactly => there == wanted,
                    FlagsHow::All => there & wanted == wanted,
                    FlagsHow::Any => there & wanted != 0,
                    FlagsHow::None => there & wanted == 0,
                }
            }),
        }
    }
}

/// `[+*!]letters[,ignored letters]`; the sign may stand before or behind.
fn flags(text: &str) -> Result<PacketTest, String> {
    let (letters, ignored) = text.split_once(',').unwrap_or((text, ""));
    let how = match letters.trim().trim_start_matches(char::is_alphanumeric).chars().next() {
        Some('+') => FlagsHow::All,
        Some('*') => FlagsHow::Any,
        Some('!') => FlagsHow::None,
        _ => FlagsHow::Exactly,
    };
    let wanted = bits(letters.trim().trim_matches(['+', '*', '!']))?;
    Ok(PacketTest::Flags { wanted, ignored: bits(ignored.trim())?, how })
}

fn bits(letters: &str) -> Result<u8, String> {
    letters.chars().try_fold(0, |bits, letter| {
        let bit = match letter.to_ascii_uppercase() {
            '0' => 0,
            'F' => 1,
            'S' => 2,
            'R' => 4,
            'P' => 8,
            'A' => 16,
            'U' => 32,
            'E' | '2' => 64,
            'C' | '1' => 128,
            other => return Err(format!("'{other}' is no flag of TCP")),
        };
        Ok(bits | bit)
    })
}

fn protocol(text: &str) -> Result<Transport, String> {
    match text.to_ascii_lowercase().as_str() {
        "tcp" | "6" => Ok(Transport::Tcp),
        "udp" | "17" => Ok(Transport::Udp),
        "icmp" | "1" | "icmpv6" | "58" => Ok(Transport::Icmp),
        _ => Err(format!("'{text}': rules see tcp, udp and icmp")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str, value: &str, headers: &Headers) -> bool {
        PacketTest::parse(name, value).unwrap().holds(Some(headers), Transport::Tcp, false)
    }

    #[test]
    fn flags_of_a_segment() {
        let segment = Segment { flags: 0x18, sequence: 5, acknowledgment: 6, window: 7 };
        let headers = Headers { ttl: 64, tcp: Some(segment), icmp: None };
        for (value, wanted) in [
            ("PA", true),
            ("P", false),
            ("+P", true),
            ("P+", true),
            ("*SP", true),
            ("!S", true),
            ("!A", false),
            ("P,A", true),
            ("A,CEP", true),
            ("0", false),
        ] {
            assert_eq!(holds("flags", value, &headers), wanted, "{value}");
        }
        assert!(holds("ttl", ">63", &headers) && holds("seq", "5", &headers) && holds("ack", "6", &headers));
        assert!(holds("window", "!8", &headers) && holds("ip_proto", "!udp", &headers));
        assert!(!holds("itype", "8", &headers) && !holds("sameip", "", &headers));
        let echo = Headers { icmp: Some((8, 0)), ..Headers::default() };
        assert!(holds("itype", "8", &echo) && holds("icode", "<1", &echo) && !holds("flags", "!S", &echo));
        let flags = PacketTest::parse("flags", "!S").unwrap();
        assert!(!flags.holds(None, Transport::Tcp, false), "of a piece that waited nothing is known");
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(PacketTest::parse("flags", "PX").unwrap_err().contains("'X'"));
        assert!(PacketTest::parse("ip_proto", "gre").unwrap_err().contains("gre"));
        assert!(PacketTest::parse("window", "65536").unwrap_err().contains("65536"));
    }
}
