//! Built-in types that are more than a number (OPC 10000-6 section 5.2.2).

use std::fmt::{self, Write};

use super::codes;
use super::decoder::{Decoded, Decoder, FaultKind, MAX_DEPTH};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;

/// Characters of an identifier that are shown; the specification allows no more (OPC 10000-3 section 8.2.4).
const MAX_IDENTIFIER: usize = 4096;

/// Names a node within one server (OPC 10000-3 section 8.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NodeId<'a> {
    pub namespace: u16,
    pub identifier: Identifier<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Identifier<'a> {
    Numeric(u32),
    Text(&'a [u8]),
    Guid(Guid),
    Opaque(&'a [u8]),
}

/// A node that may lie in another server (OPC 10000-4 section 7.16).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ExpandedNodeId<'a> {
    pub node: NodeId<'a>,
    pub namespace_uri: Option<&'a [u8]>,
    /// Index into the server's ServerArray; zero is the server itself.
    pub server: u32,
}

impl NodeId<'_> {
    /// A number of the standard's own namespace.
    pub const fn standard(&self) -> Option<u32> {
        match self.identifier {
            Identifier::Numeric(number) if self.namespace == 0 => Some(number),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        self.standard() == Some(0)
    }

    /// Leaves it to the server to choose the identifier.
    pub const fn is_open(&self) -> bool {
        matches!(self.identifier, Identifier::Numeric(0))
    }
}

/// The text form of OPC 10000-6 section 5.3.1.10.
impl fmt::Display for NodeId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace != 0 {
            write!(f, "ns={};", self.namespace)?;
        }
        match self.identifier {
            Identifier::Numeric(number) => write!(f, "i={number}"),
            Identifier::Text(text) => {
                f.write_str("s=")?;
                write_clean(f, text, MAX_IDENTIFIER)
            }
            Identifier::Guid(guid) => write!(f, "g={guid}"),
            Identifier::Opaque(bytes) => {
                let shown = &bytes[..bytes.len().min(MAX_IDENTIFIER)];
                write!(f, "b={}", Base64Display::new(shown, &STANDARD))
            }
        }
    }
}

impl fmt::Display for ExpandedNodeId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.server != 0 {
            write!(f, "svr={};", self.server)?;
        }
        if let Some(uri) = self.namespace_uri {
            f.write_str("nsu=")?;
            write_clean(f, uri, MAX_IDENTIFIER)?;
            f.write_char(';')?;
        }
        self.node.fmt(f)
    }
}

/// Wire text without control characters, written without a copy; U+FFFD stands for what is no UTF-8.
fn write_clean(f: &mut fmt::Formatter<'_>, text: &[u8], max: usize) -> fmt::Result {
    let mut left = max;
    for chunk in text.utf8_chunks() {
        let broken = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        for c in chunk.valid().chars().chain(broken) {
            if left == 0 {
                return f.write_char('…');
            }
            left -= 1;
            f.write_char(if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })?;
        }
    }
    Ok(())
}

/// A Guid as on the wire: three little-endian numbers, then eight bytes (OPC 10000-6 section 5.2.2.6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Guid(pub [u8; 16]);

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g, h, i, rest @ ..] = self.0;
        let (first, second) = (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, g]));
        write!(f, "{first:08x}-{second:04x}-{:04x}-", u16::from_le_bytes([h, i]))?;
        for (index, byte) in rest.iter().enumerate() {
            f.write_str(if index == 2 { "-" } else { "" })?;
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// 100 ns since 1601-01-01T00:00:00Z (OPC 10000-6 section 5.2.2.5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DateTime(pub i64);

impl DateTime {
    const TICKS_PER_SECOND: i64 = 10_000_000;
    /// Seconds from 1601 to 1970.
    const TO_UNIX: i64 = 11_644_473_600;
}

/// RFC 3339 as far as the calendar goes; zero, which means "no time", is empty.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return Ok(());
        }
        let nanos = (i128::from(self.0) - i128::from(Self::TO_UNIX * Self::TICKS_PER_SECOND)) * 100;
        match jiff::Timestamp::from_nanosecond(nanos) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ticks since 1601", self.0),
        }
    }
}

/// OPC 10000-4 section 7.39.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct StatusCode(pub u32);

impl StatusCode {
    pub const GOOD: StatusCode = StatusCode(0);

    /// The severity bits say that it failed.
    pub const fn is_bad(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// Anything that is worth a word: bad or uncertain.
    pub const fn is_doubtful(self) -> bool {
        self.0 & 0xc000_0000 != 0
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&codes::status_name(self.0))
    }
}

/// A name within a namespace (OPC 10000-3 section 8.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct QualifiedName<'a> {
    pub namespace: u16,
    pub name: Option<&'a [u8]>,
}

/// `2:Level`; without the number in the standard's own namespace.
impl fmt::Display for QualifiedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace != 0 {
            write!(f, "{}:", self.namespace)?;
        }
        write_clean(f, self.name.unwrap_or_default(), MAX_IDENTIFIER)
    }
}

/// Text for people with its language (OPC 10000-3 section 8.5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LocalizedText<'a> {
    pub locale: Option<&'a [u8]>,
    pub text: Option<&'a [u8]>,
}

/// One level of a DiagnosticInfo (OPC 10000-4 section 7.12); the indexes lead into the header's string table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DiagnosticLevel<'a> {
    pub symbolic_id: Option<i32>,
    pub namespace_uri: Option<i32>,
    pub locale: Option<i32>,
    pub localized_text: Option<i32>,
    pub additional_info: Option<&'a [u8]>,
    pub inner_status: Option<StatusCode>,
}

/// From the outermost level inwards; empty where nothing was said.
pub type DiagnosticInfo<'a> = Vec<DiagnosticLevel<'a>>;

/// A structure with the id of its encoding (OPC 10000-6 section 5.2.2.15).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExtensionObject<'a> {
    pub type_id: NodeId<'a>,
    pub body: Body<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body<'a> {
    None,
    Binary(&'a [u8]),
    Xml(&'a [u8]),
}

impl<'a> ExtensionObject<'a> {
    /// The standard's encoding id and the binary body, where it has both.
    pub fn standard(&self) -> Option<(u32, &'a [u8])> {
        match self.body {
            Body::Binary(body) => self.type_id.standard().map(|id| (id, body)),
            _ => None,
        }
    }
}

impl<'a> Decoder<'a> {
    /// OPC 10000-6 section 5.2.2.9.
    pub fn node_id(&mut self) -> Decoded<NodeId<'a>> {
        let encoding = self.u8()?;
        self.node_id_as(encoding)
    }

    fn node_id_as(&mut self, encoding: u8) -> Decoded<NodeId<'a>> {
        let (namespace, identifier) = match encoding {
            0 => (0, Identifier::Numeric(u32::from(self.u8()?))),
            1 => (u16::from(self.u8()?), Identifier::Numeric(u32::from(self.u16()?))),
            2 => (self.u16()?, Identifier::Numeric(self.u32()?)),
            3 => (self.u16()?, Identifier::Text(self.string()?.unwrap_or_default())),
            4 => (self.u16()?, Identifier::Guid(self.guid()?)),
            5 => (self.u16()?, Identifier::Opaque(self.bytes()?.unwrap_or_default())),
            _ => return Err(self.fault(FaultKind::UnknownEncoding)),
        };
        Ok(NodeId { namespace, identifier })
    }

    /// OPC 10000-6 section 5.2.2.10.
    pub fn expanded_node_id(&mut self) -> Decoded<ExpandedNodeId<'a>> {
        let encoding = self.u8()?;
        let node = self.node_id_as(encoding & 0x3f)?;
        let namespace_uri = if encoding & 0x80 != 0 { self.string()? } else { None };
        let server = if encoding & 0x40 != 0 { self.u32()? } else { 0 };
        Ok(ExpandedNodeId { node, namespace_uri, server })
    }

    pub fn guid(&mut self) -> Decoded<Guid> {
        self.array().map(Guid)
    }

    pub fn date_time(&mut self) -> Decoded<DateTime> {
        self.i64().map(DateTime)
    }

    pub fn status(&mut self) -> Decoded<StatusCode> {
        self.u32().map(StatusCode)
    }

    /// OPC 10000-6 section 5.2.2.13.
    pub fn qualified_name(&mut self) -> Decoded<QualifiedName<'a>> {
        Ok(QualifiedName { namespace: self.u16()?, name: self.string()? })
    }

    /// OPC 10000-6 section 5.2.2.14.
    pub fn localized_text(&mut self) -> Decoded<LocalizedText<'a>> {
        let mask = self.u8()?;
        let locale = if mask & 1 != 0 { self.string()? } else { None };
        let text = if mask & 2 != 0 { self.string()? } else { None };
        Ok(LocalizedText { locale, text })
    }

    /// OPC 10000-6 section 5.2.2.12.
    pub fn diagnostic_info(&mut self) -> Decoded<DiagnosticInfo<'a>> {
        let mut levels = DiagnosticInfo::new();
        loop {
            let mask = self.u8()?;
            if mask == 0 {
                return Ok(levels);
            }
            levels.push(self.diagnostic_level(mask)?);
            if mask & 0x40 == 0 {
                return Ok(levels);
            }
            if levels.len() >= MAX_DEPTH as usize {
                return Err(self.fault(FaultKind::NestingTooDeep));
            }
        }
    }

    fn diagnostic_level(&mut self, mask: u8) -> Decoded<DiagnosticLevel<'a>> {
        let mut level = DiagnosticLevel::default();
        let indexes = [
            (0x01, &mut level.symbolic_id),
            (0x02, &mut level.namespace_uri),
            (0x08, &mut level.locale),
            (0x04, &mut level.localized_text),
        ];
        for (bit, index) in indexes {
            *index = if mask & bit != 0 { Some(self.i32()?) } else { None };
        }
        level.additional_info = if mask & 0x10 != 0 { self.string()? } else { None };
        level.inner_status = if mask & 0x20 != 0 { Some(self.status()?) } else { None };
        Ok(level)
    }

    /// OPC 10000-6 section 5.2.2.15; the body stays bytes.
    pub fn extension_object(&mut self) -> Decoded<ExtensionObject<'a>> {
        // A NodeId by the specification; some stacks add the namespace's URI.
        let type_id = self.expanded_node_id()?.node;
        let body = match self.u8()? {
            0 => Body::None,
            1 => Body::Binary(self.bytes()?.unwrap_or_default()),
            2 => Body::Xml(self.bytes()?.unwrap_or_default()),
            _ => return Err(self.fault(FaultKind::UnknownEncoding)),
        };
        Ok(ExtensionObject { type_id, body })
    }

    /// Passes over the DiagnosticInfo array that ends most answers.
    pub fn skip_diagnostics(&mut self) -> Decoded<()> {
        self.each(|decoder| decoder.diagnostic_info().map(drop))
    }
}
