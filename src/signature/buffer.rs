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
    /// What one header line says, by its name in small letters.
    HttpField(&'static str),
    HttpStatusCode,
    HttpStatusMessage,
    HttpRequestBody,
    /// Body of a response, or the piece where it begins with none.
    FileData,
}

/// Names of buffers: as a sticky one, and as a modifier of the content before.
const NAMES: [(&str, Buffer); 21] = [
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
    ("http.host", Buffer::HttpField("host")),
    ("http.host.raw", Buffer::HttpField("host")),
    ("http.user_agent", Buffer::HttpField("user-agent")),
    ("http.cookie", Buffer::HttpField("cookie")),
    ("http.referer", Buffer::HttpField("referer")),
    ("http.content_type", Buffer::HttpField("content-type")),
    ("http.stat_code", Buffer::HttpStatusCode),
    ("http.stat_msg", Buffer::HttpStatusMessage),
];
const MODIFIERS: [(&str, Buffer); 13] = [
    ("http_method", Buffer::HttpMethod),
    ("http_uri", Buffer::HttpUri),
    ("http_raw_uri", Buffer::HttpUri),
    ("http_header", Buffer::HttpHeader),
    ("http_raw_header", Buffer::HttpHeader),
    ("http_client_body", Buffer::HttpRequestBody),
    ("http_server_body", Buffer::FileData),
    ("http_host", Buffer::HttpField("host")),
    ("http_raw_host", Buffer::HttpField("host")),
    ("http_user_agent", Buffer::HttpField("user-agent")),
    ("http_cookie", Buffer::HttpField("cookie")),
    ("http_stat_code", Buffer::HttpStatusCode),
    ("http_stat_msg", Buffer::HttpStatusMessage),
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
            Buffer::HttpHeader => header(payload),
            Buffer::HttpField(name) => field(payload, name),
            Buffer::HttpStatusCode => status(payload).map(|(code, _)| code),
            Buffer::HttpStatusMessage => status(payload).map(|(_, message)| message),
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

/// All header lines.
fn header(payload: &[u8]) -> Option<Range<usize>> {
    let start = find(payload, b"\r\n")? + 2;
    is_http(payload).then_some(start..head_end(payload).unwrap_or(payload.len()).max(start))
}

/// What the header line of this name says; of several, the first.
fn field(payload: &[u8], name: &str) -> Option<Range<usize>> {
    let Range { mut start, end } = header(payload)?;
    while start < end {
        let line = &payload[start..end];
        let length = find(line, b"\r\n").unwrap_or(line.len());
        let (line, colon) = (&line[..length], name.len());
        let is_named = line.get(colon) == Some(&b':') && line[..colon].eq_ignore_ascii_case(name.as_bytes());
        if is_named {
            let blanks = line[colon + 1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            return Some(start + colon + 1 + blanks..start + length);
        }
        start += length + 2;
    }
    None
}

/// Code and message of the response that begins here.
fn status(payload: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    payload.strip_prefix(b"HTTP/")?;
    let end = find(payload, b"\r\n").unwrap_or(payload.len());
    let code = payload[..end].iter().position(|byte| *byte == b' ')? + 1;
    let length = payload[code..end].iter().position(|byte| *byte == b' ').unwrap_or(end - code);
    Some((code..code + length, (code + length + 1).min(end)..end))
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
    fn one_header_line_and_the_status_are_parts_of_their_own() {
        let request =
            b"GET / HTTP/1.1\r\nHosted: no\r\nhOST:plc\r\nUser-Agent:  Bad Bot\r\nHost: other\r\n\r\nCookie: in body";
        assert_eq!(part(Buffer::HttpField("host"), request), Some(&b"plc"[..]));
        assert_eq!(part(Buffer::HttpField("user-agent"), request), Some(&b"Bad Bot"[..]));
        assert_eq!(part(Buffer::HttpField("cookie"), request), None);
        assert_eq!(part(Buffer::HttpStatusCode, request), None);
        let response = b"HTTP/1.1 404 Not Found\r\nServer: lab\r\n\r\n";
        assert_eq!(part(Buffer::HttpStatusCode, response), Some(&b"404"[..]));
        assert_eq!(part(Buffer::HttpStatusMessage, response), Some(&b"Not Found"[..]));
        assert_eq!(part(Buffer::HttpField("host"), response), None);
        for cut in 0..response.len() {
            part(Buffer::HttpField("server"), &response[..cut]);
            part(Buffer::HttpStatusMessage, &response[..cut]);
        }
        assert_eq!(part(Buffer::HttpStatusMessage, b"HTTP/1.1 200\r\n\r\n"), Some(&b""[..]));
        assert_eq!(part(Buffer::HttpStatusCode, b"HTTP/1.1\r\n\r\n"), None);
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
