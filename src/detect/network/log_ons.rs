//! NET-21, NET-22: log-ons by what is no control protocol: tried again and again, in clear, or with what makers ship.

use std::borrow::Cow;
use std::time::Duration;

use crate::detect::catalogue::{IT_LOG_INS, IT_LOG_INS_FAST, SHORT_SESSIONS};
use crate::detect::memory::Memory;
use crate::detect::window::Tally;
use crate::detect::{Detector, Scene};
use crate::event::{
    EventKind, Finding, FlowReport, FlowState, LogOn, Notice, Outcome, Reason, Secret, Severity, Transport,
};
use crate::inventory::Address;

const MINUTE: Duration = Duration::from_secs(60);
const SLOW: Duration = Duration::from_secs(300);
const MAX_PAIRS: usize = 20_000;
/// Services whose log-ons cannot be read: a session that ends soon and carries little was one in vain.
const PROTECTED: [(u16, &str); 4] = [(22, "ssh"), (3389, "rdp"), (5985, "winrm"), (5986, "winrm")];
const SHORT: Duration = Duration::from_secs(15);
const LITTLE: u64 = 12_000;

pub struct LogOns {
    refused: Memory<(Address, Address, Cow<'static, str>), Refused>,
    short: Memory<(Address, Address, u16), Tally>,
}

struct Refused {
    slow: Tally,
    fast: Tally,
    /// How many there were at the last one.
    count: usize,
}

impl Default for LogOns {
    fn default() -> Self {
        LogOns { refused: Memory::new(MAX_PAIRS), short: Memory::new(MAX_PAIRS) }
    }
}

impl Detector for LogOns {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            EventKind::Notice(Notice::LogOn(log_on)) => {
                found.extend(self.tried(scene, log_on));
                found.extend(readable(scene, log_on));
            }
            EventKind::Flow(report) => found.extend(self.short(scene, report)),
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.refused.evicted() + self.short.evicted()
    }
}

impl LogOns {
    fn tried(&mut self, scene: &Scene<'_>, log_on: &LogOn) -> Option<Finding> {
        let key = (scene.client(), scene.server(), log_on.service.clone());
        let (slow, fast) = (IT_LOG_INS.value as usize, IT_LOG_INS_FAST.value as usize);
        if log_on.outcome == Outcome::Accepted {
            let refused = self.refused.remove(&key).filter(|refused| refused.count >= slow)?;
            let mut finding = self::refused(scene, log_on, refused.count);
            finding.severity = Severity::Critical;
            finding.outcome = Some(Outcome::Accepted);
            finding.reasons.push(Reason::new("reason.then_logged_in"));
            return Some(finding);
        }
        if log_on.outcome != Outcome::Refused {
            return None;
        }
        let fresh = || Refused { slow: Tally::new(SLOW, 4 * fast), fast: Tally::new(MINUTE, 4 * fast), count: 0 };
        let refused = self.refused.entry(key, fresh);
        refused.count = refused.slow.add(scene.event.ts);
        let in_a_minute = refused.fast.add(scene.event.ts);
        if refused.count < slow {
            return None;
        }
        let mut finding = self::refused(scene, log_on, refused.count);
        if in_a_minute < fast {
            finding.severity = Severity::Low;
        }
        Some(finding)
    }

    /// What is encrypted shows by its size and length only.
    fn short(&mut self, scene: &Scene<'_>, report: &FlowReport) -> Option<Finding> {
        let port = scene.event.ends.server.port;
        let (_, service) = PROTECTED.iter().find(|(number, _)| *number == port)?;
        let [first, last] = scene.event.evidence.span;
        let short = last.ts.since(first.ts) <= SHORT && report.both_sides().1 <= LITTLE;
        if report.transport != Transport::Tcp || report.state != FlowState::Ended || !report.answered || !short {
            return None;
        }
        let most = SHORT_SESSIONS.value as usize;
        let tally = self.short.entry((scene.client(), scene.server(), port), || Tally::new(MINUTE, 4 * most));
        let count = tally.add(scene.event.ts);
        if count < most {
            return None;
        }
        let mut finding = scene.counted("NET-21", service, "reason.short_sessions", count);
        finding.reasons.push(Reason::new("reason.remote_access").with("service", service));
        Some(finding)
    }
}

fn refused(scene: &Scene<'_>, log_on: &LogOn, count: usize) -> Finding {
    let mut finding = scene.counted("NET-21", &log_on.service, "reason.log_ins_refused", count);
    finding.outcome = Some(Outcome::Refused);
    finding.reasons.extend(user(log_on));
    finding
}

fn user(log_on: &LogOn) -> Option<Reason> {
    log_on.user.as_ref().map(|user| Reason::new("reason.user").with("user", user))
}

/// It worked, and whoever listens can do the same, or need not even listen.
fn readable(scene: &Scene<'_>, log_on: &LogOn) -> Option<Finding> {
    let why = match log_on.secret {
        Secret::Protected => return None,
        Secret::Clear => "reason.secret_in_clear",
        Secret::Default => "reason.secret_of_maker",
        Secret::None => "reason.no_secret",
    };
    // Nameless sessions of file sharing are how machines ask each other what there is.
    if log_on.outcome != Outcome::Accepted || (log_on.service == "smb" && log_on.user.is_none()) {
        return None;
    }
    let mut finding = scene.finding("NET-22", format!("{} {}", log_on.service, log_on.user.as_deref().unwrap_or("-")));
    finding.outcome = Some(Outcome::Accepted);
    if log_on.secret == Secret::Default {
        finding.severity = Severity::High;
    }
    finding.reasons.push(Reason::new(why).with("service", &log_on.service));
    finding.reasons.extend(user(log_on));
    Some(finding)
}
