use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::operation::ProtocolError;

/// A step of a protocol's own connection: who says to be who, and what both agree on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Session {
    /// ISO 8073 connect request with its answer.
    CotpConnect(CotpConnect),
    /// ISO 8073 disconnect request on a connection that stood.
    CotpDisconnect(CotpDisconnect),
    /// S7comm function 0xF0.
    S7Setup(S7Setup),
    /// S7comm-plus: CreateObject of a session, with its answer.
    S7PlusSession(S7PlusSession),
    /// The effect of a stop, start or download was seen between the machines of which one asked for it.
    S7Effect(S7Effect),
    /// A password for the controller's protection went by.
    S7Password(S7Password),
    /// Modbus in another form than Modbus/TCP, told once a connection.
    ModbusFraming(ModbusFraming),
    /// ClientHello, ServerHello and certificate of a TLS handshake (RFC 5246, RFC 8446), one line a side.
    TlsHello(TlsHello),
    /// OPC UA HEL with ACK or ERR (OPC 10000-6 section 7.1).
    OpcuaHello(OpcuaHello),
    /// OPC UA RHE: the server opens the connection (OPC 10000-6 section 7.1.2.6).
    OpcuaReverseHello(OpcuaReverseHello),
    /// OPC UA OPN, request and response (OPC 10000-4 section 5.5.2).
    OpcuaOpenChannel(OpcuaOpenChannel),
    OpcuaCreateSession(OpcuaCreateSession),
    OpcuaActivateSession(OpcuaActivateSession),
    /// What a server offers, by its answer to GetEndpoints or CreateSession (OPC 10000-4 section 7.14).
    OpcuaEndpoints(OpcuaEndpoints),
    /// CloseSession or CLO.
    OpcuaClose(OpcuaClose),
    /// OPC UA within another transport (OPC 10000-6 sections 7.3 to 7.5).
    OpcuaTransport(OpcuaTransport),
    /// A publisher heard for the first time, or one that changed its header (OPC 10000-14 section 7.2.4).
    PubSub(PubSubMessage),
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

/// Who ends a transport connection, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CotpDisconnect {
    pub from_server: bool,
    pub reason: ProtocolError,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct S7Setup {
    pub max_jobs_calling: u16,
    pub max_jobs_called: u16,
    pub pdu_length: u16,
    /// What the server granted; `None` while its answer was not seen.
    pub granted_pdu_length: Option<u16>,
}

/// Who opens a session, in his own words, and what the controller says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct S7PlusSession {
    /// Number that the controller gave the session.
    pub session_id: Option<u32>,
    /// `es`, `hmi`, `other` from the name called, where the connect was seen.
    pub role: Option<Cow<'static, str>>,
    /// The network card or adapter that the station says it uses.
    pub adapter: String,
    pub user: String,
    pub application: String,
    pub host: String,
    pub comment: String,
    /// Order number and firmware of the controller, as `1;6ES7 214-1AG40-0XB0;V4.2`.
    pub server_version: String,
    /// Which project the controller runs, where it says so.
    pub project_version: String,
    pub accepted: Option<bool>,
    pub error: Option<ProtocolError>,
}

/// How Modbus messages lie on their transport.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ModbusFraming {
    /// `rtu` (with a CRC) or `ascii` (with an LRC), as on a serial line; `mbap` as on TCP.
    pub framing: Cow<'static, str>,
    /// `tcp` or `udp`.
    pub transport: Cow<'static, str>,
}

/// How it was seen that an operation took effect. The operation itself was told when it was answered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct S7Effect {
    /// As [`super::Function::act`]: `stop`, `start`, `download`.
    pub act: Cow<'static, str>,
    /// Mode of the controller now, or the blocks that were linked in.
    pub state: String,
    /// `mode transition`, `szl 0x0424 index 0`, `program invocation`, `operating state`.
    pub shown_by: Cow<'static, str>,
}

/// What may be told of a password: how good it is and whether it was right; never the password.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct S7Password {
    /// On the list of passwords that everybody tries, or too short or uniform to withstand anybody. `None` where it
    /// cannot be read.
    pub weak: Option<bool>,
    /// Went by before on this connection.
    pub repeated: bool,
    /// Keyed hash, with a key that this process made for itself: equal passwords are equal texts in one run.
    pub keyed_hash: String,
    /// Whether it was the right one; `None` where no answer was seen.
    pub accepted: Option<bool>,
    pub error: Option<ProtocolError>,
}

/// What one side says before a connection is encrypted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TlsHello {
    /// Said by the server; otherwise by the client.
    pub from_server: bool,
    /// The version offered last or chosen, such as `1.3`.
    pub version: String,
    /// The cipher suite chosen, or those offered, by their numbers of the IANA registry, such as `0x1302`.
    pub cipher_suites: Vec<String>,
    /// Server name that the client asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// What is to be spoken inside (ALPN, RFC 7301): offered by the client, chosen by the server up to TLS 1.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub application_protocols: Vec<String>,
    /// Of the server, where it is not encrypted (up to TLS 1.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<TlsCertificate>,
}

/// Fields of an X.509 certificate (RFC 5280).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TlsCertificate {
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub not_before: String,
    pub not_after: String,
    /// Of the whole certificate, lower-case hexadecimal.
    pub sha256: String,
    /// The same by the older hash, by which lists of bad certificates name them.
    #[serde(skip)]
    pub sha1: String,
    /// Names of the machine that it is for.
    #[serde(skip)]
    pub names: Vec<String>,
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
    /// The certificates themselves, where they were sent and can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<Box<OpcuaCertificate>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_certificate: Option<Box<OpcuaCertificate>>,
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
    /// `client`, `client_and_server` …
    #[serde(default)]
    pub application_type: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gateway_server_uri: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discovery_urls: Vec<String>,
    /// The server that the client means, where it stands behind a gateway.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server_uri: String,
    /// See [`super::Channel::session`]; known with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Largest answer that the client takes, and largest request that the server takes; zero means no limit.
    #[serde(default)]
    pub max_response_bytes: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_request_bytes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_nonce_bytes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_nonce_bytes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<Box<OpcuaCertificate>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_certificate: Option<Box<OpcuaCertificate>>,
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
    /// See [`super::Channel::session`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locales: Vec<String>,
    /// The user's own certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Box<OpcuaCertificate>>,
}

/// What a certificate says, with those behind it in its chain (RFC 5280; OPC 10000-6 section 6.2).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaCertificate {
    pub subject: String,
    pub issuer: String,
    /// Issuer and subject are the same.
    pub self_signed: bool,
    /// Hexadecimal.
    pub serial: String,
    /// The URI among the subject's alternative names: must be the application's own.
    pub application_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dns_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_addresses: Vec<String>,
    /// `rsa`, `ec`, or the algorithm's number.
    pub key: String,
    pub key_bits: u32,
    /// Such as `sha256WithRSAEncryption`.
    pub signature: String,
    /// RFC 3339.
    pub not_before: String,
    pub not_after: String,
    /// May sign other certificates.
    #[serde(default)]
    pub is_authority: bool,
    /// SHA-1 of the certificate in hexadecimal: what the other side names it by.
    pub thumbprint: String,
    pub sha256: String,
    /// SHA-256 of the public key, by which two machines with one key are found out; not part of the text form.
    #[serde(skip)]
    pub key_sha256: String,
    pub bytes: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<OpcuaCertificate>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaEndpoints {
    /// `get_endpoints` or `create_session`: a server must tell the same in both.
    pub told_by: Cow<'static, str>,
    /// The URL that the client asked with.
    pub asked_url: String,
    pub endpoints: Vec<OpcuaEndpoint>,
    /// Each certificate once, whichever endpoints have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<OpcuaCertificate>,
}

/// One way into a server.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaEndpoint {
    pub url: String,
    pub application_uri: String,
    pub policy_uri: String,
    pub mode: Cow<'static, str>,
    /// The server's own word on how secure it is, relative to its others.
    pub level: u8,
    pub transport_uri: String,
    /// SHA-1 in hexadecimal; see [`OpcuaEndpoints::certificates`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbprint: Option<String>,
    pub tokens: Vec<OpcuaToken>,
}

/// A way to log on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaToken {
    pub policy_id: String,
    pub kind: Cow<'static, str>,
    /// How its secret is encrypted; empty for as the endpoint is.
    pub policy_uri: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpcuaTransport {
    /// `websocket`, `http`, `tls`.
    pub transport: Cow<'static, str>,
    /// Host and path as the client asks for them.
    pub url: String,
    /// Encoding or subprotocol: `opcua+uacp`, `opcua+uajson`, `application/octet-stream` …
    pub encoding: String,
    /// Security policy URI of an HTTP request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub policy_uri: String,
    /// The server agreed; `None` while its answer was not seen.
    pub accepted: Option<bool>,
    /// What is inside cannot be read: metadata only.
    pub encrypted: bool,
}

/// Header of a PubSub NetworkMessage (OPC 10000-14 section 7.2.4.4; the JSON form, section 7.2.5.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct PubSubMessage {
    /// `udp`, `ethernet`, `mqtt`.
    pub transport: Cow<'static, str>,
    /// `uadp` or `json`.
    pub encoding: Cow<'static, str>,
    pub version: u8,
    /// `data_set`, `discovery_probe`, `discovery_announcement`, `chunk`, or the name of a JSON message.
    pub message: Cow<'static, str>,
    pub publisher_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_set_class: Option<String>,
    pub writer_group: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_message: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u16>,
    pub writers: Vec<u16>,
    /// By the publisher's clock, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    pub signed: bool,
    pub encrypted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<u32>,
    /// MQTT topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    pub bytes: u32,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Cow<'static, str>>,
    /// What went over it could not be read: metadata only.
    #[serde(default)]
    pub encrypted: bool,
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
    /// Bytes of the largest chunk, and the packet times of the first and the latest one.
    #[serde(default)]
    pub largest: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

/// Policies that the OPC Foundation has withdrawn (OPC 10000-7).
const WITHDRAWN: [&str; 2] = ["Basic128Rsa15", "Basic256"];

fn is_withdrawn(policy_uri: &str) -> bool {
    policy_uri.rsplit('#').next().is_some_and(|name| WITHDRAWN.contains(&name))
}

impl OpcuaOpenChannel {
    /// By a policy that is outdated.
    pub fn has_weak_policy(&self) -> bool {
        is_withdrawn(&self.policy_uri)
    }
}

impl OpcuaEndpoints {
    /// One of the ways in has no or outdated protection, or needs no user.
    pub fn has_weak_way_in(&self) -> bool {
        let is_weak = |endpoint: &OpcuaEndpoint| {
            endpoint.mode == "none"
                || is_withdrawn(&endpoint.policy_uri)
                || endpoint.tokens.iter().any(|token| token.kind == "anonymous")
        };
        self.endpoints.iter().any(is_weak)
    }
}
