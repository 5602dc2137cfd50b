//! Application instance certificates (OPC 10000-6 section 6.2, RFC 5280), as both sides send them in clear.

use std::cell::RefCell;

use jiff::Timestamp;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::event::{Map, OpcuaCertificate, clean_text, hex};

/// Certificates of one chain; the specification wants stacks to bear a few.
pub const MAX_CHAIN: usize = 10;
/// Bytes of a chain.
pub const MAX_BYTES: usize = 64 << 10;
/// Chains that are remembered, and bytes of one of them.
const MAX_REMEMBERED: usize = 64;
const MAX_REMEMBERED_BYTES: usize = 8 << 10;
/// Characters of a name.
const MAX_NAME: usize = 512;
/// Alternative names of one kind.
const MAX_NAMES: usize = 16;

/// What is wrong with a chain that could be read in part or not at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flaw {
    TooLarge,
    Malformed,
    ChainTooLong,
    /// The same certificate twice, or issuers that lead back to where they came from.
    ChainLoop,
}

impl Flaw {
    /// The anomaly's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::TooLarge => "certificate_too_large",
            Flaw::Malformed => "certificate_malformed",
            Flaw::ChainTooLong => "certificate_chain_too_long",
            Flaw::ChainLoop => "certificate_chain_loop",
        }
    }
}

/// The first certificate of a chain with the others in it, and what is wrong with them.
type Chain = (Option<Box<OpcuaCertificate>>, Option<Flaw>);

thread_local! {
    /// What the latest chains said: clients and servers send the same few at every connection, and reading one takes as
    /// long as a hundred ordinary messages.
    static READ: RefCell<Map<Box<[u8]>, Chain>> = RefCell::default();
}

/// Reads a certificate and those that follow it: its issuer, that one's issuer, and so on. `None` where none was sent
/// or the first cannot be read.
pub fn read(bytes: &[u8]) -> Chain {
    if bytes.is_empty() {
        return (None, None);
    }
    if bytes.len() > MAX_BYTES {
        return (None, Some(Flaw::TooLarge));
    }
    if bytes.len() > MAX_REMEMBERED_BYTES {
        return read_anew(bytes);
    }
    READ.with_borrow_mut(|known| {
        if let Some(chain) = known.get(bytes) {
            return chain.clone();
        }
        let chain = read_anew(bytes);
        if known.len() >= MAX_REMEMBERED {
            known.clear();
        }
        known.insert(bytes.into(), chain.clone());
        chain
    })
}

fn read_anew(bytes: &[u8]) -> Chain {
    let mut read: Vec<OpcuaCertificate> = Vec::new();
    let mut rest = bytes;
    let flaw = loop {
        if rest.is_empty() {
            break loops(&read).then_some(Flaw::ChainLoop);
        }
        if read.len() >= MAX_CHAIN {
            break Some(Flaw::ChainTooLong);
        }
        let Some((certificate, behind)) = one(rest) else { break Some(Flaw::Malformed) };
        if read.iter().any(|known| known.sha256 == certificate.sha256) {
            break Some(Flaw::ChainLoop);
        }
        read.push(certificate);
        rest = behind;
    };
    let mut read = read.into_iter();
    let first = read.next().map(|first| Box::new(OpcuaCertificate { chain: read.collect(), ..first }));
    (first, flaw)
}

/// SHA-1 of the first certificate of a chain, by which the other side names it.
pub fn thumbprint(bytes: &[u8]) -> Option<String> {
    let end = end_of(bytes).filter(|_| bytes.len() <= MAX_BYTES)?;
    Some(hex(&Sha1::digest(bytes.get(..end)?)))
}

/// Issuers of a chain that lead in a circle without one of them having signed itself.
fn loops(chain: &[OpcuaCertificate]) -> bool {
    let issued_before = |(index, certificate): (usize, &OpcuaCertificate)| {
        !certificate.self_signed && chain.iter().take(index).any(|before| before.subject == certificate.issuer)
    };
    chain.iter().enumerate().any(issued_before)
}

/// Length of the DER element that begins here.
fn end_of(bytes: &[u8]) -> Option<usize> {
    let [_, first, ..] = bytes else { return None };
    let (head, length) = match first {
        0..=0x7f => (2, usize::from(*first)),
        0x81..=0x83 => {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(2..2 + count)?;
            (2 + count, digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)))
        }
        _ => return None,
    };
    (head + length <= bytes.len()).then_some(head + length)
}

fn one(bytes: &[u8]) -> Option<(OpcuaCertificate, &[u8])> {
    let (behind, certificate) = X509Certificate::from_der(bytes).ok()?;
    let der = bytes.get(..bytes.len() - behind.len())?;
    let (key, key_bits) = key(certificate.public_key());
    let mut told = OpcuaCertificate {
        subject: name(&certificate.subject().to_string()),
        issuer: name(&certificate.issuer().to_string()),
        self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        serial: hex(certificate.raw_serial().get(..20).unwrap_or(certificate.raw_serial())),
        key,
        key_bits,
        signature: algorithm(&certificate.signature_algorithm.algorithm),
        not_before: time(certificate.validity().not_before.timestamp()),
        not_after: time(certificate.validity().not_after.timestamp()),
        is_authority: certificate.is_ca(),
        thumbprint: hex(&Sha1::digest(der)),
        sha256: hex(&Sha256::digest(der)),
        key_sha256: hex(&Sha256::digest(certificate.public_key().raw)),
        bytes: u32::try_from(der.len()).unwrap_or(u32::MAX),
        ..OpcuaCertificate::default()
    };
    alternative_names(&certificate, &mut told);
    Some((told, behind))
}

/// Subject alternative names: the application's URI, hosts and addresses (OPC 10000-6 section 6.2.2).
fn alternative_names(certificate: &X509Certificate<'_>, told: &mut OpcuaCertificate) {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return };
    for other in &extension.value.general_names {
        match other {
            GeneralName::URI(uri) if told.application_uri.is_none() => told.application_uri = Some(name(uri)),
            GeneralName::DNSName(host) if told.dns_names.len() < MAX_NAMES => told.dns_names.push(name(host)),
            GeneralName::IPAddress(address) if told.ip_addresses.len() < MAX_NAMES => {
                told.ip_addresses.push(self::address(address));
            }
            _ => {}
        }
    }
}

fn address(bytes: &[u8]) -> String {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
    let v6 = || <[u8; 16]>::try_from(bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
    v4.or_else(|_| v6()).unwrap_or_else(|_| hex(bytes.get(..32).unwrap_or(bytes)))
}

fn key(key: &SubjectPublicKeyInfo<'_>) -> (String, u32) {
    let (kind, bits) = match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => ("rsa".to_owned(), rsa.key_size()),
        Ok(PublicKey::EC(point)) => ("ec".to_owned(), point.key_size()),
        Ok(other) => (algorithm(&key.algorithm.algorithm), other.key_size()),
        Err(_) => (algorithm(&key.algorithm.algorithm), key.subject_public_key.data.len() * 8),
    };
    (kind, u32::try_from(bits).unwrap_or(u32::MAX))
}

fn algorithm(oid: &x509_parser::der_parser::Oid<'_>) -> String {
    oid2sn(oid, oid_registry()).map_or_else(|_| name(&oid.to_id_string()), str::to_owned)
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds} s"), |time| time.to_string())
}

fn name(text: &str) -> String {
    clean_text(text.as_bytes(), MAX_NAME)
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256, SanType,
    };

    use super::*;

    fn parameters(name: &str) -> CertificateParams {
        let mut parameters = CertificateParams::new(vec!["line1".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.not_before = rcgen::date_time_ymd(2025, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2027, 1, 1);
        parameters
    }

    fn key() -> KeyPair {
        KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
    }

    #[test]
    fn a_certificate_tells_who_by_whom_until_when_and_with_which_key() {
        let mut parameters = parameters("UA server");
        parameters.subject_alt_names.push(SanType::URI("urn:plant:line1".try_into().unwrap()));
        parameters.subject_alt_names.push(SanType::IpAddress("10.0.0.5".parse().unwrap()));
        let certificate = parameters.self_signed(&key()).unwrap();
        let (told, flaw) = read(certificate.der());
        let told = told.unwrap();
        assert_eq!((flaw, told.self_signed, told.is_authority), (None, true, false));
        assert!(told.subject.contains("CN=UA server"), "{}", told.subject);
        assert_eq!(
            (told.application_uri.as_deref(), &*told.dns_names),
            (Some("urn:plant:line1"), &["line1".to_owned()][..])
        );
        assert_eq!((&*told.ip_addresses, &*told.key, told.key_bits), (&["10.0.0.5".to_owned()][..], "ec", 256));
        assert_eq!((&*told.not_before, &*told.not_after), ("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"));
        assert_eq!(told.signature, "ecdsa-with-SHA256");
        assert_eq!((told.thumbprint.len(), thumbprint(certificate.der())), (40, Some(told.thumbprint.clone())));
    }

    #[test]
    fn a_chain_is_read_in_its_order_and_what_is_wrong_with_it_is_named() {
        let mut parameters_of_root = parameters("root");
        parameters_of_root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(parameters_of_root, key()).unwrap();
        let leaf = parameters("leaf").signed_by(&key(), &root).unwrap();
        let chain = [leaf.der().to_vec(), root.der().to_vec()].concat();
        let (told, flaw) = read(&chain);
        let told = told.unwrap();
        assert_eq!((flaw, told.chain.len(), told.self_signed), (None, 1, false));
        assert!(told.chain[0].is_authority && told.issuer == told.chain[0].subject);
        // The same again; junk behind; too many; too large; nothing at all.
        assert_eq!(read(&[chain.clone(), leaf.der().to_vec()].concat()).1, Some(Flaw::ChainLoop));
        let (told, flaw) = read(&[leaf.der().to_vec(), vec![0x30, 0x82]].concat());
        assert_eq!((told.is_some(), flaw), (true, Some(Flaw::Malformed)));
        let many: Vec<u8> =
            (0..12).flat_map(|_| parameters("x").signed_by(&key(), &root).unwrap().der().to_vec()).collect();
        assert_eq!(read(&many).1, Some(Flaw::ChainTooLong));
        assert_eq!(read(&[0x30; MAX_BYTES + 1]).1, Some(Flaw::TooLarge));
        assert_eq!(read(&[]), (None, None));
    }

    #[test]
    fn issuers_that_lead_in_a_circle_are_a_loop() {
        let certificate = |subject: &str, issuer: &str| OpcuaCertificate {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            ..OpcuaCertificate::default()
        };
        assert!(loops(&[certificate("a", "b"), certificate("b", "a")]));
        assert!(!loops(&[certificate("a", "b"), certificate("b", "c")]));
    }
}
