//! UA-01 to UA-04, UA-06 to UA-08, UA-11: who logs on, and how well it is protected.

use std::time::Duration;

use crate::baseline::Practice;
use crate::detect::catalogue::{LOG_INS, USERS};
use crate::detect::memory::Memory;
use crate::detect::window::{DistinctWindow, Tally};
use crate::detect::{Detector, Scene};
use crate::event::{
    Finding, FlowId, OpcuaActivateSession, OpcuaCreateSession, OpcuaEndpoint, OpcuaEndpoints, OpcuaOpenChannel,
    Outcome, Reason, Session, Severity,
};
use crate::inventory::{Address, LinkKey};

const WINDOW: Duration = Duration::from_secs(120);
const MAX_MEMORY: usize = 10_000;
/// Accounts that products are delivered with, and that everybody tries first.
const DEFAULT_USERS: [&str; 10] =
    ["admin", "administrator", "root", "guest", "user", "user1", "opcuaclient", "opcua", "operator", "simatic"];

pub struct LogOn {
    refused: Memory<LinkKey, Refusals>,
    /// The best protection that a client ever used with a server.
    best: Memory<LinkKey, u8>,
    channels: Memory<FlowId, u8>,
    offered: Memory<(Address, u16), Vec<(String, String)>>,
}

struct Refusals {
    tries: Tally,
    users: DistinctWindow<Option<String>>,
    many: bool,
}

impl Default for LogOn {
    fn default() -> Self {
        LogOn {
            refused: Memory::new(MAX_MEMORY),
            best: Memory::new(MAX_MEMORY),
            channels: Memory::new(MAX_MEMORY),
            offered: Memory::new(MAX_MEMORY),
        }
    }
}

impl Detector for LogOn {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match scene.session() {
            Some(Session::OpcuaOpenChannel(open)) => found.extend(self.opened(scene, open)),
            Some(Session::OpcuaCreateSession(create)) => found.extend(new_client(scene, create)),
            Some(Session::OpcuaEndpoints(offered)) => found.extend(self.offers(scene, offered)),
            Some(Session::OpcuaActivateSession(activate)) => {
                found.extend(unprotected(scene, activate));
                found.extend(clear_password(scene, activate));
                found.extend(default_user(scene, activate));
                found.extend(self.guesses(scene, activate));
                found.extend(self.downgrade(scene, activate));
            }
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.refused.evicted() + self.best.evicted() + self.channels.evicted() + self.offered.evicted()
    }
}

/// A known link whose session was open all the while that was learnt: how it opens was never to be seen.
fn was_never_seen_to_open(scene: &Scene<'_>) -> bool {
    let opened = |practice: &Practice| matches!(practice, Practice::Application(_));
    scene.baseline.link(&scene.link()).is_some_and(|row| !row.practices.iter().any(opened))
}

fn new_client(scene: &Scene<'_>, create: &OpcuaCreateSession) -> Option<Finding> {
    if !scene.new_practice(|practice| matches!(practice, Practice::Application(_))) || was_never_seen_to_open(scene) {
        return None;
    }
    let mut finding = scene.finding("UA-01", "application");
    finding.outcome = Some(Outcome::Accepted);
    let reason = Reason::new("reason.new_application").with("uri", &create.application_uri);
    finding.reasons.push(reason.with("name", &create.application_name));
    Some(finding)
}

fn unprotected(scene: &Scene<'_>, activate: &OpcuaActivateSession) -> Option<Finding> {
    let is_new = scene.new_practice(|practice| *practice == Practice::Unprotected);
    if activate.accepted != Some(true) || !is_new || was_never_seen_to_open(scene) {
        return None;
    }
    let mut finding = scene.finding("UA-02", "unprotected");
    finding.outcome = Some(Outcome::Accepted);
    finding.reasons.push(Reason::new("reason.no_encryption"));
    Some(finding)
}

fn clear_password(scene: &Scene<'_>, activate: &OpcuaActivateSession) -> Option<Finding> {
    let clear = activate.token == "user_name"
        && activate.user_name.is_some()
        && activate.policy.as_deref() == Some("None")
        && activate.password_encryption.as_deref().is_none_or(str::is_empty);
    if !clear || scene.is_habit() {
        return None;
    }
    let mut finding = scene.finding("UA-06", "clear_password");
    finding.outcome = outcome(activate.accepted);
    finding.reasons.extend(activate.user_name.as_ref().map(|user| Reason::new("reason.user").with("user", user)));
    Some(finding)
}

fn default_user(scene: &Scene<'_>, activate: &OpcuaActivateSession) -> Option<Finding> {
    let user = activate.user_name.as_ref()?;
    if !DEFAULT_USERS.contains(&user.to_lowercase().as_str()) || scene.is_habit() {
        return None;
    }
    let mut finding = scene.finding("UA-07", user.clone());
    finding.outcome = outcome(activate.accepted);
    if activate.accepted == Some(false) {
        finding.severity = Severity::Medium;
    }
    finding.reasons.push(Reason::new("reason.user").with("user", user));
    Some(finding)
}

const fn outcome(accepted: Option<bool>) -> Option<Outcome> {
    match accepted {
        Some(true) => Some(Outcome::Accepted),
        Some(false) => Some(Outcome::Refused),
        None => Some(Outcome::Attempted),
    }
}

impl LogOn {
    fn opened(&mut self, scene: &Scene<'_>, open: &OpcuaOpenChannel) -> Option<Finding> {
        let strength = strength(&open.policy_uri, open.mode.as_deref());
        if open.accepted == Some(true)
            && let Some(flow) = scene.event.flow
        {
            self.channels.insert(flow, strength);
            // What goes over a protected channel cannot be read: opening it is what shows that it was used.
            if strength > 0 {
                let best = self.best.entry(scene.link(), || strength);
                *best = strength.max(*best);
            }
        }
        if !open.has_weak_policy() || scene.is_habit() {
            return None;
        }
        let mut finding = scene.finding("UA-03", "weak_policy");
        finding.outcome = outcome(open.accepted);
        finding.reasons.push(Reason::new("reason.weak_policy").with("policy", &open.policy_uri));
        Some(finding)
    }

    /// UA-04: what a server lets in; UA-11: it does not offer what it offered a moment ago.
    fn offers(&mut self, scene: &Scene<'_>, offered: &OpcuaEndpoints) -> Vec<Finding> {
        let mut found = Vec::new();
        if scene.new_practice(|practice| *practice == Practice::WeakOffered) && !was_never_seen_to_open(scene) {
            let mut finding = scene.finding("UA-04", "weak_offered");
            finding.ends.client.ip = None;
            finding.ends.client.mac = None;
            let ways: Vec<String> = offered.endpoints.iter().take(8).map(way_in).collect();
            finding.reasons.push(Reason::new("reason.ways_in").with("ways", ways.join("; ")));
            found.push(finding);
        }
        let mut ways: Vec<_> = offered.endpoints.iter().map(|e| (e.policy_uri.clone(), e.mode.to_string())).collect();
        ways.sort();
        ways.dedup();
        let server = (scene.server(), scene.event.ends.server.port);
        if offered.told_by == "get_endpoints" {
            self.offered.insert(server, ways);
        } else if let Some(before) = self.offered.get(&server)
            && ways.iter().any(|way| !before.contains(way))
        {
            let mut finding = scene.finding("UA-11", "endpoints_differ");
            finding.reasons.push(Reason::new("reason.endpoints_differ"));
            found.push(finding);
        }
        found
    }

    fn guesses(&mut self, scene: &Scene<'_>, activate: &OpcuaActivateSession) -> Option<Finding> {
        let (tries, users) = (LOG_INS.value as usize, USERS.value as usize);
        let fresh = || Refusals {
            tries: Tally::new(WINDOW, 4 * tries),
            users: DistinctWindow::new(WINDOW, 4 * users),
            many: false,
        };
        match activate.accepted {
            Some(false) => {
                let refusals = self.refused.entry(scene.link(), fresh);
                let count = refusals.tries.add(scene.event.ts);
                let names = refusals.users.add(scene.event.ts, activate.user_name.clone());
                refusals.many = count >= tries || names >= users;
                if !refusals.many {
                    return None;
                }
                let mut finding = scene.counted("UA-08", "log_ins", "reason.log_ins_refused", count);
                finding.outcome = Some(Outcome::Refused);
                Some(finding)
            }
            Some(true) => {
                self.refused.remove(&scene.link()).filter(|refusals| refusals.many)?;
                let mut finding = scene.finding("UA-08", "log_ins");
                finding.outcome = Some(Outcome::Accepted);
                finding.severity = Severity::Critical;
                finding.reasons.push(Reason::new("reason.then_logged_in"));
                Some(finding)
            }
            None => None,
        }
    }

    /// A client that always protected its session does so no more, or less well.
    fn downgrade(&mut self, scene: &Scene<'_>, activate: &OpcuaActivateSession) -> Option<Finding> {
        if activate.accepted != Some(true) {
            return None;
        }
        let now = *self.channels.get(&scene.event.flow?)?;
        if now >= *self.best.get(&scene.link())? {
            return None;
        }
        let mut finding = scene.finding("UA-11", "downgrade");
        finding.outcome = Some(Outcome::Accepted);
        let reason = Reason::new("reason.downgrade").with("policy", activate.policy.as_deref().unwrap_or("-"));
        finding.reasons.push(reason);
        Some(finding)
    }
}

/// How well a channel is protected, from 0.
fn strength(policy_uri: &str, mode: Option<&str>) -> u8 {
    let policy = match policy_uri.rsplit('#').next() {
        None | Some("None") => return 0,
        Some("Basic128Rsa15" | "Basic256") => 1,
        Some(_) => 3,
    };
    policy + u8::from(mode == Some("sign_and_encrypt"))
}

fn way_in(endpoint: &OpcuaEndpoint) -> String {
    let policy = endpoint.policy_uri.rsplit('#').next().unwrap_or_default();
    let tokens: Vec<&str> = endpoint.tokens.iter().map(|token| &*token.kind).collect();
    format!("{policy} {} {}", endpoint.mode, tokens.join("/"))
}
