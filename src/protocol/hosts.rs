//! What machines say of themselves beside control traffic: LLDP, CDP, DHCP, NetBIOS names, mDNS and LLMNR, HTTP servers, and
//! whoever logs on to Windows shares.
//!
//! Pure: bytes in, facts out, all about whoever sent them. Nothing is kept between two messages.

use std::borrow::Cow;

use super::dcp;
use super::reader::Reader;
use crate::event::{Fact, FactKind, Side, clean_text};

pub const LLDP: u16 = 0x88cc;
/// The LLC and SNAP header of CDP: Cisco's number, and its protocol.
const CDP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0];
/// Where Windows machines log on to each other: RPC, NetBIOS sessions, SMB.
const LOG_ON_PORTS: [u16; 3] = [135, 139, 445];
const NTLM: &[u8] = b"NTLMSSP\0";
/// Bytes of a message in which a log-on is looked for.
const MAX_LOG_ON: usize = 1024;
const DHCP_SERVER: u16 = 67;
const NBNS: u16 = 137;
const MDNS: u16 = 5353;
const LLMNR: u16 = 5355;
const MAX_TEXT: usize = 200;
/// Of an HTTP answer's head.
const MAX_HEAD: usize = 2048;
/// Records and labels looked at in one DNS message.
const MAX_RECORDS: u16 = 32;
const MAX_LABELS: usize = 32;

/// What a datagram to or from this server port says of its sender.
pub fn datagram(port: u16, bytes: &[u8]) -> Vec<Fact> {
    match port {
        DHCP_SERVER => dhcp(bytes).unwrap_or_default(),
        NBNS => nbns(bytes).into_iter().collect(),
        MDNS | LLMNR => dns(bytes, if port == MDNS { "mdns answer" } else { "llmnr answer" }).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The first bytes of what a server says, where that is HTTP.
pub fn http(bytes: &[u8]) -> Option<Fact> {
    let head = bytes.get(..bytes.len().min(MAX_HEAD)).filter(|head| head.starts_with(b"HTTP/1."))?;
    let mut lines = head.split(|byte| *byte == b'\n').skip(1).take_while(|line| line.len() > 1);
    let value = lines.find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        line[..colon].eq_ignore_ascii_case(b"server").then(|| line[colon + 1..].trim_ascii())
    })?;
    fact(FactKind::Product, value, "http server", 60)
}

/// What a stream's sender says by NTLM, where this is how it logs on or asks for it; MS-NLMP, sections 2.2.1.2 and 2.2.1.3.
pub fn ntlm(port: u16, bytes: &[u8]) -> Vec<Fact> {
    const CHALLENGE: u32 = 2;
    const AUTHENTICATE: u32 = 3;
    let head = bytes.get(..bytes.len().min(MAX_LOG_ON)).filter(|_| LOG_ON_PORTS.contains(&port)).unwrap_or_default();
    let Some(start) = head.windows(NTLM.len()).position(|window| window == NTLM) else { return Vec::new() };
    let message = &bytes[start..];
    let word = |at: usize| Some(u32::from_le_bytes(message.get(at..at + 4)?.try_into().ok()?));
    match word(NTLM.len()) {
        Some(CHALLENGE) => {
            let name = field(message, 40).and_then(computer_name);
            let name = name.and_then(|name| fact(FactKind::HostName, name.as_bytes(), "ntlm challenge", 85));
            name.into_iter().chain(windows(message, word(20), 48, "ntlm challenge")).collect()
        }
        Some(AUTHENTICATE) => {
            let name = field(message, 44).map(utf16);
            let name = name.and_then(|name| fact(FactKind::HostName, name.as_bytes(), "ntlm log-on", 80));
            name.into_iter().chain(windows(message, word(60), 64, "ntlm log-on")).collect()
        }
        _ => Vec::new(),
    }
}

/// A part of an NTLM message, by the length and place that stand at an offset.
fn field(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_le_bytes(message.get(at..at + 2)?.try_into().ok()?));
    let place = usize::try_from(u32::from_le_bytes(message.get(at + 4..at + 8)?.try_into().ok()?)).ok()?;
    message.get(place..place.checked_add(length)?)
}

/// The computer's own name among the pairs of a challenge.
fn computer_name(mut pairs: &[u8]) -> Option<String> {
    const NETBIOS_COMPUTER: u16 = 1;
    loop {
        let [id_low, id_high, low, high, rest @ ..] = pairs else { return None };
        let value = rest.get(..usize::from(u16::from_le_bytes([*low, *high])))?;
        match u16::from_le_bytes([*id_low, *id_high]) {
            0 => return None,
            NETBIOS_COMPUTER => return Some(utf16(value)),
            _ => pairs = &rest[value.len()..],
        }
    }
}

/// The version of Windows, where the message says that it holds it.
fn windows(message: &[u8], flags: Option<u32>, at: usize, source: &'static str) -> Option<Fact> {
    const HAS_VERSION: u32 = 0x0200_0000;
    flags.filter(|flags| flags & HAS_VERSION != 0)?;
    let [major, minor, low, high] = *message.get(at..at + 4)? else { return None };
    let build = u16::from_le_bytes([low, high]);
    let text = format!("Windows {major}.{minor} build {build}");
    (major > 0).then(|| fact(FactKind::Os, text.as_bytes(), source, 75)).flatten()
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks_exact(2).take(MAX_TEXT).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// What a neighbour says by LLDP or CDP: below IP, and of itself.
pub fn neighbour(ether_type: u16, payload: &[u8]) -> Option<Vec<Fact>> {
    if ether_type == LLDP {
        return Some(lldp(payload));
    }
    if ether_type == dcp::PROFINET {
        return dcp::identity(payload);
    }
    let is_length = usize::from(ether_type) <= MOST_LENGTH;
    payload.strip_prefix(&CDP).filter(|_| is_length).map(cdp)
}

/// Up to here the field behind the addresses is a length, and no type.
const MOST_LENGTH: usize = 1500;

/// As Cisco describes it: version, lifetime, checksum, then types with lengths that count their own header.
fn cdp(bytes: &[u8]) -> Vec<Fact> {
    const HEADER: usize = 4;
    let mut reader = Reader::new(bytes);
    let mut facts = Vec::new();
    if reader.skip(HEADER).is_none() {
        return facts;
    }
    while let (Some(kind), Some(length)) = (reader.be16(), reader.be16()) {
        let Some(value) = usize::from(length).checked_sub(HEADER).and_then(|length| reader.take(length)) else { break };
        match kind {
            1 => facts.extend(fact(FactKind::HostName, value, "cdp device id", 85)),
            5 => facts.extend(fact(FactKind::Os, value, "cdp version", 80)),
            6 => facts.extend(fact(FactKind::Model, value, "cdp platform", 85)),
            _ => {}
        }
    }
    facts
}

/// IEEE 802.1AB, section 8.
fn lldp(bytes: &[u8]) -> Vec<Fact> {
    let mut reader = Reader::new(bytes);
    let mut facts = Vec::new();
    while let Some(header) = reader.be16() {
        let Some(value) = reader.take(usize::from(header & 0x1ff)) else { break };
        match header >> 9 {
            0 => break,
            5 => facts.extend(fact(FactKind::HostName, value, "lldp system name", 85)),
            6 => facts.extend(fact(FactKind::Os, value, "lldp system description", 80)),
            _ => {}
        }
    }
    facts
}

/// RFC 2131 and 2132: what a client says when it asks.
fn dhcp(bytes: &[u8]) -> Option<Vec<Fact>> {
    const BOOTREQUEST: u8 = 1;
    const FIXED: usize = 236;
    const COOKIE: u32 = 0x6382_5363;
    let mut reader = Reader::new(bytes);
    if reader.take(FIXED)?.first() != Some(&BOOTREQUEST) || reader.be32()? != COOKIE {
        return None;
    }
    let mut facts = Vec::new();
    while let Some(option) = reader.u8() {
        if option == 0 {
            continue;
        }
        let Some(length) = reader.u8().filter(|_| option != 255) else { break };
        let Some(value) = reader.take(usize::from(length)) else { break };
        match option {
            12 => facts.extend(fact(FactKind::HostName, value, "dhcp option 12", 80)),
            60 => facts.extend(fact(FactKind::Os, value, "dhcp option 60", 60)),
            _ => {}
        }
    }
    Some(facts)
}

/// RFC 1002: a machine registers or refreshes its own name.
fn nbns(bytes: &[u8]) -> Option<Fact> {
    const HEADER: usize = 12;
    const NAME: usize = 32;
    let operation = bytes.get(2)? >> 3 & 0xf;
    let is_request = bytes[2] & 0x80 == 0;
    let group = *bytes.get(bytes.len().checked_sub(6)?)? & 0x80 != 0;
    if !matches!(operation, 5 | 8 | 9) || !is_request || group || *bytes.get(HEADER)? as usize != NAME {
        return None;
    }
    // Each byte of the name is two letters, from A on.
    let letters = bytes.get(HEADER + 1..HEADER + 1 + NAME)?;
    let half = |letter: u8| letter.checked_sub(b'A').filter(|half| *half < 16);
    let decoded: Option<Vec<u8>> =
        letters.chunks_exact(2).map(|pair| Some(half(pair[0])? << 4 | half(pair[1])?)).collect();
    let decoded = decoded?;
    let (name, suffix) = decoded.split_at(15);
    // 00 is the workstation, 20 its file server; other suffixes name services.
    if !matches!(suffix, [0x00 | 0x20]) {
        return None;
    }
    fact(FactKind::HostName, name, "nbns registration", 75)
}

/// RFC 1035, 6762 and 4795: an answer that gives an address to a name is that machine's own.
fn dns(bytes: &[u8], source: &'static str) -> Option<Fact> {
    const ANSWER: u16 = 0x8000;
    let mut reader = Reader::new(bytes);
    reader.skip(2)?;
    if reader.be16()? & ANSWER == 0 {
        return None;
    }
    let (questions, answers) = (reader.be16()?, reader.be16()?);
    let (authority, more) = (reader.be16()?, reader.be16()?);
    for _ in 0..questions.min(MAX_RECORDS) {
        name(bytes, &mut reader)?;
        reader.skip(4)?;
    }
    let records = answers.saturating_add(authority).saturating_add(more);
    for _ in 0..records.min(MAX_RECORDS) {
        let owner = name(bytes, &mut reader)?;
        let kind = reader.be16()?;
        reader.skip(6)?;
        let length = reader.be16()?;
        reader.skip(usize::from(length))?;
        if matches!(kind, 1 | 28) {
            return fact(FactKind::HostName, owner.strip_suffix(".local").unwrap_or(&owner).as_bytes(), source, 75);
        }
    }
    None
}

/// A name with its pointers followed; they may only lead back, so that none goes in a circle.
pub(super) fn name(message: &[u8], reader: &mut Reader<'_>) -> Option<String> {
    let mut labels: Vec<Cow<'_, str>> = Vec::new();
    let mut at = reader.offset();
    let mut end = None;
    let mut limit = message.len();
    loop {
        let length = usize::from(*message.get(at)?);
        match length >> 6 {
            0 if length == 0 => break,
            0 => {
                labels.push(String::from_utf8_lossy(message.get(at + 1..at + 1 + length)?));
                at += 1 + length;
            }
            3 => {
                let target = (length & 0x3f) << 8 | usize::from(*message.get(at + 1)?);
                end.get_or_insert(at + 2);
                if target >= limit.min(at) {
                    return None;
                }
                (limit, at) = (target, target);
            }
            _ => return None,
        }
        if labels.len() > MAX_LABELS {
            return None;
        }
    }
    reader.skip(end.unwrap_or(at + 1) - reader.offset())?;
    Some(labels.join("."))
}

fn fact(kind: FactKind, value: &[u8], source: &'static str, confidence: u8) -> Option<Fact> {
    let value = clean_text(value, MAX_TEXT);
    let value = value.trim().to_owned();
    (!value.is_empty()).then(|| Fact { about: Side::Client, kind, value, source: source.into(), confidence })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(facts: impl IntoIterator<Item = Fact>) -> Vec<(FactKind, String)> {
        facts.into_iter().map(|fact| (fact.kind, fact.value)).collect()
    }

    #[test]
    fn a_switch_names_itself_by_lldp() {
        let mut bytes = vec![0x02, 7, 4, 0, 1, 2, 3, 4, 5, 0x0a, 4];
        bytes.extend(b"sw-1");
        bytes.extend([0x0c, 9]);
        bytes.extend(b"RSB20 9.1");
        bytes.extend([0, 0]);
        let wanted = [(FactKind::HostName, "sw-1".to_owned()), (FactKind::Os, "RSB20 9.1".to_owned())];
        assert_eq!(told(lldp(&bytes)), wanted);
    }

    #[test]
    fn a_switch_names_itself_by_cdp() {
        let part = |kind: u8, text: &[u8]| [&[0, kind, 0, text.len() as u8 + 4], text].concat();
        let parts = [part(1, b"sw-core"), part(6, b"IE-3300-8T2S"), part(5, b"IOS XE 17.9")].concat();
        let bytes = [&CDP[..], &[2, 180, 0x12, 0x34], &parts].concat();
        let wanted = [
            (FactKind::HostName, "sw-core".to_owned()),
            (FactKind::Model, "IE-3300-8T2S".to_owned()),
            (FactKind::Os, "IOS XE 17.9".to_owned()),
        ];
        assert_eq!(told(neighbour(90, &bytes).unwrap()), wanted);
        assert!(neighbour(0x0800, &bytes).is_none(), "a type, and no length");
        for cut in 0..bytes.len() {
            neighbour(90, &bytes[..cut]);
        }
    }

    #[test]
    fn windows_machines_name_themselves_when_they_log_on() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let name = wide("SCADA-SRV");
        let pairs = [&[1, 0, name.len() as u8, 0], &name[..], &[0, 0, 0, 0]].concat();
        let mut challenge = [b"\xfeSMB....NTLMSSP\0\x02\0\0\0".as_slice(), &[0; 8], &[1, 0, 0, 2], &[0; 16]].concat();
        challenge.extend([pairs.len() as u8, 0, pairs.len() as u8, 0, 56, 0, 0, 0, 10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
        challenge.extend(&pairs);
        let os = (FactKind::Os, "Windows 10.0 build 19041".to_owned());
        assert_eq!(told(ntlm(445, &challenge)), [(FactKind::HostName, "SCADA-SRV".to_owned()), os.clone()]);
        assert!(ntlm(80, &challenge).is_empty());

        let name = wide("ENG-7");
        let mut log_on = [b"NTLMSSP\0\x03\0\0\0".as_slice(), &[0; 32]].concat();
        log_on.extend([name.len() as u8, 0, name.len() as u8, 0, 72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2]);
        log_on.extend([10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
        log_on.extend(&name);
        assert_eq!(told(ntlm(445, &log_on)), [(FactKind::HostName, "ENG-7".to_owned()), os]);
        for cut in 0..challenge.len() {
            ntlm(445, &challenge[..cut]);
        }
    }

    #[test]
    fn a_dhcp_client_says_its_name_and_system() {
        let mut bytes = vec![1, 1, 6, 0];
        bytes.resize(236, 0);
        bytes.extend([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 0, 12, 5]);
        bytes.extend(b"hmi-3");
        bytes.extend([60, 8]);
        bytes.extend(b"MSFT 5.0");
        bytes.push(255);
        let wanted = [(FactKind::HostName, "hmi-3".to_owned()), (FactKind::Os, "MSFT 5.0".to_owned())];
        assert_eq!(told(datagram(67, &bytes)), wanted);
        bytes[0] = 2;
        assert!(datagram(67, &bytes).is_empty(), "a server's answer tells nothing of the server");
    }

    #[test]
    fn a_windows_machine_registers_its_name() {
        let mut bytes = vec![0, 1, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 0x20];
        for byte in b"SCADA-SRV      \0" {
            bytes.extend([b'A' + (byte >> 4), b'A' + (byte & 15)]);
        }
        bytes.extend([0, 0, 0x20, 0, 1, 0xc0, 0x0c, 0, 0x20, 0, 1, 0, 4, 0x93, 0xe0, 0, 6, 0x60, 0, 10, 1, 1, 5]);
        assert_eq!(told(datagram(137, &bytes)), [(FactKind::HostName, "SCADA-SRV".to_owned())]);
    }

    #[test]
    fn an_mdns_answer_gives_the_name_and_pointers_never_lead_in_a_circle() {
        let mut bytes = vec![0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0];
        bytes.extend(b"\x05cam-7\x05local\0");
        bytes.extend([0, 16, 0, 1, 0, 0, 0, 9, 0, 1, 0]);
        bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 1, 1, 9]);
        assert_eq!(told(datagram(5353, &bytes)), [(FactKind::HostName, "cam-7".to_owned())]);
        let circle = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1];
        assert!(datagram(5353, &circle).is_empty());
    }

    #[test]
    fn a_web_server_says_what_it_is() {
        let answer = b"HTTP/1.1 200 OK\r\nDate: x\r\nSERVER: GoAhead-Webs\r\n\r\nServer: no";
        assert_eq!(told(http(answer)), [(FactKind::Product, "GoAhead-Webs".to_owned())]);
        assert!(http(b"HTTP/1.1 200 OK\r\n\r\nServer: no").is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(port in prop::sample::select(vec![67u16, 137, 5353, 5355]), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            datagram(port, &bytes);
            lldp(&bytes);
            cdp(&bytes);
            http(&bytes);
            ntlm(445, &[NTLM, &bytes].concat());
        }
    }
}
