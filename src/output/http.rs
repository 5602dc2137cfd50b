//! HTTP clients that cannot be tricked into talking to somebody else.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Url, redirect};

/// One request, connection included.
const TIME_OUT: Duration = Duration::from_secs(20);
const CONNECT_TIME_OUT: Duration = Duration::from_secs(10);
/// Of an answer; no platform has more to say.
pub const MAX_ANSWER: usize = 1 << 20;

/// Why a target cannot be reached as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("'{0}' is no http or https address")]
    Url(String),
    #[error("the name '{host}' is not known: {error}")]
    Name { host: String, error: std::io::Error },
    #[error(
        "'{host}' is the private address {address}: set allow_private = true where the receiver is in your own network"
    )]
    Private { host: String, address: IpAddr },
    #[error("the certificate authority {path} cannot be used: {reason}")]
    Authority { path: String, reason: String },
    #[error("no http client: {0}")]
    Client(#[from] reqwest::Error),
}

/// A client for one target: no redirects, no proxy from the environment, the name looked up now and pinned, so that it
/// cannot come to mean another machine between check and use.
pub async fn client_for(url: &str, allow_private: bool) -> Result<(Client, Url), TargetError> {
    let parsed = Url::parse(url).map_err(|_| TargetError::Url(url.to_owned()))?;
    let host = parsed.host_str().ok_or_else(|| TargetError::Url(url.to_owned()))?.to_owned();
    let port = parsed.port_or_known_default().ok_or_else(|| TargetError::Url(url.to_owned()))?;
    let bare = host.trim_matches(['[', ']']).to_owned();
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((bare.as_str(), port))
        .await
        .map_err(|error| TargetError::Name { host: host.clone(), error })?
        .collect();
    if let Some(private) = addresses.iter().find(|a| !allow_private && !is_public(a.ip())) {
        return Err(TargetError::Private { host, address: private.ip() });
    }
    let client = builder().resolve_to_addrs(&host, &addresses).build()?;
    Ok((client, parsed))
}

/// A client that trusts one certificate authority, or the public ones where none is given.
pub fn client_trusting(authority: Option<&Path>) -> Result<Client, TargetError> {
    let Some(path) = authority else { return Ok(builder().build()?) };
    let wrong = |reason: String| TargetError::Authority { path: path.display().to_string(), reason };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("it holds no certificate in PEM form".to_owned()));
    }
    Ok(builder().tls_certs_only(certificates).build()?)
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(TIME_OUT)
        .connect_timeout(CONNECT_TIME_OUT)
        .user_agent(concat!("fengsui/", env!("CARGO_PKG_VERSION")))
}

/// Reads an answer's body, but never more than [`MAX_ANSWER`].
pub async fn read_answer(mut answer: reqwest::Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        let room = MAX_ANSWER - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if body.len() >= MAX_ANSWER {
            break;
        }
    }
    Ok(body)
}

/// An address of the internet: not of the own machine, the own network or a group.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let reserved = a == 0
                || a >= 240
                || (a == 100 && b & 0xc0 == 64)
                || (a == 192 && b == 0)
                || (a == 198 && b & 0xfe == 18);
            !(reserved
                || v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast())
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                !(v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
                    || v6.is_multicast())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_all_their_clothes() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "::1",
            "::ffff:192.168.1.1",
            "fd00::1",
            "0.0.0.0",
            "100.64.1.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn a_name_that_means_this_machine_is_refused() {
        let error = client_for("http://localhost:9/x", false).await.unwrap_err();
        assert!(error.to_string().contains("allow_private"), "{error}");
        let error = client_for("not a url", true).await.unwrap_err();
        assert!(matches!(error, TargetError::Url(_)));
    }
}
