use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A Standard Webhooks 1.0 secret: `whsec_` and the base64 of 24 to 64 bytes.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

/// Why a text is no such secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SecretError {
    #[error("a secret begins with whsec_; 'openssl rand -base64 32' makes what follows")]
    Prefix,
    #[error("what follows whsec_ is no base64")]
    Base64,
    #[error("the secret has {0} bytes: 24 to 64 are wanted")]
    Length(usize),
}

impl SigningKey {
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let key = text.strip_prefix("whsec_").ok_or(SecretError::Prefix)?;
        let key = STANDARD.decode(key).map_err(|_| SecretError::Base64)?;
        if (24..=64).contains(&key.len()) { Ok(SigningKey(key)) } else { Err(SecretError::Length(key.len())) }
    }

    /// The value of `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp: u64, body: &str) -> String {
        format!("v1,{}", STANDARD.encode(hmac_sha256(&self.0, format!("{id}.{timestamp}.{body}").as_bytes())))
    }
}

/// HMAC-SHA256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector() {
        let key = SigningKey::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").unwrap();
        let body = r#"{"type":"alert.created","timestamp":"2023-11-14T22:13:20Z","data":{"id":"a1"}}"#;
        let signature = key.sign("msg_demo1", 1_700_000_000, body);
        assert_eq!(signature, "v1,lAx2OuwhFJe54sRTaG+u4UzkSKeGSyNRWmNa+qaT6m0=");
    }

    #[test]
    fn weak_secrets_are_refused() {
        assert_eq!(SigningKey::parse("secret").err(), Some(SecretError::Prefix));
        assert_eq!(SigningKey::parse("whsec_???").err(), Some(SecretError::Base64));
        assert_eq!(SigningKey::parse("whsec_AAECAwQF").err(), Some(SecretError::Length(6)));
    }
}
