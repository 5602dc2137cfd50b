use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::types::{DateTime, DiagnosticInfo, NodeId, StatusCode};

/// What every request begins with (OPC 10000-4 section 7.33).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RequestHeader<'a> {
    /// The session's secret: whoever knows it may speak in the session's name.
    pub token: NodeId<'a>,
    pub timestamp: DateTime,
    pub handle: u32,
    pub audit_entry: Option<&'a [u8]>,
    /// Milliseconds after which the client gives up; zero is never.
    pub timeout_hint: u32,
}

impl<'a> RequestHeader<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let token = decoder.node_id()?;
        let timestamp = decoder.date_time()?;
        let handle = decoder.u32()?;
        let _return_diagnostics = decoder.u32()?;
        let audit_entry = decoder.string()?;
        let timeout_hint = decoder.u32()?;
        let _additional = decoder.extension_object()?;
        Ok(RequestHeader { token, timestamp, handle, audit_entry, timeout_hint })
    }

    /// Dated within what a plant's clock may say, as nearly all headers are: a sign that this is no cipher text.
    pub const fn is_plausible(&self) -> bool {
        is_plausible(self.timestamp)
    }
}

/// What every answer begins with (OPC 10000-4 section 7.34).
#[derive(Clone, PartialEq, Debug)]
pub struct ResponseHeader<'a> {
    pub timestamp: DateTime,
    pub handle: u32,
    pub result: StatusCode,
    pub diagnostics: DiagnosticInfo<'a>,
    /// Texts that diagnostics point into.
    pub texts: Vec<&'a [u8]>,
}

impl<'a> ResponseHeader<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let timestamp = decoder.date_time()?;
        let handle = decoder.u32()?;
        let result = decoder.status()?;
        let diagnostics = decoder.diagnostic_info()?;
        let mut texts = Vec::new();
        decoder.each(|decoder| {
            texts.push(decoder.string()?.unwrap_or_default());
            Ok(())
        })?;
        let _additional = decoder.extension_object()?;
        Ok(ResponseHeader { timestamp, handle, result, diagnostics, texts })
    }

    pub const fn is_plausible(&self) -> bool {
        is_plausible(self.timestamp)
    }
}

/// No time at all, or one between 1601 and the year 2500.
const fn is_plausible(time: DateTime) -> bool {
    time.0 >= 0 && time.0 < 900 * 366 * 86_400 * 10_000_000
}
