use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::operation::ProtocolError;

/// A step of a protocol's own connection: who says to be who, and what both agree on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Session {
    /// ISO 8073 connect request with its answer.
    CotpConnect(CotpConnect),
    /// S7comm function 0xF0.
    S7Setup(S7Setup),
    /// OPC UA HEL with ACK or ERR (OPC 10000-6 section 7.1).
    OpcuaHello(OpcuaHello),
    /// OPC UA RHE: the server opens the connection (OPC 10000-6 section 7.1.2.6).
    OpcuaReverseHello(OpcuaReverseHello),
    /// OPC UA OPN, request and response (OPC 10000-4 section 5.5.2).
    OpcuaOpenChannel(OpcuaOpenChannel),
    OpcuaCreateSession(OpcuaCreateSession),
    OpcuaActivateSession(OpcuaActivateSession),
    /// CloseSession or CLO.
    OpcuaClose(OpcuaClose),
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct CotpConnect {
    pub source_tsap: String,
    pub destination_tsap: String,
    /// `pg` (programming device), `op` (operator panel), `basic`, from the destination TSAP's first byte; `es`, `hmi`,
    /// `other` from the names that S7-1200 and 1500 use.
    pub role: Option<Cow<'static, str>>,
    pub rack: Option<u8>,
    pub slot: Option<u8>,
    pub tpdu_size: Option<u32>,
    /// The client's reference: constant in many tools, and so a mark of them.
    #[serde(default)]
    pub source_reference: u16,
    /// Transport class asked for; ISO on TCP uses class 0.
    #[serde(default)]
    pub class: u8,
    pub accepted: Option<bool>,
    /// Reason of the disconnect request that refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProtocolError>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct S7Setup {
    pub max_jobs_calling: u16,
    pub max_jobs_called: u16,
    pub pdu_length: u16,
    /// What the server granted; `None` while its answer was not seen.
    pub granted_pdu_length: Option<u16>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaHello {
    /// `None` where only the answer was seen.
    #[serde(flatten)]
    pub offered: Option<OpcuaLimits>,
    pub endpoint_url: String,
    /// What the server's ACK said to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<OpcuaLimits>,
    pub acknowledged: bool,
    pub error: Option<ProtocolError>,
    pub reason: Option<String>,
}

/// The five numbers that HEL offers and ACK grants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaLimits {
    pub protocol_version: u32,
    pub receive_buffer_size: u32,
    pub send_buffer_size: u32,
    /// Zero means no limit, here and below.
    pub max_message_size: u32,
    pub max_chunk_count: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaReverseHello {
    pub server_uri: String,
    pub endpoint_url: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaOpenChannel {
    pub channel_id: u32,
    pub token_id: Option<u32>,
    /// Whole URI.
    pub policy_uri: String,
    pub mode: Option<Cow<'static, str>>,
    pub renew: Option<bool>,
    pub lifetime_ms: Option<u32>,
    /// Bytes of the client's certificate; 0 where none is sent.
    pub client_certificate_bytes: u32,
    pub server_certificate_bytes: u32,
    /// SHA-1 of a side's certificate in hexadecimal, as the other side named it on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_thumbprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_thumbprint: Option<String>,
    /// Bytes of the nonces; `None` where they are encrypted or were not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_nonce_bytes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_nonce_bytes: Option<u32>,
    pub accepted: Option<bool>,
    pub error: Option<ProtocolError>,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaCreateSession {
    pub channel_id: u32,
    pub application_uri: String,
    pub product_uri: String,
    pub application_name: String,
    pub session_name: String,
    pub endpoint_url: String,
    pub timeout_ms: Option<f64>,
    pub accepted: Option<bool>,
    pub error: Option<ProtocolError>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaActivateSession {
    pub channel_id: u32,
    pub policy: Option<String>,
    /// `anonymous`, `user_name`, `certificate`, `issued`, or `none` where the token field is empty.
    pub token: Cow<'static, str>,
    pub token_policy_id: String,
    pub user_name: Option<String>,
    /// The password's encryption algorithm URI; empty when it went in clear. The password itself is never kept.
    pub password_encryption: Option<String>,
    pub accepted: Option<bool>,
    pub error: Option<ProtocolError>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaClose {
    pub channel_id: u32,
    /// The whole secure channel, not only the session.
    pub channel: bool,
    /// How many service requests of which kind the channel carried before: discovery alone, or more. A request that
    /// cannot be read counts as another one.
    pub discovery_requests: u32,
    pub other_requests: u32,
    pub policy: Option<String>,
    /// Its client said goodbye; without that, the connection was cut or the capture ended.
    #[serde(default)]
    pub announced: bool,
    /// Why the server ended it, where it said so by ERR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProtocolError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// MSG chunks that each side sent on the channel: all that can be said of an encrypted one.
    #[serde(default)]
    pub client: OpcuaTraffic,
    #[serde(default)]
    pub server: OpcuaTraffic,
}

/// What one side sent on a secure channel in MSG chunks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaTraffic {
    /// Messages that came to their final chunk.
    pub messages: u64,
    /// Messages that their sender gave up by an abort chunk.
    pub aborted: u64,
    pub chunks: u64,
    pub bytes: u64,
}
