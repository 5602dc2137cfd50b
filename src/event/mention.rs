use serde::{Deserialize, Serialize};

/// What one machine called another, or itself: by this an indicator of compromise finds it again.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Mention {
    pub how: MentionKind,
    /// Names and hashes in small letters; an address of the web as it was asked for, without its scheme.
    pub name: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionKind {
    /// Asked of a name server.
    DnsQuery,
    /// The server that a TLS client wants.
    TlsServerName,
    /// The host that an HTTP request is for.
    HttpHost,
    /// Host and path of an HTTP request.
    Url,
    /// The shape of a TLS client's first message.
    Ja4,
    /// Thumbprint of the certificate that a TLS server shows.
    CertificateSha256,
    CertificateSha1,
    /// A name that the certificate is for.
    CertificateName,
}

impl MentionKind {
    pub const fn name(self) -> &'static str {
        match self {
            MentionKind::DnsQuery => "dns_query",
            MentionKind::TlsServerName => "tls_server_name",
            MentionKind::HttpHost => "http_host",
            MentionKind::Url => "url",
            MentionKind::Ja4 => "ja4",
            MentionKind::CertificateSha256 => "certificate_sha256",
            MentionKind::CertificateSha1 => "certificate_sha1",
            MentionKind::CertificateName => "certificate_name",
        }
    }
}
