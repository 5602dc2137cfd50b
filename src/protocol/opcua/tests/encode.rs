//! Writes what the parser reads: an encoder as small as the tests need.

use std::sync::OnceLock;

use super::super::wire;

/// Bytes under construction.
#[derive(Clone, Default, Debug)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    pub fn new() -> Self {
        Bytes::default()
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn u8(self, n: u8) -> Self {
        self.raw(&[n])
    }

    pub fn u32(self, n: u32) -> Self {
        self.raw(&n.to_le_bytes())
    }

    pub fn i32(self, n: i32) -> Self {
        self.raw(&n.to_le_bytes())
    }

    pub fn i64(self, n: i64) -> Self {
        self.raw(&n.to_le_bytes())
    }

    pub fn f64(self, n: f64) -> Self {
        self.raw(&n.to_le_bytes())
    }

    /// A String or ByteString.
    pub fn string(self, text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        self.u32(text.len() as u32).raw(text)
    }

    pub fn null(self) -> Self {
        self.i32(-1)
    }

    /// An array's elements, already encoded.
    pub fn array(self, elements: &[Bytes]) -> Self {
        elements.iter().fold(self.u32(elements.len() as u32), |bytes, element| bytes.raw(&element.0))
    }

    /// A four-byte node id of namespace 0.
    pub fn standard(self, id: u16) -> Self {
        self.raw(&[1, 0]).raw(&id.to_le_bytes())
    }

    /// `ns=…;s=…`.
    pub fn text_node(self, namespace: u16, text: &str) -> Self {
        self.u8(3).raw(&namespace.to_le_bytes()).string(text)
    }

    pub fn qualified(self, namespace: u16, name: &str) -> Self {
        self.raw(&namespace.to_le_bytes()).string(name)
    }

    pub fn localized(self, text: &str) -> Self {
        self.u8(2).string(text)
    }

    /// A structure by its encoding id.
    pub fn structure(self, encoding: u16, body: &Bytes) -> Self {
        self.standard(encoding).u8(1).string(&body.0)
    }

    /// A Variant that holds a Double.
    pub fn double(self, value: f64) -> Self {
        self.u8(wire::DOUBLE).f64(value)
    }

    pub fn diagnostics(self) -> Self {
        self.null()
    }
}

/// 2026-01-01T08:00:00Z.
pub const NOW: i64 = 134_117_280_000_000_000;
/// Every request of the test session carries it.
pub const TOKEN: u16 = 4711;

/// A request body: type, header, fields.
pub fn request(service: u32, fields: &Bytes) -> Bytes {
    let header = Bytes::new().standard(service as u16).standard(TOKEN).i64(NOW).u32(1).u32(0).null().u32(5000);
    header.raw(&[0, 0, 0]).raw(&fields.0)
}

/// An answer body: type, header, fields.
pub fn response(id: u32, result: u32, fields: &Bytes) -> Bytes {
    let header = Bytes::new().standard(id as u16).i64(NOW).u32(1).u32(result).u8(0).null();
    header.raw(&[0, 0, 0]).raw(&fields.0)
}

/// A whole message of the connection protocol.
pub fn message(letters: &str, body: &Bytes) -> Vec<u8> {
    Bytes::new().raw(letters.as_bytes()).u32(body.0.len() as u32 + 8).raw(&body.0).0
}

pub fn hello(url: &str) -> Vec<u8> {
    message("HELF", &[0, 65536, 65536, 0, 0].into_iter().fold(Bytes::new(), Bytes::u32).string(url))
}

pub fn acknowledge() -> Vec<u8> {
    message("ACKF", &[0, 65536, 65536, 0, 0].into_iter().fold(Bytes::new(), Bytes::u32))
}

/// The security header of OPN.
fn asymmetric(channel: u32, policy: &str, certificate: &[u8]) -> Bytes {
    let uri = format!("http://opcfoundation.org/UA/SecurityPolicy#{policy}");
    let header = Bytes::new().u32(channel).string(uri);
    if certificate.is_empty() { header.null().null() } else { header.string(certificate).string([0xab; 20]) }
}

pub fn open_request(sequence: u32, request_id: u32, mode: u32) -> Vec<u8> {
    let fields = Bytes::new().u32(0).u32(0).u32(mode).null().u32(3_600_000);
    let body = request(wire::OPEN_CHANNEL, &fields);
    message("OPNF", &asymmetric(0, "None", &[]).u32(sequence).u32(request_id).raw(&body.0))
}

pub fn open_response(channel: u32, sequence: u32, request_id: u32) -> Vec<u8> {
    let fields = Bytes::new().u32(0).u32(channel).u32(1).i64(NOW).u32(3_600_000).null();
    let body = response(wire::OPEN_CHANNEL_RESPONSE, 0, &fields);
    message("OPNF", &asymmetric(channel, "None", &[]).u32(sequence).u32(request_id).raw(&body.0))
}

/// A certificate that can be read; every secured OPN of the tests is sent with it.
pub fn certificate() -> &'static [u8] {
    static CERTIFICATE: OnceLock<Vec<u8>> = OnceLock::new();
    CERTIFICATE.get_or_init(|| {
        let made = rcgen::generate_simple_self_signed(["line1".to_owned()]).unwrap();
        made.cert.der().to_vec()
    })
}

/// An OPN that is encrypted for its receiver.
pub fn open_secured(channel: u32, policy: &str) -> Vec<u8> {
    let cipher: Vec<u8> = (0..256).map(|n: u32| (n * 73 + 41) as u8).collect();
    message("OPNF", &asymmetric(channel, policy, certificate()).raw(&cipher))
}

/// A chunk of an open channel: `F`, `C` or `A`.
pub fn chunk(letter: char, channel: u32, sequence: u32, request_id: u32, body: &[u8]) -> Vec<u8> {
    let head = Bytes::new().u32(channel).u32(1).u32(sequence).u32(request_id);
    message(&format!("MSG{letter}"), &head.raw(body))
}

/// A whole message in one chunk.
pub fn whole(channel: u32, sequence: u32, request_id: u32, body: &Bytes) -> Vec<u8> {
    chunk('F', channel, sequence, request_id, &body.0)
}

pub fn close(channel: u32, sequence: u32, request_id: u32) -> Vec<u8> {
    let body = request(wire::CLOSE_CHANNEL, &Bytes::new());
    message("CLOF", &Bytes::new().u32(channel).u32(1).u32(sequence).u32(request_id).raw(&body.0))
}

/// ReadValueId.
pub fn read_value_id(node: Bytes, attribute: u32) -> Bytes {
    node.u32(attribute).null().qualified(0, "")
}

pub fn read_request(nodes: &[Bytes]) -> Bytes {
    request(wire::READ, &Bytes::new().f64(0.0).u32(2).array(nodes))
}

/// A DataValue that holds a Variant and nothing else.
pub fn data_value(mut variant: Bytes) -> Bytes {
    variant.0.insert(0, 1);
    variant
}

pub fn read_response(values: &[Bytes]) -> Bytes {
    response(634, 0, &Bytes::new().array(values).diagnostics())
}

/// A write of Doubles to `ns=2;s=…` nodes.
pub fn write_request(writes: &[(&str, f64)]) -> Bytes {
    let write = |(node, value): &(&str, f64)| {
        let value = data_value(Bytes::new().double(*value));
        Bytes::new().text_node(2, node).u32(wire::VALUE).null().raw(&value.0)
    };
    request(wire::WRITE, &Bytes::new().array(&writes.iter().map(write).collect::<Vec<_>>()))
}

/// Status codes as the results of a service.
pub fn results(id: u32, results: &[u32]) -> Bytes {
    let results: Vec<_> = results.iter().map(|status| Bytes::new().u32(*status)).collect();
    response(id, 0, &Bytes::new().array(&results).diagnostics())
}
