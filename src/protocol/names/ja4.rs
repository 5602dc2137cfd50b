//! JA4, the thumbprint of a TLS client's first message, as its public description has it: transport, version, server name,
//! number of suites and of extensions, the application protocol's first and last letter; then twelve digits over the sorted
//! suites, and twelve over the sorted extensions and the signature algorithms in their order.

use sha2::{Digest, Sha256};

use crate::event::hex;
use crate::protocol::reader::Reader;

const SERVER_NAME: u16 = 0;
const SIGNATURE_ALGORITHMS: u16 = 13;
const APPLICATION_PROTOCOLS: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;
/// Suites or extensions that are looked at; more are no honest client's.
const MAX_LISTED: usize = 1000;

/// The thumbprint of a ClientHello behind its length (RFC 8446 section 4.1.2), over TCP.
pub fn of(hello: &[u8]) -> Option<String> {
    let mut reader = Reader::new(hello);
    let mut version = reader.be16()?;
    reader.skip(32)?;
    let session = reader.u8()?;
    reader.skip(session.into())?;
    let suites = reader.be16()?;
    let suites = numbers(reader.take(suites.into())?);
    let methods = reader.u8()?;
    reader.skip(methods.into())?;
    reader.be16();
    let (mut kinds, mut algorithms, mut protocol) = (Vec::new(), Vec::new(), None);
    while let Some((kind, data)) = extension(&mut reader) {
        match kind {
            SIGNATURE_ALGORITHMS => algorithms = numbers(data.get(2..).unwrap_or_default()),
            APPLICATION_PROTOCOLS => protocol = first_protocol(data),
            SUPPORTED_VERSIONS => {
                version = numbers(data.get(1..).unwrap_or_default()).into_iter().max().unwrap_or(version);
            }
            _ => {}
        }
        if !is_filler(kind) && kinds.len() < MAX_LISTED {
            kinds.push(kind);
        }
    }
    let to_name = if kinds.contains(&SERVER_NAME) { 'd' } else { 'i' };
    let (many, most) = (kinds.len().min(99), suites.len().min(99));
    let [first, last] = protocol.unwrap_or(['0'; 2]);
    let counted = kinds.iter().copied().filter(|kind| !matches!(*kind, SERVER_NAME | APPLICATION_PROTOCOLS)).collect();
    let mut told = listed(sorted(counted));
    if !algorithms.is_empty() {
        told = format!("{told}_{}", listed(algorithms));
    }
    let version = version_name(version);
    Some(format!(
        "t{version}{to_name}{most:02}{many:02}{first}{last}_{}_{}",
        digits(&listed(sorted(suites))),
        digits(&told)
    ))
}

fn version_name(version: u16) -> &'static str {
    match version {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// Values that mean nothing and keep servers used to unknown ones (RFC 8701).
const fn is_filler(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

fn numbers(bytes: &[u8]) -> Vec<u16> {
    let all = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    all.filter(|number| !is_filler(*number)).take(MAX_LISTED).collect()
}

fn extension<'a>(reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    let (kind, length) = (reader.be16()?, reader.be16()?);
    Some((kind, reader.take(length.into())?))
}

/// First and last letter of the first protocol offered; of one that is no text, those of its digits.
fn first_protocol(data: &[u8]) -> Option<[char; 2]> {
    let mut reader = Reader::new(data.get(2..)?);
    let length = reader.u8()?;
    let name = reader.take(length.into())?;
    let (first, last) = (name.first()?, name.last()?);
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return Some([char::from(*first), char::from(*last)]);
    }
    let text = hex(name);
    Some([text.chars().next()?, text.chars().last()?])
}

fn sorted(mut numbers: Vec<u16>) -> Vec<u16> {
    numbers.sort_unstable();
    numbers
}

fn listed(numbers: Vec<u16>) -> String {
    numbers.into_iter().map(|number| format!("{number:04x}")).collect::<Vec<_>>().join(",")
}

fn digits(text: &str) -> String {
    if text.is_empty() {
        return "000000000000".to_owned();
    }
    hex(&Sha256::digest(text)[..6])
}
