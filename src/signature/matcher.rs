use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use super::bits::{Between, Marks};
use super::candidates::Candidates;
use super::frame::Frame;
use super::load::RuleSet;
use super::memory::{FlowMemory, Run};
use super::packet::Headers;
use super::rule::{Header, Rule};
use super::step::{self, View};
use crate::event::{Operation, Protocol, Side as FlowSide, Timestamp, Transport};

/// Steps that one rule may take on one piece: contents that repeat a thousand times must not cost a million.
const MAX_STEPS: u32 = 10_000;

/// Bytes of memory that a worker keeps for pieces joined with what was before them.
const MAX_JOINED: usize = 4096;

/// One side of a piece's conversation.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    pub ip: IpAddr,
    pub port: u16,
}

/// Bytes with what a rule's header asks about them.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub transport: Transport,
    pub sender: Side,
    pub receiver: Side,
    pub to_server: bool,
    pub established: bool,
    pub at: Timestamp,
    /// Headers of the packet that brought the bytes, where it is known.
    pub headers: Option<Headers>,
    /// The bytes are some of a stream, and more may follow.
    pub is_stream: bool,
    pub bytes: &'a [u8],
}

impl Subject<'_> {
    const fn side(&self) -> FlowSide {
        if self.to_server { FlowSide::Client } else { FlowSide::Server }
    }
}

/// Matches a rule set against pieces and operations.
#[derive(Clone, Default)]
pub struct Matcher {
    set: Arc<RuleSet>,
    /// Rules that may match the piece in work.
    candidates: Candidates,
    /// What one side sent before, and the piece in work.
    joined: Vec<u8>,
}

impl Matcher {
    pub fn new(set: Arc<RuleSet>) -> Self {
        let candidates = set.payload.candidates(set.rules.len());
        Matcher { set, candidates, joined: Vec::new() }
    }

    /// True where no rule looks at payloads.
    pub fn ignores_bytes(&self) -> bool {
        self.set.payload.is_empty()
    }

    /// Gives each rule that matches a piece, or that matches the piece together with what the same side sent before.
    pub fn bytes(&mut self, subject: &Subject<'_>, memory: &mut FlowMemory, mut matched: impl FnMut(&Rule)) {
        let ports = [subject.sender.port, subject.receiver.port];
        if !self.find_candidates(ports, subject.bytes) {
            return;
        }
        let memory = memory.get();
        self.ask(subject, &mut memory.marks, |rule| payload_holds(rule, subject, subject.bytes, 0), &mut matched);
        if subject.is_stream {
            self.across(subject, &memory.run, &mut memory.marks, &mut matched);
            memory.run.add(subject.side(), subject.bytes);
        }
    }

    /// True where a rule asks about single segments.
    pub fn sees_segments(&self) -> bool {
        !self.set.segments.is_empty()
    }

    /// Gives each rule that matches a TCP segment as it came.
    pub fn segment(&mut self, subject: &Subject<'_>, memory: &mut FlowMemory, mut matched: impl FnMut(&Rule)) {
        let ports = [subject.sender.port, subject.receiver.port];
        if self.set.segments.search(ports, &[], &mut self.candidates) {
            let marks = &mut memory.get().marks;
            self.ask(subject, marks, |rule| payload_holds(rule, subject, subject.bytes, 0), &mut matched);
        }
    }

    /// Rules whose bytes lie partly in the piece and partly before it.
    fn across(&mut self, subject: &Subject<'_>, run: &Run, marks: &mut Marks, matched: &mut dyn FnMut(&Rule)) {
        let Some((before, whole)) = run.before(subject.side()) else { return };
        let beyond = before.len();
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        joined.extend_from_slice(before);
        joined.extend_from_slice(subject.bytes);
        self.find_candidates([subject.sender.port, subject.receiver.port], &joined);
        let holds = |rule: &Rule| {
            rule.may_span(whole)
                && !payload_holds(rule, subject, subject.bytes, 0)
                && payload_holds(rule, subject, &joined, beyond)
        };
        self.ask(subject, marks, holds, matched);
        self.joined = joined;
        // One huge piece must not keep its memory for ever.
        self.joined.shrink_to(MAX_JOINED);
    }

    /// Says whether any rule looks at what is between these ports.
    fn find_candidates(&mut self, ports: [u16; 2], bytes: &[u8]) -> bool {
        self.set.payload.search(ports, bytes, &mut self.candidates)
    }

    /// Asks the candidates, those that set marks first.
    fn ask(
        &mut self,
        subject: &Subject<'_>,
        marks: &mut Marks,
        holds: impl Fn(&Rule) -> bool,
        matched: &mut dyn FnMut(&Rule),
    ) {
        let set = &*self.set;
        if set.has_marks {
            self.candidates.rules.sort_unstable_by_key(|index| (set.rules[*index].rank(), *index));
        }
        for index in &self.candidates.rules {
            let rule = &set.rules[*index];
            if header_holds(&rule.header, subject)
                && holds(rule)
                && self.bits_hold(rule, subject, marks)
                && !rule.silent
            {
                matched(rule);
            }
        }
    }

    /// Whether the marks are as the rule wants them; then it changes those that it is to change.
    fn bits_hold(&self, rule: &Rule, subject: &Subject<'_>, marks: &mut Marks) -> bool {
        if rule.bits.is_empty() {
            return true;
        }
        let between = Between { source: subject.sender.ip, destination: subject.receiver.ip, at: subject.at };
        let mut hosts = self.set.host_marks.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = rule.bits.iter().all(|bit| bit.holds(marks, &hosts, &between));
        if holds {
            rule.bits.iter().for_each(|bit| bit.act(marks, &mut hosts, &between));
        }
        holds
    }

    /// Gives each rule that matches a decoded operation, and says whether all rules would decide the same about any other
    /// request of the same function on the same objects: only then may it be taken for known.
    pub fn operation(
        &self,
        subject: &Subject<'_>,
        protocol: Protocol,
        operation: &Operation,
        matched: impl FnMut(&Rule),
    ) -> bool {
        let set = &*self.set;
        match protocol {
            Protocol::Modbus => {
                let ask = |rule: &Rule| {
                    let condition = rule.modbus.as_ref()?;
                    Some((condition.holds(operation), condition.depends_on_value(operation)))
                };
                self.judge(set.modbus.of(operation), subject, ask, matched)
            }
            Protocol::S7comm | Protocol::S7commPlus => {
                let ask = |rule: &Rule| {
                    let condition = rule.s7.as_ref()?;
                    Some((condition.holds(protocol, operation), condition.depends_on_more(protocol, operation)))
                };
                self.judge(set.s7.iter().copied(), subject, ask, matched)
            }
            Protocol::OpcUa => {
                let ask = |rule: &Rule| {
                    let condition = rule.opcua.as_ref()?;
                    Some((condition.holds(operation), condition.depends_on_more(operation)))
                };
                self.judge(set.opcua.iter().copied(), subject, ask, matched)
            }
        }
    }

    /// Asks each rule whether it holds, and whether it might the next time.
    fn judge(
        &self,
        rules: impl Iterator<Item = usize>,
        subject: &Subject<'_>,
        ask: impl Fn(&Rule) -> Option<(bool, bool)>,
        mut matched: impl FnMut(&Rule),
    ) -> bool {
        let mut settled = true;
        for index in rules {
            let rule = &self.set.rules[index];
            if !header_holds(&rule.header, subject) || !flow_holds(rule, subject) {
                continue;
            }
            let Some((holds, may_hold)) = ask(rule) else { continue };
            // What is taken for known was learnt, and that is what such a rule is never about.
            let only_new = rule.plant.as_ref().is_some_and(|plant| plant.wants_new());
            settled &= only_new || (!holds && !may_hold);
            if holds {
                matched(rule);
            }
        }
        settled
    }
}

fn header_holds(header: &Header, subject: &Subject<'_>) -> bool {
    let fits = |from: &Side, to: &Side| {
        header.source_ports.contains(from.port)
            && header.destination_ports.contains(to.port)
            && header.source.contains(from.ip)
            && header.destination.contains(to.ip)
    };
    header.transport.is_none_or(|transport| transport == subject.transport)
        && (fits(&subject.sender, &subject.receiver)
            || (header.bidirectional && fits(&subject.receiver, &subject.sender)))
}

fn flow_holds(rule: &Rule, subject: &Subject<'_>) -> bool {
    rule.flow.to_server.is_none_or(|wanted| wanted == subject.to_server)
        && rule.flow.established.is_none_or(|wanted| wanted == subject.established)
}

/// Whether a rule matches these bytes, with something behind the first `beyond` of them.
fn payload_holds(rule: &Rule, subject: &Subject<'_>, payload: &[u8], beyond: usize) -> bool {
    let same_ip = subject.sender.ip == subject.receiver.ip;
    let headers = subject.headers.as_ref();
    if !flow_holds(rule, subject)
        || !rule.dsize.is_none_or(|size| size.holds(payload.len()))
        || !rule.packet.iter().all(|test| test.holds(headers, subject.transport, same_ip))
    {
        return false;
    }
    let mut budget = MAX_STEPS;
    let mut holds = |frame: Option<&Frame>| step::hold(&rule.steps, &View { payload, frame, beyond }, &mut budget);
    match &rule.frame {
        None => holds(None),
        Some(condition) => condition.frames(payload).any(|frame| holds(Some(&frame))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::packet::Segment;
    use super::*;
    use crate::signature::{default_variables, load};

    fn matcher(rules: &str) -> Matcher {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.rules");
        fs::write(&file, rules).unwrap();
        let report = load(&[file], &default_variables());
        assert_eq!(report.refusals, []);
        Matcher::new(Arc::new(report.set))
    }

    fn sids(matcher: &mut Matcher, bytes: &[u8]) -> Vec<u32> {
        next(matcher, &mut FlowMemory::default(), bytes)
    }

    fn subject(bytes: &[u8]) -> Subject<'_> {
        Subject {
            transport: Transport::Tcp,
            sender: Side { ip: "10.0.0.1".parse().unwrap(), port: 40000 },
            receiver: Side { ip: "10.0.0.2".parse().unwrap(), port: 502 },
            to_server: true,
            established: true,
            at: Timestamp::ZERO,
            headers: None,
            is_stream: true,
            bytes,
        }
    }

    fn next(matcher: &mut Matcher, memory: &mut FlowMemory, bytes: &[u8]) -> Vec<u32> {
        let subject = subject(bytes);
        let mut sids = Vec::new();
        matcher.bytes(&subject, memory, |rule| sids.push(rule.id.sid));
        sids.sort_unstable();
        sids
    }

    #[test]
    fn a_relative_content_makes_an_earlier_one_try_its_next_place() {
        let mut m =
            matcher(r#"alert tcp any any -> any 502 (content:"ab"; content:"cd"; distance:1; within:2; sid:1;)"#);
        assert_eq!(sids(&mut m, b"abxx abycd"), [1]);
        assert_eq!(sids(&mut m, b"abcd"), [0; 0]);
    }

    #[test]
    fn headers_flow_size_and_negation_decide() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any 502 (content:\"STOP\"; nocase; flow:to_server,established; sid:1;)\n",
            "alert tcp any any -> any 102 (content:\"STOP\"; sid:2;)\n",
            "alert tcp any any -> any 502 (content:\"stop\"; content:!\"please\"; sid:3;)\n",
            "alert tcp any any -> any 502 (dsize:>20; sid:4;)\n",
            "alert tcp any 502 <> any any (content:\"stop\"; flow:to_client; sid:5;)\n",
            "alert tcp any 502 <> any any (content:\"stop\"; sid:6;)\n",
            "alert udp any any -> any any (content:\"stop\"; sid:7;)\n",
        ));
        assert_eq!(sids(&mut m, b"do stop"), [1, 3, 6]);
        assert_eq!(sids(&mut m, b"stop, please, at your leisure"), [1, 4, 6]);
    }

    #[test]
    fn pcre_may_begin_where_the_content_ended() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any any (content:\"user=\"; pcre:\"/^[a-z]+;/R\"; sid:1;)\n",
            "alert tcp any any -> any any (content:\"user=\"; pcre:!\"/root/i\"; sid:2;)\n",
        ));
        assert_eq!(sids(&mut m, b"x user=ROOT; user=abc;"), [1], "the second place of user= fits");
        assert_eq!(sids(&mut m, b"user=1;"), [2]);
    }

    #[test]
    fn repeated_contents_end_within_bounds() {
        let rule: String = (0..6).map(|_| "content:\"a\"; ").collect();
        let mut m = matcher(&format!("alert tcp any any -> any any ({rule}content:\"b\"; sid:1;)"));
        let mut hostile = vec![b'a'; 4000];
        hostile.push(b'B');
        assert_eq!(sids(&mut m, &hostile), [0; 0]);
    }

    #[test]
    fn numbers_in_the_piece_decide() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any 502 (content:\"len\"; byte_extract:1,0,n,relative; content:\"end\"; within:n; sid:1;)\n",
            "alert tcp any any -> any 502 (content:\"len\"; byte_jump:1,0,relative; isdataat:!1,relative; sid:2;)\n",
            "alert tcp any any -> any 502 (content:\"len\"; byte_test:1,>,6,0,relative; isdataat:9; sid:3;)\n",
            "alert tcp any any -> any 502 (byte_extract:1,0,at; content:\"len\"; offset:at; depth:3; sid:4;)\n",
            "alert tcp any any -> any 502 (byte_extract:1,0,at; byte_test:1,=,at,1; sid:5;)\n",
            "alert tcp any any -> any 502 (byte_math:bytes 1, offset 0, oper *, rvalue 2, result at; content:\"n\"; offset:at; depth:1; sid:6;)\n",
        ));
        assert_eq!(sids(&mut m, b"len\x06abcend"), [1, 2]);
        assert_eq!(sids(&mut m, b"len\x05abcend"), [0; 0]);
        assert_eq!(sids(&mut m, b"len\x07abcend"), [1, 3]);
        assert_eq!(sids(&mut m, b"\x02\x02len"), [4, 5, 6]);
    }

    #[test]
    fn jumps_that_lead_back_end_within_bounds() {
        let jumps = "byte_jump:1,0,relative,post_offset -2; ".repeat(60);
        let mut m = matcher(&format!(
            "alert tcp any any -> any 502 (content:\"|01|\"; {jumps}content:\"x\"; distance:0; sid:1;)"
        ));
        assert_eq!(sids(&mut m, &[1; 20_000]), [0; 0]);
        let mut m =
            matcher("alert tcp any any -> any 502 (byte_extract:8,0,n; content:\"a\"; distance:n; within:n; sid:1;)");
        assert_eq!(sids(&mut m, &[0xff; 64]), [0; 0]);
    }

    #[test]
    fn a_pattern_moves_the_place_for_what_follows() {
        let mut m = matcher("alert tcp any any -> any any (pcre:\"/n=[0-9]+/\"; content:\";\"; within:1; sid:1;)");
        assert_eq!(sids(&mut m, b"n=12; "), [1]);
        assert_eq!(sids(&mut m, b"n=12 n=3;"), [1], "the second match fits");
        assert_eq!(sids(&mut m, b"n=12 ;"), [0; 0]);
    }

    #[test]
    fn a_content_over_two_segments_is_found_once() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any 502 (content:\"STOP\"; sid:1;)\n",
            "alert tcp any any -> any 502 (content:\"ST\"; offset:4; depth:2; content:\"OP\"; distance:0; within:2; sid:2;)\n",
            "alert tcp any any -> any 502 (content:\"STOP\"; dsize:>0; sid:3;)\n",
            "alert tcp any any -> any 502 (content:\"head\"; sid:4;)\n",
            "alert tcp any any -> any 502 (content:\"head\"; content:\"tail\"; sid:5;)\n",
        ));
        let mut memory = FlowMemory::default();
        assert_eq!(next(&mut m, &mut memory, b"headST"), [4]);
        assert_eq!(next(&mut m, &mut memory, b"O"), [0; 0]);
        assert_eq!(next(&mut m, &mut memory, b"P"), [1, 2]);
        assert_eq!(next(&mut m, &mut memory, b"more"), [0; 0], "what was found is not found again");
        assert_eq!(next(&mut m, &mut memory, b"tail"), [5]);
    }

    #[test]
    fn a_gap_and_the_other_side_part_segments() {
        let mut m = matcher("alert tcp any any <> any 502 (content:\"STOP\"; sid:1;)");
        let mut memory = FlowMemory::default();
        assert_eq!(next(&mut m, &mut memory, b"ST"), [0; 0]);
        memory.gap();
        assert_eq!(next(&mut m, &mut memory, b"OP, ST"), [0; 0]);
        let mut answer = subject(b"OK");
        (answer.sender, answer.receiver, answer.to_server) = (answer.receiver, answer.sender, false);
        m.bytes(&answer, &mut memory, |_| panic!("no rule is meant"));
        assert_eq!(next(&mut m, &mut memory, b"OP"), [0; 0]);
    }

    #[test]
    fn long_streams_are_joined_at_their_ends_only() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any 502 (content:\"STOP\"; sid:1;)\n",
            "alert tcp any any -> any 502 (content:\"STOP\"; offset:10; sid:2;)\n",
        ));
        let mut memory = FlowMemory::default();
        let first = [&[b'.'; 60_000][..], b"ST"].concat();
        assert_eq!(next(&mut m, &mut memory, &first), [0; 0]);
        assert_eq!(next(&mut m, &mut memory, b"OP"), [1], "the place from the start is not known any more");
    }

    #[test]
    fn marks_join_the_pieces_of_a_conversation() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any 502 (content:\"again\"; flowbits:isset,login; sid:1;)\n",
            "alert tcp any any -> any 502 (content:\"login\"; flowbits:set,login; flowbits:noalert; sid:2;)\n",
            "alert tcp any any -> any 502 (content:\"again\"; xbits:isset,login,track ip_pair; sid:3;)\n",
            "alert tcp any any -> any 502 (content:\"login\"; xbits:set,login,track ip_pair; noalert; sid:4;)\n",
            "alert tcp any any -> any 502 (content:\"logout\"; flowbits:unset,login; sid:5;)\n",
        ));
        let mut memory = FlowMemory::default();
        assert_eq!(next(&mut m, &mut memory, b"again"), [0; 0]);
        assert_eq!(next(&mut m, &mut memory, b"login, again"), [1, 3], "who sets is asked first");
        assert_eq!(next(&mut m, &mut memory, b"again"), [1, 3]);
        assert_eq!(next(&mut m, &mut FlowMemory::default(), b"again"), [3], "another conversation of the same hosts");
        assert_eq!(next(&mut m, &mut memory, b"logout"), [5]);
        assert_eq!(next(&mut m, &mut memory, b"again"), [3]);
    }

    #[test]
    fn modbus_messages_are_asked_one_by_one() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any 502 (modbus_func:write_single_coil; sid:1;)\n",
            "alert tcp any any -> any 502 (modbus_func:5; modbus_unit:9; sid:2;)\n",
            "alert tcp any any -> any 502 (modbus_func:5; modbus_data; content:\"|FF 00|\"; offset:2; depth:2; sid:3;)\n",
            "alert tcp any any -> any 502 (modbus_func:3; modbus_data; content:\"|FF 00|\"; sid:4;)\n",
            "alert tcp any any -> any 502 (modbus_data; byte_test:2,=,7,0; pkt_data; content:\"|00 02|\"; depth:2; sid:5;)\n",
        ));
        let read = b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01";
        let write = b"\x00\x02\x00\x00\x00\x06\x01\x05\x00\x07\xff\x00";
        assert_eq!(sids(&mut m, &[&read[..], write].concat()), [1, 3, 5]);
        assert_eq!(sids(&mut m, read), [0; 0]);
        let mut memory = FlowMemory::default();
        assert_eq!(next(&mut m, &mut memory, &write[..9]), [1]);
        assert_eq!(next(&mut m, &mut memory, &write[9..]), [3, 5], "the message over two segments");
    }

    #[test]
    fn segments_without_bytes_are_asked_about_by_their_flags() {
        let mut m = matcher(concat!(
            "alert tcp any any -> any 502 (flags:S,CE; sid:1;)\n",
            "alert tcp any any -> any any (flags:+F; dsize:0; sid:2;)\n",
            "alert tcp any any -> any 102 (flags:S; sid:3;)\n",
            "alert tcp any any -> any any (dsize:>0; sid:4;)\n",
        ));
        assert!(m.sees_segments());
        let mut found = |flags, bytes| {
            let segment = Segment { flags, sequence: 0, acknowledgment: 0, window: 0 };
            let headers = Some(Headers { ttl: 64, tcp: Some(segment), icmp: None });
            let mut found = Vec::new();
            m.segment(&Subject { headers, ..subject(bytes) }, &mut FlowMemory::default(), |rule| {
                found.push(rule.id.sid);
            });
            found
        };
        assert_eq!(found(0x02, b""), [1], "SYN");
        assert_eq!(found(0xc2, b""), [1], "SYN that offers ECN");
        assert_eq!(found(0x12, b""), [0; 0], "SYN and ACK");
        assert_eq!(found(0x11, b""), [2], "FIN and ACK");
        assert_eq!(found(0x11, b"a"), [0; 0], "the last bytes with the end");
        assert_eq!(sids(&mut m, b"a"), [4], "pieces are no segments");
    }

    #[test]
    fn parts_of_a_request_and_of_the_packet() {
        let mut m = matcher(concat!(
            "alert http any any -> any any (http.method; content:\"POST\"; http.uri; content:\"/stop\"; endswith; sid:1;)\n",
            "alert tcp any any -> any any (content:\"stop\"; http_header; sid:2;)\n",
            "alert tcp any any -> any any (content:\"POST\"; flags:PA; sid:3;)\n",
            "alert tcp any any -> any any (content:\"POST\"; ttl:<10; sid:4;)\n",
            "alert tcp any any -> any any (content:\"POST\"; sameip; sid:5;)\n",
            "alert tcp any any -> any any (uricontent:\"/st\"; content:\"op\"; http_uri; distance:0; within:2; sid:6;)\n",
        ));
        let request = b"POST /stop HTTP/1.1\r\nHost: plc\r\n\r\n";
        let segment = Segment { flags: 0x18, sequence: 0, acknowledgment: 0, window: 0 };
        let mut with_headers = subject(request);
        with_headers.headers = Some(Headers { ttl: 64, tcp: Some(segment), icmp: None });
        let mut found = Vec::new();
        m.bytes(&with_headers, &mut FlowMemory::default(), |rule| found.push(rule.id.sid));
        found.sort_unstable();
        assert_eq!(found, [1, 3, 6]);
        assert_eq!(sids(&mut m, request), [1, 6], "what waited for others has no headers");
        assert_eq!(sids(&mut m, b"POSTstop"), [0; 0]);
    }
}
