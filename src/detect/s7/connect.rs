//! S7-01, S7-02, S7-20, S7-21, SP-01, SP-07, SP-08, NET-14: how stations connect and log in.

use std::time::Duration;

use crate::baseline::Practice;
use crate::detect::catalogue::{LEGITIMATIONS, PASSWORDS, TSAPS};
use crate::detect::memory::Memory;
use crate::detect::window::{DistinctWindow, Tally};
use crate::detect::{Detector, Scene};
use crate::event::{
    CotpConnect, EventKind, Finding, Outcome, Protocol, Reason, S7Password, S7PlusSession, Session, Severity,
};
use crate::inventory::{Address, LinkKey};

const MINUTE: Duration = Duration::from_secs(60);
const PASSWORDS_WINDOW: Duration = Duration::from_secs(300);
const MAX_LINKS: usize = 10_000;
/// The reference that nmap's `s7-info` calls with; programs count theirs up.
const NMAP_REFERENCE: u16 = 0x14;

/// S7-01, S7-02, S7-20, SP-01, SP-07.
pub struct Connects {
    tsaps: Memory<LinkKey, DistinctWindow<String>>,
    passwords: Memory<LinkKey, Tally>,
    legitimations: Memory<LinkKey, Tally>,
    /// The reference of each station's last connection: programs count theirs up.
    references: Memory<LinkKey, u16>,
    /// Controllers that were seen to speak TLS.
    encrypted: Memory<Address, ()>,
}

impl Default for Connects {
    fn default() -> Self {
        Connects {
            tsaps: Memory::new(MAX_LINKS),
            passwords: Memory::new(MAX_LINKS),
            legitimations: Memory::new(MAX_LINKS),
            references: Memory::new(MAX_LINKS),
            encrypted: Memory::new(MAX_LINKS),
        }
    }
}

impl Detector for Connects {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match scene.session() {
            Some(Session::CotpConnect(connect)) => {
                found.extend(new_role(scene, connect));
                found.extend(self.guesses_slot(scene, connect));
                found.extend(self.nmap(scene, connect));
            }
            Some(Session::S7Password(password)) => found.extend(self.password(scene, password)),
            Some(Session::TlsHello(_)) if scene.event.ends.server.port == 102 => {
                self.encrypted.entry(scene.server(), || ());
            }
            Some(Session::S7PlusSession(session)) => found.extend(self.in_the_open(scene, session)),
            _ => {
                found.extend(self.legitimation(scene));
                found.extend(unprotected(scene));
            }
        }
    }

    fn evicted(&self) -> u64 {
        self.tsaps.evicted() + self.passwords.evicted() + self.legitimations.evicted() + self.encrypted.evicted()
    }
}

/// S7-21: a controller that nothing but the network guards; told once, to whoever reads it first.
fn unprotected(scene: &Scene<'_>) -> Option<Finding> {
    let EventKind::Identity(fact) = &scene.event.kind else { return None };
    if !scene.new_practice(|practice| *practice == Practice::Unprotected) {
        return None;
    }
    let mut finding = scene.finding("S7-21", "unprotected");
    finding.severity = Severity::Low;
    finding.reasons.push(Reason::new("reason.unprotected_controller").with("level", &fact.value));
    Some(finding)
}

fn new_role(scene: &Scene<'_>, connect: &CotpConnect) -> Option<Finding> {
    if !scene.new_practice(|practice| *practice == Practice::ProgrammingDevice) {
        return None;
    }
    let role = connect.role.as_deref().unwrap_or("-");
    let mut finding = scene.finding(if role == "es" { "SP-01" } else { "S7-01" }, "role");
    if connect.accepted == Some(false) {
        finding.outcome = Some(Outcome::Refused);
        finding.severity = Severity::Medium;
    }
    finding.reasons.push(Reason::new("reason.new_role").with("role", role));
    Some(finding)
}

impl Connects {
    fn nmap(&mut self, scene: &Scene<'_>, connect: &CotpConnect) -> Option<Finding> {
        let before = self.references.insert(scene.link(), connect.source_reference);
        let counts = before.is_some_and(|before| before.wrapping_add(1) == NMAP_REFERENCE);
        if connect.source_reference != NMAP_REFERENCE || counts || connect.role.as_deref() != Some("pg") {
            return None;
        }
        let mut finding = scene.finding("NET-14", "s7-info");
        finding.reasons.push(Reason::new("reason.tool").with("tool", "nmap s7-info"));
        Some(finding)
    }

    fn guesses_slot(&mut self, scene: &Scene<'_>, connect: &CotpConnect) -> Option<Finding> {
        let capacity = 4 * TSAPS.value as usize;
        let window = self.tsaps.entry(scene.link(), || DistinctWindow::new(MINUTE, capacity));
        let tsaps = window.add(scene.event.ts, connect.destination_tsap.clone());
        (tsaps >= TSAPS.value as usize).then(|| scene.counted("S7-02", "tsaps", "reason.tsaps", tsaps))
    }

    fn password(&mut self, scene: &Scene<'_>, password: &S7Password) -> Option<Finding> {
        let mut finding = scene.finding("S7-20", "password");
        let count = PASSWORDS.value as usize;
        let tally = self.passwords.entry(scene.link(), || Tally::new(PASSWORDS_WINDOW, 4 * count));
        if !password.repeated {
            let tries = tally.add(scene.event.ts);
            if tries >= count {
                finding.reasons.push(Reason::new("reason.passwords").with("count", tries));
                if password.accepted == Some(true) && password.error.is_none() {
                    finding.outcome = Some(Outcome::Accepted);
                }
            }
        }
        if password.weak == Some(true) {
            finding.reasons.push(Reason::new("reason.weak_password"));
            if finding.reasons.len() == 1 {
                finding.severity = Severity::Medium;
            }
        }
        (!finding.reasons.is_empty()).then_some(finding)
    }

    fn legitimation(&mut self, scene: &Scene<'_>) -> Option<Finding> {
        let EventKind::Operation(operation) = &scene.event.kind else { return None };
        let is_log_in = scene.event.service.protocol() == Some(Protocol::S7commPlus)
            && operation.function.act.as_deref() == Some("log_in");
        if !is_log_in || operation.outcome != Outcome::Refused {
            return None;
        }
        let count = LEGITIMATIONS.value as usize;
        let tally = self.legitimations.entry(scene.link(), || Tally::new(PASSWORDS_WINDOW, 4 * count));
        let refusals = tally.add(scene.event.ts);
        (refusals >= count).then(|| scene.counted("SP-07", "log_in", "reason.log_ins_refused", refusals))
    }

    /// A controller that spoke TLS takes a session that everybody can read.
    fn in_the_open(&self, scene: &Scene<'_>, session: &S7PlusSession) -> Option<Finding> {
        self.encrypted.get(&scene.server())?;
        if session.accepted != Some(true) {
            return None;
        }
        let mut finding = scene.finding("SP-08", "plain_session");
        finding.reasons.push(Reason::new("reason.no_longer_encrypted"));
        Some(finding)
    }
}
