//! From a rule as written to one that matches, or the reason why not.

use std::sync::Arc;

use super::address::Sets;
use super::bits::BitRule;
use super::buffer::Buffer;
use super::content::{Content, parse_bytes};
use super::field::{ByteExtract, ByteJump, ByteTest, DataAt};
use super::frame;
use super::math::ByteMath;
use super::modbus::ModbusCondition;
use super::number::number;
use super::opcua::OpcuaCondition;
use super::operand::{Names, Operand};
use super::packet::{self, PacketTest};
use super::pattern::Pattern;
use super::refused;
use super::rule::{FlowCondition, Header, Rule};
use super::rule_id::RuleId;
use super::s7::S7Condition;
use super::size::SizeCondition;
use super::step::{Step, What};
use super::syntax::{RawOption, RawRule, unquoted};
use super::threshold::Threshold;
use crate::event::{Severity, Transport};

/// Keywords on bytes that one rule may have.
const MAX_STEPS: usize = 64;

/// Every option a rule may have; whatever else it has is refused. `rules/README.md` explains them all.
pub const KEYWORDS: &[&str] = &[
    "msg",
    "sid",
    "rev",
    "gid",
    "classtype",
    "priority",
    "reference",
    "metadata",
    "target",
    "flow",
    "threshold",
    "detection_filter",
    "flowbits",
    "xbits",
    "noalert",
    "tag",
    "resp",
    "react",
    "replace",
    "urilen",
    "flags",
    "itype",
    "icode",
    "ttl",
    "seq",
    "ack",
    "tcp.seq",
    "tcp.ack",
    "window",
    "sameip",
    "ip_proto",
    "dsize",
    "bsize",
    "content",
    "nocase",
    "offset",
    "depth",
    "distance",
    "within",
    "startswith",
    "endswith",
    "fast_pattern",
    "rawbytes",
    "pcre",
    "byte_test",
    "byte_jump",
    "byte_extract",
    "byte_math",
    "isdataat",
    "pkt_data",
    "file_data",
    "file.data",
    "http.method",
    "http.uri",
    "http.uri.raw",
    "http.header",
    "http.header.raw",
    "http.request_header",
    "http.request_body",
    "http.response_header",
    "http.response_body",
    "http_method",
    "http_uri",
    "http_raw_uri",
    "http_header",
    "http_raw_header",
    "http_client_body",
    "http_server_body",
    "http.host",
    "http.host.raw",
    "http.user_agent",
    "http.cookie",
    "http.referer",
    "http.content_type",
    "http.stat_code",
    "http.stat_msg",
    "http_host",
    "http_raw_host",
    "http_user_agent",
    "http_cookie",
    "http_stat_code",
    "http_stat_msg",
    "uricontent",
    "modbus_func",
    "modbus_unit",
    "modbus_data",
    "modbus",
    "s7.rosctr",
    "s7.function",
    "s7.userdata",
    "s7.szl",
    "s7.pi",
    "s7.block",
    "s7.area",
    "s7comm_plus.function",
    "s7comm_plus.attribute",
    "opcua.service",
    "opcua.node",
    "opcua.method",
    "opcua.policy",
    "opcua.status",
    "opcua.user",
    "asset.role",
    "zone",
    "baseline",
];

/// Compiles a rule. The error says which option is at fault and why.
pub fn compile(raw: &RawRule, sets: &mut Sets<'_>) -> Result<Rule, String> {
    if raw.action != "alert" {
        return Err(format!("action '{}': a passive monitor can only alert", raw.action));
    }
    let mut draft = Draft::new(raw, sets)?;
    for option in &raw.options {
        draft.option(option).map_err(|reason| format!("{}: {reason}", option.name))?;
    }
    draft.finish()
}

/// A rule of which some options are read.
struct Draft {
    rule: Rule,
    priority: Option<u32>,
    severity: Option<Severity>,
    /// Where the next keywords look.
    buffer: Buffer,
    names: Names,
}

impl Draft {
    fn new(raw: &RawRule, sets: &mut Sets<'_>) -> Result<Self, String> {
        let header = Header {
            transport: transport(&raw.protocol)?,
            source: sets.addresses(&raw.source)?,
            source_ports: sets.ports(&raw.source_ports)?,
            destination: sets.addresses(&raw.destination)?,
            destination_ports: sets.ports(&raw.destination_ports)?,
            bidirectional: raw.bidirectional,
        };
        let rule = Rule {
            id: RuleId { gid: 1, sid: 0, rev: 1 },
            message: String::new(),
            zh: None,
            classtype: None,
            severity: Severity::Medium,
            techniques: Vec::new(),
            references: Vec::new(),
            header,
            flow: FlowCondition::default(),
            dsize: None,
            packet: Vec::new(),
            frame: None,
            steps: Vec::new(),
            bits: Vec::new(),
            silent: false,
            limits: Vec::new(),
            modbus: (raw.protocol == "modbus").then(Box::default),
            s7: S7Condition::of_protocol(&raw.protocol).map(Box::new),
            opcua: OpcuaCondition::of_protocol(&raw.protocol).map(Box::new),
            plant: None,
            threshold: None,
        };
        let (buffer, names) = (Buffer::Payload, Names::default());
        let mut draft = Draft { rule, priority: None, severity: None, buffer, names };
        match raw.protocol.as_str() {
            "tcp-pkt" => draft.limit("tcp-pkt", "the stream put together is looked at, not its packets"),
            "http" => draft.limit("http", "every TCP connection of these ports is looked at"),
            _ => {}
        }
        Ok(draft)
    }

    fn option(&mut self, option: &RawOption) -> Result<(), String> {
        if !KEYWORDS.contains(&option.name.as_str()) {
            return Err(refused::keyword(&option.name).to_owned());
        }
        let value = || option.value.as_deref().ok_or_else(|| "a value is missing".to_owned());
        match option.name.as_str() {
            "msg" => self.rule.message = unquoted(value()?),
            "sid" => self.rule.id.sid = number(value()?)?,
            "rev" => self.rule.id.rev = number(value()?)?,
            "gid" => self.rule.id.gid = number(value()?)?,
            "classtype" => self.rule.classtype = Some(value()?.to_owned()),
            "priority" => self.priority = Some(number(value()?)?),
            "reference" => self.rule.references.push(value()?.to_owned()),
            "metadata" => self.metadata(value()?),
            "flow" => self.flow(value()?)?,
            "dsize" => self.rule.dsize = Some(SizeCondition::parse(value()?)?),
            "bsize" => self.step(self.buffer, What::Size(SizeCondition::parse(value()?)?)),
            "content" => self.content(value()?, self.buffer)?,
            "uricontent" => self.content(value()?, Buffer::HttpUri)?,
            "pcre" => self.pattern(value()?)?,
            "byte_test" => {
                let (test, dce) = ByteTest::parse(value()?, &self.names)?;
                self.field("byte_test", What::Test(test), dce);
            }
            "byte_jump" => {
                let (jump, dce) = ByteJump::parse(value()?, &self.names)?;
                self.field("byte_jump", What::Jump(jump), dce);
            }
            "byte_extract" => {
                let (extract, dce) = ByteExtract::parse(value()?, &mut self.names)?;
                self.field("byte_extract", What::Extract(extract), dce);
            }
            "byte_math" => {
                let (math, dce) = ByteMath::parse(value()?, &mut self.names)?;
                self.field("byte_math", What::Math(math), dce);
            }
            "isdataat" => self.step(self.buffer, What::DataAt(DataAt::parse(value()?, &self.names)?)),
            "threshold" => self.rule.threshold = Some(Threshold::parse(value()?)?),
            "detection_filter" => self.rule.threshold = Some(Threshold::detection_filter(value()?)?),
            "flowbits" => self.bit(BitRule::flow(value()?)?),
            "xbits" => self.bit(BitRule::host(value()?)?),
            "noalert" => self.rule.silent = true,
            "modbus_func" => self.rule.frame.get_or_insert_default().function = Some(frame::function(value()?)?),
            "modbus_unit" => self.rule.frame.get_or_insert_default().unit = Some(number(value()?)?),
            name if packet::NAMES.contains(&name) => {
                let value = if name == "sameip" { "" } else { value()? };
                self.rule.packet.push(PacketTest::parse(name, value)?);
            }
            "modbus" => self.rule.modbus = Some(Box::new(ModbusCondition::parse(value()?)?)),
            name if name.starts_with("s7") => {
                let before = self.rule.s7.take().map(|condition| *condition);
                self.rule.s7 = Some(Box::new(S7Condition::with(before, name, value()?)?));
            }
            name if name.starts_with("opcua.") => {
                let before = self.rule.opcua.take().map(|condition| *condition);
                self.rule.opcua = Some(Box::new(OpcuaCondition::with(before, name, value()?)?));
            }
            "asset.role" | "zone" | "baseline" => {
                let plant = self.rule.plant.get_or_insert_default();
                Arc::make_mut(plant).add(&option.name, value()?)?;
            }
            // Who is hurt, and what Snort's raw buffers were: true of every match here.
            "target" | "rawbytes" => {}
            "tag" => self.limit("tag", "the evidence of the alert is kept instead"),
            "resp" | "react" | "replace" => self.limit(&option.name, "nothing is sent or changed, it is only told"),
            "urilen" => {
                let size = value()?.split(',').next().unwrap_or_default();
                self.step(Buffer::HttpUri, What::Size(SizeCondition::parse(size)?));
                self.limit_of("urilen", Buffer::HttpUri);
            }
            name if Buffer::sticky(name).is_some() => self.look_in(name),
            name => self.modifier(name, option.value.as_deref())?,
        }
        Ok(())
    }

    fn modifier(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let wanted = || value.ok_or_else(|| "a value is missing".to_owned());
        let operand = |names: &Names| names.operand(wanted()?);
        let last = self.rule.steps.iter_mut().rev();
        let mut contents = last.filter_map(|step| match &mut step.what {
            What::Content(content) => Some((content, &mut step.buffer)),
            _ => None,
        });
        let (content, buffer) = contents.next().ok_or("it modifies a content, and there is none before it")?;
        match name {
            "nocase" => content.nocase = true,
            "fast_pattern" => content.fast_pattern = true,
            "offset" => content.offset = Some(operand(&self.names)?),
            "depth" => {
                let depth = operand(&self.names)?;
                content.fits(depth)?;
                content.depth = Some(depth);
            }
            "distance" => content.distance = Some(operand(&self.names)?),
            "within" => {
                let within = operand(&self.names)?;
                content.fits(within)?;
                content.within = Some(within);
            }
            "startswith" => content.depth = Some(Operand::Is(i64::try_from(content.bytes.len()).unwrap_or(i64::MAX))),
            "endswith" => content.at_end = true,
            name => {
                let named = Buffer::modifier(name).ok_or_else(|| refused::keyword(name).to_owned())?;
                *buffer = named;
                self.limit_of(name, named);
            }
        }
        Ok(())
    }

    /// From here on keywords look in this buffer.
    fn look_in(&mut self, name: &str) {
        self.buffer = Buffer::sticky(name).unwrap_or_default();
        if self.buffer == Buffer::ModbusData {
            self.rule.frame.get_or_insert_default();
        }
        self.limit_of(name, self.buffer);
    }

    fn step(&mut self, buffer: Buffer, what: What) {
        self.rule.steps.push(Step { buffer, what });
    }

    fn field(&mut self, name: &str, what: What, dce: bool) {
        if dce {
            self.limit(name, "dce is read as the lowest byte first");
        }
        self.step(self.buffer, what);
    }

    /// No bit is `noalert`.
    fn bit(&mut self, bit: Option<BitRule>) {
        self.rule.silent |= bit.is_none();
        if bit.as_ref().is_some_and(BitRule::is_of_hosts) {
            self.limit("xbits", "marks are forgotten when rules are loaded anew");
        }
        self.rule.bits.extend(bit);
    }

    fn limit_of(&mut self, name: &str, buffer: Buffer) {
        if let Some(limit) = buffer.limit() {
            self.limit(name, limit);
        }
    }

    fn limit(&mut self, name: &str, limit: &str) {
        let limit = format!("{name}: {limit}");
        if !self.rule.limits.contains(&limit) {
            self.rule.limits.push(limit);
        }
    }

    fn content(&mut self, value: &str, buffer: Buffer) -> Result<(), String> {
        let (negated, text) = match value.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, value),
        };
        let quoted = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).ok_or("the text is not in quotes")?;
        self.step(buffer, What::Content(Content::new(parse_bytes(quoted)?, negated)));
        if buffer != self.buffer {
            self.limit_of("uricontent", buffer);
        }
        Ok(())
    }

    fn pattern(&mut self, value: &str) -> Result<(), String> {
        let pattern = Pattern::parse(value)?;
        if pattern.has_look_ahead() {
            self.limit("pcre", "the look-ahead at its end is asked of the longest match at each place");
        }
        if let Some(buffer) = pattern.buffer {
            self.limit_of("pcre", buffer);
        }
        self.step(pattern.buffer.unwrap_or(self.buffer), What::Pattern(pattern));
        Ok(())
    }

    /// `technique T0858`, `severity high` and `zh` with the message in Chinese are ours; the rest is kept by its author for himself.
    fn metadata(&mut self, value: &str) {
        for pair in value.split(',') {
            let (key, value) = pair.trim().split_once(char::is_whitespace).unwrap_or((pair.trim(), ""));
            let value = value.trim();
            match key {
                "technique" | "mitre_technique_id" => self.rule.techniques.push(value.to_owned()),
                "severity" => self.severity = Severity::ALL.into_iter().find(|s| s.name() == value).or(self.severity),
                "zh" => self.rule.zh = Some(value.to_owned()),
                _ => {}
            }
        }
    }

    fn flow(&mut self, value: &str) -> Result<(), String> {
        for word in value.split(',').map(str::trim) {
            match word {
                "to_server" | "from_client" => self.rule.flow.to_server = Some(true),
                "to_client" | "from_server" => self.rule.flow.to_server = Some(false),
                "established" => self.rule.flow.established = Some(true),
                "not_established" => self.rule.flow.established = Some(false),
                // Every payload here is the reassembled stream's.
                "stateless" | "only_stream" => {}
                "no_stream" => self.limit("flow", "the stream put together is looked at, not its packets"),
                other => return Err(format!("'{other}' is not supported")),
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Rule, String> {
        if self.rule.id.sid == 0 {
            return Err("sid: a rule needs a number".to_owned());
        }
        self.prepare_steps()?;
        self.check_kinds()?;
        self.rule.severity = self.severity.unwrap_or_else(|| {
            severity(self.priority.unwrap_or_else(|| class_priority(self.rule.classtype.as_deref())))
        });
        Ok(self.rule)
    }

    fn prepare_steps(&mut self) -> Result<(), String> {
        if self.rule.steps.len() > MAX_STEPS {
            return Err(format!("{} keywords on bytes: a rule may have {MAX_STEPS}", self.rule.steps.len()));
        }
        let first = self.rule.steps.first().filter(|step| step.buffer == Buffer::Payload);
        if first.is_some_and(Step::is_relative) {
            self.limit("relative", "nothing is before the first keyword, so that it counts from the start");
        }
        let sees_headers = |test: &PacketTest| !matches!(test, PacketTest::SameIp | PacketTest::Protocol { .. });
        let of_pieces = self.rule.header.transport != Some(Transport::Icmp) && !self.rule.is_of_segments();
        if of_pieces && self.rule.packet.iter().any(sees_headers) {
            self.limit("packet", "fields of the header are known of segments that came in order");
        }
        self.rule.steps.shrink_to_fit();
        Ok(())
    }

    /// A rule asks about bytes, or about operations of one protocol.
    fn check_kinds(&self) -> Result<(), String> {
        let Rule { modbus, s7, opcua, dsize, steps, packet, bits, frame, silent, .. } = &self.rule;
        let on_payload = !steps.is_empty()
            || dsize.is_some()
            || !packet.is_empty()
            || !bits.is_empty()
            || frame.is_some()
            || *silent;
        if modbus.is_some() && on_payload {
            return Err(
                "modbus: together with content, pcre, dsize or other keywords on bytes, packets or marks it is \
                        not supported; write tcp in the header where modbus is not needed"
                    .to_owned(),
            );
        }
        if s7.is_some() && (on_payload || modbus.is_some()) {
            return Err("s7: together with content, pcre, dsize or modbus it is not supported".to_owned());
        }
        if opcua.is_some() && (on_payload || modbus.is_some() || s7.is_some()) {
            return Err("opcua: together with content, pcre, dsize, modbus or s7 it is not supported".to_owned());
        }
        Ok(())
    }
}

fn transport(protocol: &str) -> Result<Option<Transport>, String> {
    match protocol {
        "tcp" | "tcp-pkt" | "tcp-stream" | "http" | "s7comm" | "s7comm_plus" | "opcua" => Ok(Some(Transport::Tcp)),
        "udp" => Ok(Some(Transport::Udp)),
        "icmp" => Ok(Some(Transport::Icmp)),
        "ip" | "modbus" => Ok(None),
        other => Err(refused::protocol(other)),
    }
}

const fn severity(priority: u32) -> Severity {
    match priority {
        0 | 1 => Severity::High,
        2 => Severity::Medium,
        3 => Severity::Low,
        _ => Severity::Info,
    }
}

/// Priorities of the classes that rule sets share; an unknown class counts as medium.
fn class_priority(class: Option<&str>) -> u32 {
    const FIRST: [&str; 10] = [
        "attempted-admin",
        "attempted-user",
        "policy-violation",
        "shellcode-detect",
        "successful-admin",
        "successful-user",
        "trojan-activity",
        "unsuccessful-user",
        "web-application-attack",
        "command-and-control",
    ];
    const THIRD: [&str; 7] = [
        "not-suspicious",
        "unknown",
        "string-detect",
        "network-scan",
        "protocol-command-decode",
        "misc-activity",
        "icmp-event",
    ];
    match class {
        Some(class) if FIRST.contains(&class) => 1,
        Some(class) if THIRD.contains(&class) => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax;
    use super::*;

    fn compiled(text: &str) -> Result<Rule, String> {
        let variables = super::super::default_variables();
        compile(&syntax::rules(text).next().unwrap().unwrap(), &mut Sets::new(&variables))
    }

    fn options(text: &str) -> Result<Rule, String> {
        compiled(&format!("alert tcp any any -> $HOME_NET 502 ({text} sid:7;)"))
    }

    #[test]
    fn severity_comes_from_metadata_before_priority_before_class() {
        assert_eq!(options("classtype:attempted-admin;").unwrap().severity, Severity::High);
        assert_eq!(options("classtype:attempted-admin; priority:3;").unwrap().severity, Severity::Low);
        let rule = options("priority:3; metadata:severity critical, technique T0858;").unwrap();
        assert_eq!((rule.severity, rule.techniques.as_slice()), (Severity::Critical, &["T0858".to_owned()][..]));
    }

    #[test]
    fn the_readme_of_the_rules_explains_every_keyword_and_no_other() {
        let readme = include_str!("../../rules/README.md");
        let table = readme.split("## Keywords").nth(1).unwrap().split("\n## ").next().unwrap();
        let explained: Vec<&str> =
            table.lines().filter_map(|line| line.strip_prefix("| `")?.split([':', '`', ' ']).next()).collect();
        let sorted = |mut names: Vec<&'static str>| {
            names.sort_unstable();
            names
        };
        assert_eq!(sorted(explained), sorted(KEYWORDS.to_vec()));
    }

    #[test]
    fn every_keyword_loads() {
        let text = concat!(
            r#"msg:"m"; rev:2; gid:1; classtype:unknown; priority:1; reference:url,example.org; metadata:a b; "#,
            "target:dest_ip; flow:established; threshold:type limit,track by_src,count 1,seconds 1; dsize:>1; ",
            r#"content:"aa"; nocase; offset:1; depth:9; content:"b"; distance:1; within:4; rawbytes; "#,
            r#"content:"c"; startswith; fast_pattern; content:"d"; endswith; pcre:"/e/"; "#,
            "detection_filter:track by_src,count 1,seconds 1; flowbits:set,a; xbits:set,b,track ip_src; noalert; ",
            "tag:session; flags:PA; itype:8; icode:0; ttl:>1; seq:1; ack:1; tcp.seq:1; tcp.ack:1; window:1; sameip; ",
            "ip_proto:6; byte_test:1,>,0,0; byte_extract:1,0,n; byte_math:bytes 1, offset 0, oper +, rvalue n, result m; byte_jump:1,m; isdataat:n,relative; ",
            r#"uricontent:"u"; content:"v"; http_method; content:"v"; http_uri; content:"v"; http_raw_uri; "#,
            r#"content:"w"; http_header; content:"w"; http_raw_header; content:"w"; http_client_body; "#,
            r#"content:"w"; http_server_body; http.method; http.uri; http.uri.raw; http.header; http.header.raw; "#,
            "http.request_header; http.request_body; http.response_header; http.response_body; file.data; file_data; ",
            "http.host; http.host.raw; http.user_agent; http.cookie; http.referer; http.content_type; http.stat_code; ",
            r#"http.stat_msg; urilen:5<>10,raw; content:"x"; http_host; content:"x"; http_raw_host; content:"x"; "#,
            r#"http_user_agent; content:"x"; http_cookie; content:"x"; http_stat_code; content:"x"; http_stat_msg; "#,
            r#"resp:rst_all; react:block; replace:"y"; "#,
            "modbus_func:1; modbus_unit:1; modbus_data; bsize:>0; pkt_data; ",
        );
        options(text).unwrap();
        for keyword in KEYWORDS {
            let decoded = keyword.starts_with("s7") || keyword.starts_with("opcua.");
            let plant = ["asset.role", "zone", "baseline"].contains(keyword);
            let there = decoded || plant || ["sid", "modbus"].contains(keyword) || text.contains(keyword);
            assert!(there, "{keyword} is not tried here");
        }
        compiled("alert modbus any any -> any any (modbus: function 5; sid:1;)").unwrap();
        compiled(concat!(
            "alert tcp any any -> any any (s7.rosctr:userdata; s7.function:plc_stop; s7.userdata:cpu/1; s7.szl:0x0424; ",
            "s7.pi:_INSE; s7.block:OB1; s7.area:DB10; sid:1;)",
        ))
        .unwrap();
        compiled(
            "alert s7comm_plus any any -> any any (s7comm_plus.function:stop; s7comm_plus.attribute:2167=1; sid:1;)",
        )
        .unwrap();
        compiled("alert modbus any any -> any any (asset.role:client=hmi; zone:!crossed; baseline:new; sid:1;)")
            .unwrap();
        compiled(concat!(
            r#"alert opcua any any -> any any (opcua.service:write; opcua.node:"ns=2;s=Level"/value, Level; "#,
            "opcua.method:Reboot; opcua.policy:None; opcua.status:bad; opcua.user:!mes; sid:1;)",
        ))
        .unwrap();
    }

    #[test]
    fn what_loads_with_a_limit_says_which() {
        let limits = |text: &str| options(text).unwrap().limits;
        assert_eq!(limits("content:\"a\"; byte_test:1,>,5,0; flow:established;"), [""; 0]);
        assert!(limits("content:\"a\"; distance:1;")[0].starts_with("relative: "));
        assert!(limits("content:\"a\"; http_uri; content:\"b\"; http_uri;")[0].starts_with("http_uri: "));
        assert!(limits("file_data; content:\"a\";")[0].contains("not unpacked"));
        assert!(limits("content:\"a\"; flags:PA;")[0].contains("in order"));
        assert_eq!(limits("flags:S; dsize:0;"), [""; 0]);
        assert!(limits("byte_test:2,>,5,0,dce;")[0].starts_with("byte_test: dce"));
        assert_eq!(compiled("alert tcp-pkt any any -> any any (sid:1;)").unwrap().limits.len(), 1);
    }

    #[test]
    fn what_does_not_load_says_which_option_and_why() {
        let wrong = |text: &str| options(text).unwrap_err();
        assert_eq!(wrong("asn1:print;"), "asn1: this keyword is not supported");
        assert_eq!(wrong("dnp3_func:read;"), "dnp3_func: DNP3 is not decoded yet");
        assert!(wrong("modbus: function 1; content:\"a\";").starts_with("modbus:"));
        assert!(wrong("nocase;").contains("none before it"));
        assert!(wrong("content:\"abc\"; depth:2;").starts_with("depth: 2 is less"));
        assert!(wrong("content:abc;").contains("quotes"));
        assert!(wrong("content:\"abc\"; within:2;").starts_with("within: 2 is less"));
        assert!(wrong("content:\"a\"; depth:n;").contains("no byte_extract"));
        assert!(wrong(&"content:\"a\"; ".repeat(65)).contains("65 keywords"));
        assert!(wrong("pcre:\"/(?=a)b/\";").contains("look-around"));
        assert!(wrong("pcre:\"/a/Q\";").contains("'Q'"));
        assert!(wrong("flow:sideways;").contains("sideways"));
        assert!(compiled("drop tcp any any -> any any (sid:1;)").unwrap_err().contains("only alert"));
        assert!(compiled("alert s7comm any any -> any any (content:\"a\"; sid:1;)").unwrap_err().starts_with("s7:"));
        assert!(wrong("opcua.service:write; modbus: function 5;").starts_with("opcua:"));
        assert!(compiled("alert dnp3 any any -> any any (sid:1;)").unwrap_err().contains("dnp3"));
        assert!(compiled("alert tcp any any -> any any (msg:\"x\";)").unwrap_err().contains("sid"));
    }
}
