//! Secure channel and session services (OPC 10000-4 sections 5.6 and 5.7).

use super::Visitor;
use super::discovery::{Application, Strings, endpoints, strings};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::types::NodeId;
use crate::protocol::opcua::wire;

/// OpenSecureChannel request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenRequest {
    pub is_renewal: bool,
    pub mode: u32,
    pub nonce_bytes: usize,
    pub lifetime_ms: u32,
}

impl OpenRequest {
    pub fn read(decoder: &mut Decoder<'_>) -> Decoded<Self> {
        let _protocol_version = decoder.u32()?;
        let is_renewal = decoder.u32()? == 1;
        let mode = decoder.u32()?;
        let nonce_bytes = decoder.bytes()?.map_or(0, <[u8]>::len);
        Ok(OpenRequest { is_renewal, mode, nonce_bytes, lifetime_ms: decoder.u32()? })
    }
}

/// OpenSecureChannel response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenAnswer {
    pub channel: u32,
    pub token: u32,
    pub lifetime_ms: u32,
    pub nonce_bytes: usize,
}

impl OpenAnswer {
    pub fn read(decoder: &mut Decoder<'_>) -> Decoded<Self> {
        let _protocol_version = decoder.u32()?;
        let (channel, token) = (decoder.u32()?, decoder.u32()?);
        let _created = decoder.date_time()?;
        let lifetime_ms = decoder.u32()?;
        Ok(OpenAnswer { channel, token, lifetime_ms, nonce_bytes: decoder.bytes()?.map_or(0, <[u8]>::len) })
    }
}

/// CreateSession request.
#[derive(Clone, PartialEq, Debug)]
pub struct CreateRequest<'a> {
    pub client: Application<'a>,
    pub endpoint_url: Option<&'a [u8]>,
    pub session_name: Option<&'a [u8]>,
    /// The server that is meant, where it stands behind a gateway.
    pub server_uri: Option<&'a [u8]>,
    pub nonce_bytes: usize,
    pub certificate: &'a [u8],
    pub timeout_ms: f64,
    pub max_response_bytes: u32,
}

impl<'a> CreateRequest<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let client = Application::read(decoder)?;
        let server_uri = decoder.string()?;
        let (endpoint_url, session_name) = (decoder.string()?, decoder.string()?);
        let nonce_bytes = decoder.bytes()?.map_or(0, <[u8]>::len);
        let certificate = decoder.bytes()?.unwrap_or_default();
        let (timeout_ms, max_response_bytes) = (decoder.f64()?, decoder.u32()?);
        Ok(CreateRequest {
            client,
            endpoint_url,
            session_name,
            server_uri,
            nonce_bytes,
            certificate,
            timeout_ms,
            max_response_bytes,
        })
    }
}

/// CreateSession response.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CreateAnswer<'a> {
    /// What every request of the session will carry.
    pub token: NodeId<'a>,
    pub timeout_ms: f64,
    pub nonce_bytes: usize,
    pub certificate: &'a [u8],
    pub max_request_bytes: u32,
}

impl<'a> CreateAnswer<'a> {
    pub fn read(decoder: &mut Decoder<'a>, visitor: &mut dyn Visitor) -> Decoded<Self> {
        let _session = decoder.node_id()?;
        let token = decoder.node_id()?;
        let timeout_ms = decoder.f64()?;
        let nonce_bytes = decoder.bytes()?.map_or(0, <[u8]>::len);
        let certificate = decoder.bytes()?.unwrap_or_default();
        endpoints(decoder, visitor)?;
        software_certificates(decoder)?;
        signature(decoder)?;
        Ok(CreateAnswer { token, timeout_ms, nonce_bytes, certificate, max_request_bytes: decoder.u32()? })
    }
}

/// ActivateSession request; passwords and keys are passed over and never leave this function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activate<'a> {
    pub locales: Strings<'a>,
    pub token: Token<'a>,
}

/// User identity token (OPC 10000-4 section 7.40).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token<'a> {
    /// The field is empty, which counts as anonymous.
    None,
    Anonymous {
        policy: Option<&'a [u8]>,
    },
    UserName {
        policy: Option<&'a [u8]>,
        user: Option<&'a [u8]>,
        encryption: Option<&'a [u8]>,
    },
    Certificate {
        policy: Option<&'a [u8]>,
        certificate: &'a [u8],
    },
    Issued {
        policy: Option<&'a [u8]>,
        encryption: Option<&'a [u8]>,
    },
    /// A kind that the standard does not know, or one that cannot be read.
    Other,
}

impl<'a> Activate<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        signature(decoder)?;
        software_certificates(decoder)?;
        let locales = strings(decoder)?;
        let object = decoder.extension_object()?;
        let token = match object.standard() {
            Some((kind, body)) => decoder.within(body, |decoder| Token::read(decoder, kind)).unwrap_or(Token::Other),
            None if object.type_id.is_null() => Token::None,
            None => Token::Other,
        };
        signature(decoder)?;
        Ok(Activate { locales, token })
    }
}

impl<'a> Token<'a> {
    fn read(decoder: &mut Decoder<'a>, kind: u32) -> Decoded<Self> {
        let policy = decoder.string()?;
        Ok(match kind {
            wire::ANONYMOUS_TOKEN => Token::Anonymous { policy },
            wire::USER_NAME_TOKEN => {
                let user = decoder.string()?;
                let _password = decoder.bytes()?;
                Token::UserName { policy, user, encryption: decoder.string()? }
            }
            wire::CERTIFICATE_TOKEN => Token::Certificate { policy, certificate: decoder.bytes()?.unwrap_or_default() },
            wire::ISSUED_TOKEN => {
                let _data = decoder.bytes()?;
                Token::Issued { policy, encryption: decoder.string()? }
            }
            _ => Token::Other,
        })
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Token::None => "none",
            Token::Anonymous { .. } => "anonymous",
            Token::UserName { .. } => "user_name",
            Token::Certificate { .. } => "certificate",
            Token::Issued { .. } => "issued",
            Token::Other => "other",
        }
    }
}

/// ActivateSession response. Its results are about the client's software certificates: a bad one refuses no session.
pub fn activated(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let _nonce = decoder.bytes()?;
    decoder.each(|decoder| {
        let status = decoder.status()?;
        if status.is_doubtful() {
            visitor.unnamed();
            visitor.quality(status);
        }
        Ok(())
    })?;
    super::diagnostics(decoder, visitor)
}

/// SignatureData (OPC 10000-4 section 7.37).
fn signature(decoder: &mut Decoder<'_>) -> Decoded<()> {
    let _algorithm = decoder.string()?;
    decoder.bytes().map(drop)
}

/// SignedSoftwareCertificate (OPC 10000-4 section 7.38).
fn software_certificates(decoder: &mut Decoder<'_>) -> Decoded<()> {
    decoder.each(|decoder| {
        let _certificate = decoder.bytes()?;
        decoder.bytes().map(drop)
    })
}
