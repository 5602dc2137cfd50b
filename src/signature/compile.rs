//! From a rule as written to one that matches, or the reason why not.

use regex::bytes::RegexBuilder;

use super::address::{AddressSet, PortSet, Variables};
use super::content::{Content, parse_bytes};
use super::modbus::ModbusCondition;
use super::opcua::OpcuaCondition;
use super::rule::{FlowCondition, Header, Pattern, Rule, SizeCondition};
use super::rule_id::RuleId;
use super::s7::S7Condition;
use super::syntax::{RawOption, RawRule, unquoted};
use super::threshold::Threshold;
use crate::event::{Severity, Transport};

/// Memory that one `pcre` may take when compiled.
const MAX_REGEX_BYTES: usize = 1 << 20;

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
    "dsize",
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
];

/// Compiles a rule. The error says which option is at fault and why.
pub fn compile(raw: &RawRule, variables: &Variables) -> Result<Rule, String> {
    if raw.action != "alert" {
        return Err(format!("action '{}': a passive monitor can only alert", raw.action));
    }
    let mut draft = Draft::new(raw, variables)?;
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
    speaks_modbus: bool,
}

impl Draft {
    fn new(raw: &RawRule, variables: &Variables) -> Result<Self, String> {
        let speaks_modbus = raw.protocol == "modbus";
        let header = Header {
            transport: transport(&raw.protocol)?,
            source: AddressSet::parse(&raw.source, variables)?,
            source_ports: PortSet::parse(&raw.source_ports, variables)?,
            destination: AddressSet::parse(&raw.destination, variables)?,
            destination_ports: PortSet::parse(&raw.destination_ports, variables)?,
            bidirectional: raw.bidirectional,
        };
        let rule = Rule {
            id: RuleId { gid: 1, sid: 0, rev: 1 },
            message: String::new(),
            classtype: None,
            severity: Severity::Medium,
            techniques: Vec::new(),
            references: Vec::new(),
            header,
            flow: FlowCondition::default(),
            dsize: None,
            contents: Vec::new(),
            patterns: Vec::new(),
            modbus: speaks_modbus.then(ModbusCondition::default),
            s7: S7Condition::of_protocol(&raw.protocol),
            opcua: OpcuaCondition::of_protocol(&raw.protocol),
            threshold: None,
        };
        Ok(Draft { rule, priority: None, severity: None, speaks_modbus })
    }

    fn option(&mut self, option: &RawOption) -> Result<(), String> {
        if !KEYWORDS.contains(&option.name.as_str()) {
            return Err("this keyword is not supported".to_owned());
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
            "dsize" => self.rule.dsize = Some(size(value()?)?),
            "content" => self.content(value()?)?,
            "pcre" => self.rule.patterns.push(pattern(value()?)?),
            "threshold" => self.rule.threshold = Some(Threshold::parse(value()?)?),
            "modbus" => self.rule.modbus = Some(ModbusCondition::parse(value()?)?),
            name if name.starts_with("s7") => {
                self.rule.s7 = Some(S7Condition::with(self.rule.s7.take(), name, value()?)?);
            }
            name if name.starts_with("opcua.") => {
                self.rule.opcua = Some(OpcuaCondition::with(self.rule.opcua.take(), name, value()?)?);
            }
            // Who is hurt, and what Snort's raw buffers were: true of every match here.
            "target" | "rawbytes" => {}
            name => self.modifier(name, option.value.as_deref())?,
        }
        Ok(())
    }

    fn modifier(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let content = self.rule.contents.last_mut().ok_or("it modifies a content, and there is none before it")?;
        let wanted = || value.ok_or_else(|| "a value is missing".to_owned());
        match name {
            "nocase" => content.nocase = true,
            "fast_pattern" => content.fast_pattern = true,
            "offset" => content.offset = number(wanted()?)?,
            "depth" => {
                let depth: usize = number(wanted()?)?;
                if depth < content.bytes.len() {
                    return Err(format!("{depth} is less than the content's {} bytes", content.bytes.len()));
                }
                content.depth = Some(depth);
            }
            "distance" => content.distance = Some(number(wanted()?)?),
            "within" => content.within = Some(number(wanted()?)?),
            "startswith" => content.depth = Some(content.bytes.len()),
            "endswith" => content.at_end = true,
            _ => return Err("this keyword is not supported".to_owned()),
        }
        Ok(())
    }

    fn content(&mut self, value: &str) -> Result<(), String> {
        let (negated, text) = match value.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, value),
        };
        let quoted = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).ok_or("the text is not in quotes")?;
        self.rule.contents.push(Content::new(parse_bytes(quoted)?, negated));
        Ok(())
    }

    /// `technique T0858` and `severity high` are ours; the rest is kept by its author for himself.
    fn metadata(&mut self, value: &str) {
        for pair in value.split(',') {
            let (key, value) = pair.trim().split_once(char::is_whitespace).unwrap_or((pair.trim(), ""));
            let value = value.trim();
            match key {
                "technique" | "mitre_technique_id" => self.rule.techniques.push(value.to_owned()),
                "severity" => self.severity = Severity::ALL.into_iter().find(|s| s.name() == value).or(self.severity),
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
                "stateless" | "only_stream" | "no_stream" => {}
                other => return Err(format!("'{other}' is not supported")),
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Rule, String> {
        if self.rule.id.sid == 0 {
            return Err("sid: a rule needs a number".to_owned());
        }
        let on_payload = !self.rule.contents.is_empty() || !self.rule.patterns.is_empty() || self.rule.dsize.is_some();
        if self.rule.modbus.is_some() && on_payload {
            return Err("modbus: together with content, pcre or dsize it is not supported".to_owned());
        }
        if self.rule.s7.is_some() && (on_payload || self.rule.modbus.is_some()) {
            return Err("s7: together with content, pcre, dsize or modbus it is not supported".to_owned());
        }
        if self.rule.opcua.is_some() && (on_payload || self.rule.modbus.is_some() || self.rule.s7.is_some()) {
            return Err("opcua: together with content, pcre, dsize, modbus or s7 it is not supported".to_owned());
        }
        if self.speaks_modbus && on_payload {
            return Err("modbus: contents of modbus messages are not supported; write tcp in the header".to_owned());
        }
        if self.rule.contents.first().is_some_and(Content::is_relative) {
            return Err("distance and within: there is no content before this one".to_owned());
        }
        for content in &mut self.rule.contents {
            content.prepare()?;
        }
        self.rule.severity = self.severity.unwrap_or_else(|| {
            severity(self.priority.unwrap_or_else(|| class_priority(self.rule.classtype.as_deref())))
        });
        Ok(self.rule)
    }
}

fn transport(protocol: &str) -> Result<Option<Transport>, String> {
    match protocol {
        "tcp" | "tcp-pkt" | "tcp-stream" | "s7comm" | "s7comm_plus" | "opcua" => Ok(Some(Transport::Tcp)),
        "udp" => Ok(Some(Transport::Udp)),
        "icmp" => Ok(Some(Transport::Icmp)),
        "ip" | "modbus" => Ok(None),
        other => Err(format!("protocol '{other}' is not supported")),
    }
}

/// `n`, `!n`, `>n`, `<n`, `a<>b`.
fn size(text: &str) -> Result<SizeCondition, String> {
    let text = text.trim();
    if let Some((low, high)) = text.split_once("<>") {
        return Ok(SizeCondition::Between(number(low)?, number(high)?));
    }
    match text.as_bytes().first() {
        Some(b'>') => Ok(SizeCondition::Over(number(&text[1..])?)),
        Some(b'<') => Ok(SizeCondition::Under(number(&text[1..])?)),
        Some(b'!') => Ok(SizeCondition::Not(number(&text[1..])?)),
        _ => Ok(SizeCondition::Is(number(text)?)),
    }
}

/// `"/regex/flags"`, possibly negated.
fn pattern(value: &str) -> Result<Pattern, String> {
    let (negated, text) = value.strip_prefix('!').map_or((false, value), |rest| (true, rest.trim_start()));
    let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).ok_or("the pattern is not in quotes")?;
    let body = text.strip_prefix('/').ok_or("the pattern does not begin with a slash")?;
    let (body, flags) = body.rsplit_once('/').ok_or("the pattern does not end with a slash")?;
    let anchored = flags.contains('A');
    let source = if anchored { format!(r"\A(?:{body})") } else { body.to_owned() };
    let mut builder = RegexBuilder::new(&source);
    builder.unicode(false).size_limit(MAX_REGEX_BYTES);
    let mut relative = false;
    for flag in flags.chars() {
        match flag {
            'i' => builder.case_insensitive(true),
            's' => builder.dot_matches_new_line(true),
            'm' => builder.multi_line(true),
            'x' => builder.ignore_whitespace(true),
            'G' => builder.swap_greed(true),
            'R' => {
                relative = true;
                continue;
            }
            'A' => continue,
            other => return Err(format!("flag '{other}' is not supported")),
        };
    }
    let regex = builder.build().map_err(|error| one_line(&error.to_string()))?;
    Ok(Pattern { regex, negated, relative })
}

/// The last line of the regex engine's drawing says what is wrong.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or(error).trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("'{}' is no number in range", text.trim()))
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
        compile(&syntax::rules(text).remove(0).unwrap(), &super::super::default_variables())
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
        );
        options(text).unwrap();
        for keyword in KEYWORDS {
            let decoded = keyword.starts_with("s7") || keyword.starts_with("opcua.");
            let there = decoded || ["sid", "modbus"].contains(keyword) || text.contains(keyword);
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
        compiled(concat!(
            r#"alert opcua any any -> any any (opcua.service:write; opcua.node:"ns=2;s=Level"/value, Level; "#,
            "opcua.method:Reboot; opcua.policy:None; opcua.status:bad; opcua.user:!mes; sid:1;)",
        ))
        .unwrap();
    }

    #[test]
    fn what_does_not_load_says_which_option_and_why() {
        let wrong = |text: &str| options(text).unwrap_err();
        assert_eq!(wrong("byte_test:1,>,5,0;"), "byte_test: this keyword is not supported");
        assert!(wrong("nocase;").contains("none before it"));
        assert!(wrong("content:\"abc\"; depth:2;").starts_with("depth: 2 is less"));
        assert!(wrong("content:abc;").contains("quotes"));
        assert!(wrong("content:\"a\"; distance:1;").contains("no content before"));
        assert!(wrong("pcre:\"/(?=a)b/\";").contains("look-around"));
        assert!(wrong("pcre:\"/a/U\";").contains("'U'"));
        assert!(wrong("flow:sideways;").contains("sideways"));
        assert!(compiled("drop tcp any any -> any any (sid:1;)").unwrap_err().contains("only alert"));
        assert!(compiled("alert s7comm any any -> any any (content:\"a\"; sid:1;)").unwrap_err().starts_with("s7:"));
        assert!(wrong("opcua.service:write; modbus: function 5;").starts_with("opcua:"));
        assert!(compiled("alert dnp3 any any -> any any (sid:1;)").unwrap_err().contains("dnp3"));
        assert!(compiled("alert tcp any any -> any any (msg:\"x\";)").unwrap_err().contains("sid"));
    }
}
