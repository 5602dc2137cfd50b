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
    pub protocol_version: u32,
    pub receive_buffer_size: u32,
    pub send_buffer_size: u32,
    pub max_message_size: u32,
    pub max_chunk_count: u32,
    pub endpoint_url: String,
    pub acknowledged: bool,
    pub error: Option<ProtocolError>,
    pub reason: Option<String>,
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
    /// SHA-1 of the client's certificate as the field's tools show it.
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
    /// How many service requests of which kind the channel carried before: discovery alone, or more.
    pub discovery_requests: u32,
    pub other_requests: u32,
    pub policy: Option<String>,
}
