//! Modbus within TLS: what both sides say first, and how much is said that cannot be read.

use super::{MODBUS, Talk};
use crate::event::{Protocol, Session};

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    record(22, &[&[kind], &length[1..], body].concat())
}

fn client_hello() -> Vec<u8> {
    let name = b"plc.plant";
    let length = name.len() as u8;
    let server_name = [&[0, 0, 0, length + 5, 0, length + 3, 0, 0, length][..], name].concat();
    let versions = [0, 43, 0, 5, 4, 3, 4, 3, 3];
    let extensions = [&server_name[..], &versions].concat();
    let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
    let suites = [0, 6, 0x13, 0x01, 0xc0, 0x2f, 0x0a, 0x0a];
    handshake(1, &[&[3, 3][..], &[7; 32], &[0], &suites, &[1, 0], &length, &extensions].concat())
}

fn server_hello() -> Vec<u8> {
    handshake(2, &[&[3, 3][..], &[8; 32], &[0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4]].concat())
}

#[test]
fn both_hellos_are_told_and_the_rest_is_counted() {
    let [hello, answer] = [client_hello(), server_hello()];
    for cut in [6, 20, hello.len() - 1] {
        let heard = Talk::to_port(MODBUS, 802)
            .client(&hello[..cut.max(11)])
            .client(&hello[cut.max(11)..])
            .server([answer.clone(), record(20, &[1]), record(23, &[0; 40])].concat())
            .client(record(23, &[0; 60]))
            .end();
        assert_eq!((heard.protocol, heard.encrypted, heard.undecoded), (Some(Protocol::Modbus), 2, 0));
        let hellos = heard
            .pick_sessions(|session| if let Session::TlsHello(hello) = session { Some(hello.clone()) } else { None });
        let [client, server] = &hellos[..] else { panic!("{hellos:?}") };
        assert_eq!((client.from_server, client.server_name.as_deref()), (false, Some("plc.plant")));
        assert_eq!(
            (&*client.version, &client.cipher_suites[..]),
            ("1.3", &["0x1301".to_owned(), "0xc02f".to_owned()][..])
        );
        assert_eq!((server.from_server, &*server.version, &server.cipher_suites[0][..]), (true, "1.3", "0x1301"));
    }
}

#[test]
fn tls_on_another_port_is_none_of_ours() {
    let heard = Talk::to_port(MODBUS, 443).client(client_hello()).server(server_hello()).end();
    assert_eq!((heard.protocol, heard.events.len()), (None, 0));
}
