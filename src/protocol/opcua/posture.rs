//! Security posture: what a server offers, and what was used with it.

use super::certificate;
use super::facts::{Trait, short};
use super::services::{Endpoint, TokenPolicy};
use super::wire;
use crate::event::{FactKind, OpcuaCertificate, OpcuaEndpoint, OpcuaEndpoints, OpcuaToken, clean_text};

/// Endpoints of one server, and ways to log on of each, that are told.
const MAX_ENDPOINTS: usize = 128;
const MAX_TOKENS: usize = 32;
/// Characters of a URL or URI.
const MAX_TEXT: usize = 512;

/// Collects what one answer offers.
#[derive(Debug, Default)]
pub struct Offered {
    endpoints: Vec<OpcuaEndpoint>,
    certificates: Vec<OpcuaCertificate>,
    /// What was wrong with a certificate.
    pub flaw: Option<certificate::Flaw>,
}

impl Offered {
    pub fn add(&mut self, endpoint: &Endpoint<'_>) {
        if self.endpoints.len() >= MAX_ENDPOINTS {
            return;
        }
        let thumbprint = certificate::thumbprint(endpoint.certificate);
        let is_known =
            thumbprint.as_ref().is_some_and(|print| self.certificates.iter().any(|c| c.thumbprint == *print));
        if !is_known {
            let (certificate, flaw) = certificate::read(endpoint.certificate);
            self.certificates.extend(certificate.map(|certificate| *certificate));
            self.flaw = self.flaw.or(flaw);
        }
        self.endpoints.push(OpcuaEndpoint {
            url: shown(endpoint.url),
            application_uri: shown(endpoint.server.uri),
            policy_uri: shown(endpoint.policy_uri),
            mode: wire::mode(endpoint.mode),
            level: endpoint.level,
            transport_uri: shown(endpoint.transport),
            thumbprint,
            tokens: endpoint.tokens.iter().take(MAX_TOKENS).map(token).collect(),
        });
    }

    /// Each protection and each way to log on once.
    pub fn traits(&self) -> Vec<Trait> {
        let mut traits: Vec<Trait> = Vec::new();
        let mut add = |kind, value: String| {
            if !traits.iter().any(|(known, other)| *known == kind && *other == value) {
                traits.push((kind, value));
            }
        };
        for endpoint in &self.endpoints {
            add(FactKind::SecurityOffered, protection(&endpoint.policy_uri, &endpoint.mode));
            for token in &endpoint.tokens {
                add(FactKind::LogonOffered, token.kind.to_string());
            }
        }
        for certificate in &self.certificates {
            add(FactKind::Certificate, certificate_text(certificate));
        }
        traits
    }

    /// The session step, where anything was offered.
    pub fn into_step(self, told_by: &'static str, asked_url: String) -> Option<OpcuaEndpoints> {
        let Offered { endpoints, certificates, .. } = self;
        (!endpoints.is_empty()).then(|| OpcuaEndpoints { told_by: told_by.into(), asked_url, endpoints, certificates })
    }
}

fn token(token: &TokenPolicy<'_>) -> OpcuaToken {
    OpcuaToken { policy_id: shown(token.id), kind: wire::token_type(token.kind), policy_uri: shown(token.policy_uri) }
}

/// Policy and mode in a word each.
pub fn protection(policy_uri: &str, mode: &str) -> String {
    short(&format!("{} {mode}", wire::policy_name(policy_uri)))
}

/// What a channel shows to be used.
pub fn used(policy: &str, mode: &str) -> Trait {
    (FactKind::SecurityUsed, protection(policy, mode))
}

/// A certificate's traits: itself, and the application whose it is.
pub fn certificate_traits(certificate: &OpcuaCertificate) -> Vec<Trait> {
    let uri = certificate.application_uri.as_deref().map(|uri| (FactKind::ApplicationUri, short(uri)));
    std::iter::once((FactKind::Certificate, certificate_text(certificate))).chain(uri).collect()
}

fn certificate_text(certificate: &OpcuaCertificate) -> String {
    short(&format!("{} {}", certificate.thumbprint, certificate.subject))
}

fn shown(text: Option<&[u8]>) -> String {
    clean_text(text.unwrap_or_default(), MAX_TEXT)
}
