use proptest::prelude::*;

use super::*;

fn told(port: u16, pieces: &[(Side, Data<'_>)]) -> Vec<(MentionKind, String)> {
    let mut names = Names::default();
    let mut told = Vec::new();
    for (from, data) in pieces {
        names.take(port, *from, *data, &mut |named| told.push((named.how, named.name)));
    }
    told
}

/// A question for an address, with an EDNS record behind it.
const QUESTION: &[u8] =
    b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01\x06Update\x07example\x03ORG\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0";

#[test]
fn a_question_to_a_name_server_names_what_is_asked_for() {
    let wanted = vec![(MentionKind::DnsQuery, "update.example.org".to_owned())];
    assert_eq!(told(53, &[(Side::Client, Data::Datagram(QUESTION))]), wanted);
    let over_tcp = [&[0, QUESTION.len() as u8], QUESTION].concat();
    assert_eq!(told(53, &[(Side::Client, Data::Stream(&over_tcp))]), wanted);
    assert!(told(53, &[(Side::Server, Data::Datagram(QUESTION))]).is_empty());
    assert!(told(5000, &[(Side::Client, Data::Datagram(QUESTION))]).is_empty());
    let mut answer = QUESTION.to_vec();
    answer[2] |= 0x80;
    assert!(told(53, &[(Side::Client, Data::Datagram(&answer))]).is_empty());
}

#[test]
fn a_request_names_its_host_and_its_address() {
    let one = |text: &str| told(8080, &[(Side::Client, Data::Stream(text.as_bytes()))]);
    assert_eq!(
        one("GET /a/B?c=1 HTTP/1.1\r\nUser-Agent: x\r\nHOST: Plc.Example:8080\r\n\r\nHost: no"),
        [(MentionKind::HttpHost, "plc.example".to_owned()), (MentionKind::Url, "plc.example:8080/a/B?c=1".to_owned())]
    );
    assert_eq!(
        one("GET http://Proxy.example/x HTTP/1.1\r\n\r\n"),
        [(MentionKind::HttpHost, "proxy.example".to_owned()), (MentionKind::Url, "proxy.example/x".to_owned())]
    );
    assert_eq!(one("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")[0].1, "a.example");
    assert!(one("SSH-2.0-x\r\n").is_empty());
    let first = (Side::Client, Data::Stream(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    let lost = (Side::Server, Data::Gap(9));
    assert_eq!(told(80, &[first, lost, first]).len(), 4, "a later request is read again");
}

/// A ClientHello with suites, extensions and a name, as a record.
fn hello(filler: bool) -> Vec<u8> {
    let extension =
        |kind: u16, data: &[u8]| [&kind.to_be_bytes()[..], &(data.len() as u16).to_be_bytes(), data].concat();
    let mut extensions = Vec::new();
    if filler {
        extensions.extend(extension(0x3a3a, &[]));
    }
    extensions.extend(extension(0, b"\0\x0e\0\0\x0bc2.Example.x"));
    extensions.extend(extension(10, &[0, 2, 0, 29]));
    extensions.extend(extension(13, &[0, 4, 4, 3, 8, 4]));
    extensions.extend(extension(16, b"\0\x03\x02h2"));
    extensions.extend(extension(43, &[4, 3, 4, 3, 3]));
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(0);
    let suites: &[u8] =
        if filler { &[0, 6, 0x1a, 0x1a, 0x13, 0x02, 0x13, 0x01] } else { &[0, 4, 0x13, 0x02, 0x13, 0x01] };
    body.extend(suites);
    body.extend([1, 0]);
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(extensions);
    let message = [&[1, 0, (body.len() >> 8) as u8, body.len() as u8][..], &body].concat();
    [&[22, 3, 1, (message.len() >> 8) as u8, message.len() as u8][..], &message].concat()
}

#[test]
fn a_tls_client_names_the_server_and_shows_its_shape_in_however_many_pieces() {
    let record = hello(false);
    let whole = told(443, &[(Side::Client, Data::Stream(&record))]);
    // The digits over 1301,1302 and over 000a,000d,002b_0403,0804 by another program.
    assert_eq!(
        whole,
        [
            (MentionKind::Ja4, "t13d0205h2_62ed6f6ca7ad_fbabbea27ee8".to_owned()),
            (MentionKind::TlsServerName, "c2.example.x".to_owned())
        ]
    );
    let parts = [(Side::Client, Data::Stream(&record[..9])), (Side::Client, Data::Stream(&record[9..]))];
    assert_eq!(told(443, &parts), whole);
    assert_eq!(told(443, &[(Side::Client, Data::Stream(&hello(true)))]), whole, "fillers count for nothing");
    assert!(told(443, &[parts[0], (Side::Client, Data::Gap(3)), parts[1]]).is_empty());
}

/// A server's answer up to TLS 1.2: its hello and a certificate for these names.
fn answer(common: &str, names: &[&str]) -> Vec<u8> {
    let mut parameters =
        rcgen::CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, common);
    let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    let length = |bytes: &[u8]| (bytes.len() as u32).to_be_bytes()[1..].to_vec();
    let one = [length(certificate.der()), certificate.der().to_vec()].concat();
    let chain = [length(&one), one].concat();
    let hello = [&[3, 3][..], &[7; 32], &[0, 0xc0, 0x2f, 0]].concat();
    let message = |kind: u8, body: &[u8]| [&[kind][..], &length(body), body].concat();
    let handshake = [message(2, &hello), message(11, &chain)].concat();
    [&[22, 3, 3][..], &(handshake.len() as u16).to_be_bytes(), &handshake].concat()
}

#[test]
fn a_tls_server_shows_the_names_that_its_certificate_is_for() {
    let names = |record: &[u8]| {
        let told = told(443, &[(Side::Server, Data::Stream(record))]).into_iter();
        told.filter(|(how, _)| *how == MentionKind::CertificateName).map(|(_, name)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(&answer("Panel", &["HMI.plant.example", "*.plant.example", "10.1.1.20"])), ["hmi.plant.example"]);
    assert_eq!(names(&answer("hmi-3", &[])), ["hmi-3"], "there is no other name");
    assert!(names(&answer("Some Company", &[])).is_empty(), "it names no machine");
    let cut = answer("hmi-3", &[]);
    assert!(names(&cut[..cut.len() - 9]).is_empty());
}

proptest! {
    #[test]
    fn no_bytes_break_it(
        port in prop::sample::select(vec![53u16, 80, 443]),
        start in prop::sample::select(vec![&b""[..], b"\x16\x03\x01\x00\x40\x01\x00\x00", b"GET "]),
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..4),
    ) {
        let mut names = Names::default();
        names.take(port, Side::Client, Data::Stream(start), &mut |_| {});
        for piece in &pieces {
            names.take(port, Side::Client, Data::Stream(piece), &mut |_| {});
            names.take(port, Side::Client, Data::Datagram(piece), &mut |_| {});
        }
    }
}
