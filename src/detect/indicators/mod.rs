//! NET-24: addresses, names and thumbprints that others found bad, and whatever the plant has to do with them.
//!
//! Lists come as STIX 2.1, CSV or MISP files ([`load`]). An indicator speaks only until it expires; a name stands for all names
//! below it, and a network for all its addresses.

mod csv;
mod load;
mod misp;
mod network;
mod report;
mod stix;
mod time;
mod watch;

pub use load::load;
pub use report::{IndicatorFault, IndicatorReport};
pub use watch::IndicatorWatch;

use std::net::IpAddr;
use std::sync::Arc;

use network::Networks;

use crate::event::{Map, MentionKind, Timestamp};

/// One thing to look out for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Indicator {
    pub kind: IndicatorKind,
    /// As it is compared: small letters, addresses of the web without their scheme.
    pub value: String,
    /// What whoever lists it says about it.
    pub about: String,
    /// From then on it is silent.
    pub expires: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IndicatorKind {
    /// An address or a network.
    Address,
    Domain,
    Url,
    Ja4,
    Certificate,
    File,
}

/// An indicator in its list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub about: Arc<str>,
    /// File that lists it.
    pub list: Arc<str>,
    expires: Option<Timestamp>,
}

/// All that is looked out for.
#[derive(Default, Debug)]
pub struct Indicators {
    networks: Networks,
    names: Map<(IndicatorKind, Box<str>), Listed>,
    count: usize,
}

impl Indicators {
    /// So many indicators; what is listed twice counts once.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Of two for the same thing the one that lasts longer stays.
    fn add(&mut self, indicator: Indicator, list: &Arc<str>) -> Result<(), String> {
        let Indicator { kind, value, about, expires } = indicator;
        let listed = Listed { about: about.into(), list: Arc::clone(list), expires };
        let before = if kind == IndicatorKind::Address {
            let (address, bits) = network::parse(&value)?;
            self.networks.place(address, bits)
        } else {
            self.names.entry((kind, value.into())).or_default()
        };
        self.count += usize::from(before.list.is_empty());
        if before.list.is_empty() || before.expires.is_some_and(|until| expires.is_none_or(|later| later > until)) {
            *before = listed;
        }
        Ok(())
    }

    pub fn address(&self, ip: IpAddr, at: Timestamp) -> Option<&Listed> {
        self.networks.find(ip, |listed| listed.is_alive(at))
    }

    /// What a conversation named: with what it stands on a list.
    pub fn mention(&self, kind: MentionKind, name: &str, at: Timestamp) -> Option<(&Listed, String)> {
        let whole = |kind| self.name(kind, name, at).map(|listed| (listed, name.to_owned()));
        match kind {
            MentionKind::DnsQuery
            | MentionKind::TlsServerName
            | MentionKind::HttpHost
            | MentionKind::CertificateName => self.domain(name, at),
            MentionKind::Url => self.url(name, at),
            MentionKind::Ja4 => whole(IndicatorKind::Ja4),
            MentionKind::CertificateSha256 | MentionKind::CertificateSha1 => whole(IndicatorKind::Certificate),
        }
    }

    /// A file by one of its hashes.
    pub fn file(&self, hash: &str, at: Timestamp) -> Option<&Listed> {
        self.name(IndicatorKind::File, hash, at)
    }

    /// The name itself, or one that it lies below.
    fn domain(&self, name: &str, at: Timestamp) -> Option<(&Listed, String)> {
        if let Ok(ip) = name.parse() {
            return self.address(ip, at).map(|listed| (listed, name.to_owned()));
        }
        let mut below = std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, rest)| rest));
        below.find_map(|name| Some((self.name(IndicatorKind::Domain, name, at)?, name.to_owned())))
    }

    /// The whole address, or what of it stands before a question mark.
    fn url(&self, url: &str, at: Timestamp) -> Option<(&Listed, String)> {
        let path = url.split('?').next().unwrap_or_default();
        [url, path].into_iter().find_map(|url| Some((self.name(IndicatorKind::Url, url, at)?, url.to_owned())))
    }

    fn name(&self, kind: IndicatorKind, name: &str, at: Timestamp) -> Option<&Listed> {
        self.names.get(&(kind, Box::from(name))).filter(|listed| listed.is_alive(at))
    }
}

impl Default for Listed {
    fn default() -> Self {
        Listed { about: "".into(), list: "".into(), expires: None }
    }
}

impl Listed {
    fn is_alive(&self, at: Timestamp) -> bool {
        self.expires.is_none_or(|until| at < until)
    }
}

impl IndicatorKind {
    /// Brings a value into the form in which it is compared.
    pub fn tidy(self, value: &str) -> Result<String, String> {
        let text = value.trim();
        let hexadecimal = |lengths: &[usize], what: &str| {
            let plain: String = text.chars().filter(|c| *c != ':').collect::<String>().to_ascii_lowercase();
            let fits = lengths.contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
            if fits { Ok(plain) } else { Err(format!("'{text}' is no {what}")) }
        };
        match self {
            IndicatorKind::Address => network::parse(text).map(|_| text.to_owned()),
            IndicatorKind::Domain => domain(text),
            IndicatorKind::Url => url(text),
            IndicatorKind::Ja4 => {
                let is_print = text.split('_').map(str::len).eq([10, 12, 12]) && text.is_ascii();
                if is_print { Ok(text.to_ascii_lowercase()) } else { Err(format!("'{text}' is no JA4 thumbprint")) }
            }
            IndicatorKind::Certificate => hexadecimal(&[40, 64], "SHA-1 or SHA-256 of a certificate"),
            IndicatorKind::File => {
                hexadecimal(&[32, 40, 64], "MD5, SHA-1 or SHA-256 of a file; other hashes are not compared")
            }
        }
    }
}

/// A name with at least two parts: `com` would stand for half of the world.
fn domain(text: &str) -> Result<String, String> {
    let name = text.trim_start_matches("*.").trim_matches('.').to_ascii_lowercase();
    let is_name =
        name.contains('.') && name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()));
    if is_name && !name.contains(['/', ' ', '@']) { Ok(name) } else { Err(format!("'{text}' is no domain name")) }
}

/// Host in small letters and path, without scheme and fragment.
fn url(text: &str) -> Result<String, String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest).split('#').next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() || rest.contains(char::is_whitespace) {
        return Err(format!("'{text}' is no address of the web"));
    }
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(&host);
    Ok(format!("{host}/{path}"))
}

#[cfg(test)]
mod tests;
