//! Parts of a piece in which a keyword looks: all of it, the data of a Modbus message, or a part of an HTTP message that
//! begins with the piece. Nothing is decoded or unpacked: the parts are as they were sent.

use std::ops::Range;

use super::frame::Frame;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Buffer {
    #[default]
    Payload,
    ModbusData,
    HttpMethod,
    HttpUri,
    /// All header lines of request or response.
    HttpHeader,
    HttpRequestBody,
    /// Body of a response, or the piece where it begins with none.
    FileData,
}

/// Names of buffers: as a sticky one, and as a modifier of the content before.
const NAMES: [(&str, Buffer); 13] = [
    ("pkt_data", Buffer::Payload),
    ("modbus_data", Buffer::ModbusData),
    ("file_data", Buffer::FileData),
    ("file.data", Buffer::FileData),
    ("http.method", Buffer::HttpMethod),
    ("http.uri", Buffer::HttpUri),
    ("http.uri.raw", Buffer::HttpUri),
    ("http.header", Buffer::HttpHeader),
    ("http.header.raw", Buffer::HttpHeader),
    ("http.request_body", Buffer::HttpRequestBody),
    ("http.request_header", Buffer::HttpHeader),
    ("http.response_header", Buffer::HttpHeader),
    ("http.response_body", Buffer::FileData),
];
const MODIFIERS: [(&str, Buffer); 7] = [
    ("http_method", Buffer::HttpMethod),
    ("http_uri", Buffer::HttpUri),
    ("http_raw_uri", Buffer::HttpUri),
    ("http_header", Buffer::HttpHeader),
    ("http_raw_header", Buffer::HttpHeader),
    ("http_client_body", Buffer::HttpRequestBody),
    ("http_server_body", Buffer::FileData),
];

/// Methods by which a request is told.
const METHODS: [&[u8]; 9] = [b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT"];

impl Buffer {
    pub fn sticky(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, buffer)| *buffer)
    }

    pub fn modifier(name: &str) -> Option<Self> {
        MODIFIERS.iter().find(|(known, _)| *known == name).map(|(_, buffer)| *buffer)
    }

    /// What cannot be seen in it.
    pub const fn limit(self) -> Option<&'static str> {
        match self {
            Buffer::Payload | Buffer::ModbusData => None,
            Buffer::FileData => Some("looked for in the bytes as sent, which are not unpacked"),
            _ => Some("looked for in HTTP messages that begin with a piece, as sent and not normalised"),
        }
    }

    /// Its place in the payload; `None` where the payload has no such part.
    pub fn range(self, payload: &[u8], frame: Option<&Frame>) -> Option<Range<usize>> {
        match self {
            Buffer::Payload => Some(frame.map_or(0..payload.len(), |frame| frame.whole.clone())),
            Buffer::ModbusData => frame.map(|frame| frame.data.clone()),
            Buffer::HttpMethod => request_line(payload).map(|(method, _)| method),
            Buffer::HttpUri => request_line(payload).map(|(_, uri)| uri),
            Buffer::HttpHeader => {
                let start = find(payload, b"\r\n")? + 2;
                is_http(payload).then_some(start..head_end(payload).unwrap_or(payload.len()).max(start))
            }
            Buffer::HttpRequestBody => {
                request_line(payload)?;
                head_end(payload).map(|end| end..payload.len())
            }
            Buffer::FileData if payload.starts_with(b"HTTP/") => head_end(payload).map(|end| end..payload.len()),
            Buffer::FileData => Some(0..payload.len()),
        }
    }
}

fn is_http(payload: &[u8]) -> bool {
    payload.starts_with(b"HTTP/") || request_line(payload).is_some()
}

/// Method and target of the request that begins here.
fn request_line(payload: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    let method = METHODS.iter().find(|method| payload.starts_with(method))?.len();
    let target = payload.get(method..)?.strip_prefix(b" ")?;
    let length = target.iter().position(|byte| matches!(byte, b' ' | b'\r' | b'\n')).unwrap_or(target.len());
    Some((0..method, method + 1..method + 1 + length))
}

/// Behind the empty line.
fn head_end(payload: &[u8]) -> Option<usize> {
    find(payload, b"\r\n\r\n").map(|at| at + 4)
}

fn find(payload: &[u8], wanted: &[u8]) -> Option<usize> {
    payload.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(buffer: Buffer, payload: &[u8]) -> Option<&[u8]> {
        buffer.range(payload, None).map(|range| &payload[range])
    }

    #[test]
    fn a_request_has_its_parts() {
        let request = b"POST /a?b=1 HTTP/1.1\r\nHost: plc\r\nX: y\r\n\r\nbody";
        assert_eq!(part(Buffer::HttpMethod, request), Some(&b"POST"[..]));
        assert_eq!(part(Buffer::HttpUri, request), Some(&b"/a?b=1"[..]));
        assert_eq!(part(Buffer::HttpHeader, request), Some(&b"Host: plc\r\nX: y\r\n\r\n"[..]));
        assert_eq!(part(Buffer::HttpRequestBody, request), Some(&b"body"[..]));
    }

    #[test]
    fn what_is_cut_or_no_http_has_no_parts() {
        for payload in [&b""[..], b"GET", b"GETTING /", b"\r\n\r\n", b"\x03\x00\x00\x16"] {
            assert_eq!(part(Buffer::HttpMethod, payload), None, "{payload:?}");
            assert_eq!(part(Buffer::HttpHeader, payload), None, "{payload:?}");
        }
        assert_eq!(part(Buffer::HttpUri, b"GET "), Some(&b""[..]));
        assert_eq!(part(Buffer::HttpHeader, b"GET / HTTP/1.1\r\nHost: p"), Some(&b"Host: p"[..]));
        assert_eq!(part(Buffer::FileData, b"HTTP/1.1 200 OK\r\n\r\nMZ"), Some(&b"MZ"[..]));
        assert_eq!(part(Buffer::FileData, b"MZ"), Some(&b"MZ"[..]));
    }
}
