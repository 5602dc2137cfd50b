use std::net::IpAddr;
use std::sync::Arc;

use super::content::Content;
use super::load::RuleSet;
use super::rule::{Header, Rule};
use crate::event::{Operation, Protocol, Transport};

/// Steps that one rule may take on one piece: contents that repeat a thousand times must not cost a million.
const MAX_STEPS: u32 = 10_000;

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
    pub bytes: &'a [u8],
}

/// Matches a rule set against pieces and operations.
#[derive(Clone, Default)]
pub struct Matcher {
    set: Arc<RuleSet>,
    /// Rules that may match the piece in work.
    candidates: Vec<usize>,
    /// The piece for which each rule was last a candidate.
    seen: Vec<u64>,
    pieces: u64,
}

impl Matcher {
    pub fn new(set: Arc<RuleSet>) -> Self {
        let seen = vec![0; set.rules.len()];
        Matcher { set, candidates: Vec::new(), seen, pieces: 0 }
    }

    /// True where no rule looks at payloads.
    pub fn ignores_bytes(&self) -> bool {
        self.set.payload.is_empty()
    }

    /// Gives each rule that matches a piece.
    pub fn bytes(&mut self, subject: &Subject<'_>, mut matched: impl FnMut(&Rule)) {
        self.candidates.clear();
        self.pieces += 1;
        let (set, candidates) = (&*self.set, &mut self.candidates);
        set.payload.candidates([subject.sender.port, subject.receiver.port], subject.bytes, |rule| {
            if std::mem::replace(&mut self.seen[rule], self.pieces) != self.pieces {
                candidates.push(rule);
            }
        });
        for index in &self.candidates {
            let rule = &set.rules[*index];
            if header_holds(&rule.header, subject) && payload_holds(rule, subject) {
                matched(rule);
            }
        }
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
                self.judge(&set.modbus, subject, ask, matched)
            }
            Protocol::S7comm | Protocol::S7commPlus => {
                let ask = |rule: &Rule| {
                    let condition = rule.s7.as_ref()?;
                    Some((condition.holds(protocol, operation), condition.depends_on_more(protocol, operation)))
                };
                self.judge(&set.s7, subject, ask, matched)
            }
            Protocol::OpcUa => {
                let ask = |rule: &Rule| {
                    let condition = rule.opcua.as_ref()?;
                    Some((condition.holds(operation), condition.depends_on_more(operation)))
                };
                self.judge(&set.opcua, subject, ask, matched)
            }
        }
    }

    /// Asks each rule whether it holds, and whether it might the next time.
    fn judge(
        &self,
        rules: &[usize],
        subject: &Subject<'_>,
        ask: impl Fn(&Rule) -> Option<(bool, bool)>,
        mut matched: impl FnMut(&Rule),
    ) -> bool {
        let mut settled = true;
        for index in rules {
            let rule = &self.set.rules[*index];
            if !header_holds(&rule.header, subject) || !flow_holds(rule, subject) {
                continue;
            }
            let Some((holds, may_hold)) = ask(rule) else { continue };
            settled &= !holds && !may_hold;
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

fn payload_holds(rule: &Rule, subject: &Subject<'_>) -> bool {
    let payload = subject.bytes;
    flow_holds(rule, subject)
        && rule.dsize.is_none_or(|size| size.holds(payload.len()))
        && contents_hold(&rule.contents, payload, 0, &mut MAX_STEPS.clone(), &mut |after| {
            patterns_hold(rule, payload, after)
        })
}

/// Finds places for all contents, one after the other; where a relative one does not fit, an earlier one tries its next
/// place. `then` gets the end of the last place.
fn contents_hold(
    contents: &[Content],
    payload: &[u8],
    after: usize,
    steps: &mut u32,
    then: &mut dyn FnMut(usize) -> bool,
) -> bool {
    let Some((content, rest)) = contents.split_first() else { return then(after) };
    if content.negated {
        return content.ends(payload, after).next().is_none() && contents_hold(rest, payload, after, steps, then);
    }
    for end in content.ends(payload, after) {
        *steps = steps.saturating_sub(1);
        if *steps == 0 {
            return false;
        }
        if contents_hold(rest, payload, end, steps, then) {
            return true;
        }
    }
    false
}

fn patterns_hold(rule: &Rule, payload: &[u8], after: usize) -> bool {
    rule.patterns.iter().all(|pattern| {
        let region = if pattern.relative { payload.get(after..).unwrap_or_default() } else { payload };
        pattern.regex.is_match(region) != pattern.negated
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        let subject = Subject {
            transport: Transport::Tcp,
            sender: Side { ip: "10.0.0.1".parse().unwrap(), port: 40000 },
            receiver: Side { ip: "10.0.0.2".parse().unwrap(), port: 502 },
            to_server: true,
            established: true,
            bytes,
        };
        let mut sids = Vec::new();
        matcher.bytes(&subject, |rule| sids.push(rule.id.sid));
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
}
