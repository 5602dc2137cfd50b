//! UA-09, UA-10: certificates that prove little, and servers whose certificate is another one.

use crate::detect::memory::Memory;
use crate::detect::{Detector, Scene};
use crate::event::{Finding, OpcuaCertificate, OpcuaOpenChannel, Outcome, Reason, Session, Severity, Timestamp};
use crate::inventory::Address;

const MAX_SERVERS: usize = 10_000;
const MIN_RSA_BITS: u32 = 2048;
/// Status codes of OPC 10000-6 annex A that refuse a certificate: Bad_SecurityChecksFailed and those of Bad_Certificate….
const REFUSED: [u32; 12] = [
    0x8012_0000,
    0x8013_0000,
    0x8014_0000,
    0x8015_0000,
    0x8016_0000,
    0x8017_0000,
    0x8018_0000,
    0x8019_0000,
    0x801a_0000,
    0x801b_0000,
    0x801c_0000,
    0x801d_0000,
];

pub struct Certificates {
    servers: Memory<(Address, u16), Shown>,
    /// Which server showed a key last.
    keys: Memory<String, Address>,
}

/// The certificate that a server showed last.
struct Shown {
    thumbprint: String,
    issuer: String,
    self_signed: bool,
}

impl Default for Certificates {
    fn default() -> Self {
        Certificates { servers: Memory::new(MAX_SERVERS), keys: Memory::new(MAX_SERVERS) }
    }
}

impl Detector for Certificates {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match scene.session() {
            Some(Session::OpcuaOpenChannel(open)) => {
                found.extend(refused(scene, open));
                let both = open.client_certificate.iter().chain(&open.server_certificate);
                found.extend(both.filter_map(|certificate| weak(scene, certificate)));
                if let Some(shown) = open.server_certificate.as_deref() {
                    found.extend(self.changed(scene, shown));
                    found.extend(self.same_key(scene, shown));
                }
            }
            Some(Session::OpcuaCreateSession(create)) => {
                if let Some(shown) = create.server_certificate.as_deref() {
                    found.extend(self.changed(scene, shown));
                    found.extend(self.same_key(scene, shown));
                }
            }
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.servers.evicted() + self.keys.evicted()
    }
}

fn refused(scene: &Scene<'_>, open: &OpcuaOpenChannel) -> Option<Finding> {
    let error = open.error.as_ref().filter(|error| REFUSED.contains(&error.code))?;
    let mut finding = scene.finding("UA-09", "certificate_refused");
    finding.outcome = Some(Outcome::Refused);
    finding.reasons.push(Reason::new("reason.refused").with("error", &error.name));
    Some(finding)
}

fn weak(scene: &Scene<'_>, certificate: &OpcuaCertificate) -> Option<Finding> {
    let now = scene.event.ts.to_string();
    let mut flaws = Vec::new();
    // RFC 3339 in UTC sorts as text.
    if !certificate.not_after.is_empty() && certificate.not_after < now {
        flaws.push(Reason::new("reason.certificate_expired").with("at", &certificate.not_after));
    }
    if certificate.key == "rsa" && certificate.key_bits < MIN_RSA_BITS {
        flaws.push(Reason::new("reason.certificate_key").with("bits", certificate.key_bits));
    }
    if certificate.signature.starts_with("sha1") || certificate.signature.starts_with("md5") {
        flaws.push(Reason::new("reason.certificate_signature").with("algorithm", &certificate.signature));
    }
    if flaws.is_empty() || scene.event.ts == Timestamp::ZERO {
        return None;
    }
    let mut finding = scene.finding("UA-09", certificate.thumbprint.clone());
    finding.reasons.push(Reason::new("reason.certificate").with("subject", &certificate.subject));
    finding.reasons.extend(flaws);
    Some(finding)
}

impl Certificates {
    /// Two machines with one key: whoever takes it from one can speak for the other.
    fn same_key(&mut self, scene: &Scene<'_>, shown: &OpcuaCertificate) -> Option<Finding> {
        let server = scene.server();
        let known = self.keys.entry(shown.key_sha256.clone(), || server);
        if *known == server || shown.key_sha256.is_empty() {
            return None;
        }
        let mut finding = scene.finding("UA-09", "same_key");
        finding.ends.client = crate::event::Endpoint { ip: None, port: 0, mac: None };
        finding.reasons.push(Reason::new("reason.same_key").with("other", *known));
        finding.reasons.push(Reason::new("reason.certificate").with("subject", &shown.subject));
        Some(finding)
    }

    fn changed(&mut self, scene: &Scene<'_>, shown: &OpcuaCertificate) -> Option<Finding> {
        let server = (scene.server(), scene.event.ends.server.port);
        let now = Shown {
            thumbprint: shown.thumbprint.clone(),
            issuer: shown.issuer.clone(),
            self_signed: shown.self_signed,
        };
        let before = self.servers.insert(server, now)?;
        if before.thumbprint == shown.thumbprint {
            return None;
        }
        let mut finding = scene.finding("UA-10", "server_certificate");
        if !before.self_signed && !shown.self_signed && before.issuer == shown.issuer {
            finding.severity = Severity::Low;
        }
        let reason = Reason::new("reason.certificate_changed").with("before", before.thumbprint);
        finding.reasons.push(reason.with("now", &shown.thumbprint).with("subject", &shown.subject));
        Some(finding)
    }
}
