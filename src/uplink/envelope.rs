use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::event::{Timestamp, hex};
use crate::output::hmac_sha256;

/// Version of the protocol.
pub const VERSION: &str = "1.0";
/// Of a body when unpacked; a few kilobytes of gzip can claim to be gigabytes.
pub const MAX_BODY: u64 = 50 << 20;
const NONCE_LENGTH: usize = 24;

/// What every message travels in; see the protocol's document for each field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Envelope {
    pub ver: String,
    pub profile: String,
    pub msg_type: String,
    /// UUIDv7, the same for every attempt.
    pub msg_id: String,
    pub channel: String,
    /// Per probe and channel, one more for each batch; zero outside of channels.
    pub seq: u64,
    pub probe_id: String,
    pub ent_id: String,
    pub region: String,
    pub industry: String,
    /// RFC 3339 at +08:00.
    pub sent_at: String,
    pub nonce: String,
    pub enc: String,
    pub sign_alg: String,
    /// SHA-256 of the packed body, hexadecimal.
    pub digest: String,
    /// JSON, gzip, base64.
    pub body: String,
    /// HMAC-SHA256, hexadecimal.
    pub sign: String,
}

/// Who sends, and which message it is.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    pub msg_type: &'a str,
    pub channel: &'a str,
    pub seq: u64,
    pub probe_id: &'a str,
    pub ent_id: &'a str,
    pub region: &'a str,
    pub industry: &'a str,
}

/// Why an envelope is not believed, or not readable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnvelopeError {
    #[error("protocol version {0} is not spoken here")]
    Version(String),
    #[error("signature algorithm {0} or encryption {1} is not spoken here")]
    Algorithm(String, String),
    #[error("the signature is wrong")]
    Signature,
    #[error("the digest does not fit the body")]
    Digest,
    #[error("the body cannot be unpacked")]
    Packing,
    #[error("the body is too large")]
    TooLarge,
    #[error("the body does not have the fields of its message type: {0}")]
    Fields(String),
    #[error("random numbers cannot be had")]
    Random,
}

/// Packs and signs a message.
pub fn seal<T: Serialize>(header: &Header<'_>, body: &T, key: &[u8]) -> Result<Envelope, EnvelopeError> {
    let json = serde_json::to_vec(body).map_err(|error| EnvelopeError::Fields(error.to_string()))?;
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packer.write_all(&json).and_then(|()| packer.finish()).map_err(|_| EnvelopeError::Packing)?;
    let envelope = Envelope {
        ver: VERSION.to_owned(),
        profile: "fengsui".to_owned(),
        msg_type: header.msg_type.to_owned(),
        msg_id: uuid::Uuid::now_v7().to_string(),
        channel: header.channel.to_owned(),
        seq: header.seq,
        probe_id: header.probe_id.to_owned(),
        ent_id: header.ent_id.to_owned(),
        region: header.region.to_owned(),
        industry: header.industry.to_owned(),
        sent_at: beijing_time(Timestamp::now()),
        nonce: nonce()?,
        enc: "none".to_owned(),
        sign_alg: "hmac-sha256".to_owned(),
        digest: hex(&Sha256::digest(&packed)),
        body: STANDARD.encode(packed),
        sign: String::new(),
    };
    Ok(envelope.signed(key))
}

/// Checks signature and digest, and reads the body.
pub fn open_body<T: DeserializeOwned>(envelope: &Envelope, key: &[u8]) -> Result<T, EnvelopeError> {
    if envelope.ver != VERSION {
        return Err(EnvelopeError::Version(envelope.ver.clone()));
    }
    if envelope.sign_alg != "hmac-sha256" || envelope.enc != "none" {
        return Err(EnvelopeError::Algorithm(envelope.sign_alg.clone(), envelope.enc.clone()));
    }
    let good: bool = envelope.signature(key).as_bytes().ct_eq(envelope.sign.as_bytes()).into();
    if !good {
        return Err(EnvelopeError::Signature);
    }
    peek_body(envelope)
}

/// Reads the body without knowing who signed it: for finding out which key to check with.
pub fn peek_body<T: DeserializeOwned>(envelope: &Envelope) -> Result<T, EnvelopeError> {
    let packed = STANDARD.decode(&envelope.body).map_err(|_| EnvelopeError::Packing)?;
    if hex(&Sha256::digest(&packed)) != envelope.digest {
        return Err(EnvelopeError::Digest);
    }
    let mut json = Vec::new();
    #[allow(clippy::disallowed_methods, reason = "capped by take")]
    let mut unpacked = GzDecoder::new(&packed[..]).take(MAX_BODY + 1);
    unpacked.read_to_end(&mut json).map_err(|_| EnvelopeError::Packing)?;
    if json.len() as u64 > MAX_BODY {
        return Err(EnvelopeError::TooLarge);
    }
    serde_json::from_slice(&json).map_err(|error| EnvelopeError::Fields(error.to_string()))
}

impl Envelope {
    /// The same message under another key: after a new registration what waits is still what it was.
    pub fn signed(mut self, key: &[u8]) -> Self {
        self.sign = self.signature(key);
        self
    }

    fn signature(&self, key: &[u8]) -> String {
        let Envelope { ver, probe_id, channel, seq, msg_id, sent_at, nonce, digest, .. } = self;
        let signed = format!("{ver}\n{probe_id}\n{channel}\n{seq}\n{msg_id}\n{sent_at}\n{nonce}\n{digest}");
        hex(&hmac_sha256(key, signed.as_bytes()))
    }

    /// When it was sealed, by its own word.
    pub fn sealed_at(&self) -> Option<Timestamp> {
        self.sent_at.parse().ok()
    }
}

/// The time zone of the reports, whatever the box's own is.
pub fn beijing_time(ts: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let time = jiff::Timestamp::from_nanosecond(i128::from(ts.nanos())).unwrap_or_default();
    time.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn nonce() -> Result<String, EnvelopeError> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0u8; NONCE_LENGTH];
    getrandom::fill(&mut random).map_err(|_| EnvelopeError::Random)?;
    Ok(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(seq: u64) -> Header<'static> {
        Header {
            msg_type: "alert.batch",
            channel: "alerts",
            seq,
            probe_id: "p",
            ent_id: "e",
            region: "440306",
            industry: "C",
        }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_only() {
        let envelope = seal(&header(7), &vec!["一", "two"], b"key").unwrap();
        assert_eq!(open_body::<Vec<String>>(&envelope, b"key").unwrap(), ["一", "two"]);
        assert_eq!(open_body::<Vec<String>>(&envelope, b"yek"), Err(EnvelopeError::Signature));
        assert!(envelope.sent_at.ends_with("+08:00"));
        assert!(envelope.nonce.len() >= 20);
    }

    #[test]
    fn no_signed_field_can_be_changed() {
        let envelope = seal(&header(7), &1, b"key").unwrap();
        let changes: [fn(&mut Envelope); 5] = [
            |e| e.seq = 8,
            |e| e.probe_id.push('x'),
            |e| e.channel.push('x'),
            |e| e.msg_id.push('x'),
            |e| e.digest.push('0'),
        ];
        for change in changes {
            let mut changed = envelope.clone();
            change(&mut changed);
            assert_eq!(open_body::<u8>(&changed, b"key"), Err(EnvelopeError::Signature));
        }
        let mut changed = envelope;
        changed.body = STANDARD.encode(b"other");
        assert_eq!(open_body::<u8>(&changed, b"key"), Err(EnvelopeError::Digest));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let zeros = vec![b' '; 1 << 20];
        for _ in 0..60 {
            packer.write_all(&zeros).unwrap();
        }
        let packed = packer.finish().unwrap();
        let mut envelope = seal(&header(1), &1, b"key").unwrap();
        envelope.digest = hex(&Sha256::digest(&packed));
        envelope.body = STANDARD.encode(&packed);
        let envelope = envelope.signed(b"key");
        assert_eq!(open_body::<u8>(&envelope, b"key"), Err(EnvelopeError::TooLarge));
    }
}
