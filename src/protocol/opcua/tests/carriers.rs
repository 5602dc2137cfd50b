//! OPC UA that does not come as plain OPC UA over TCP: PubSub, HTTP, TLS.

use crate::event::{OpcuaTransport, Protocol, PubSubMessage, Session, Side};
use crate::protocol::talk::{Heard, Setting, Talk};

fn setting() -> Setting {
    Setting { port: 4840, protocols: &[Protocol::OpcUa], encrypts: true }
}

/// A data set of one Double, as group 7 of publisher 2200 sends it.
fn network_message(sequence: u16) -> Vec<u8> {
    let mut bytes = vec![0xf1, 0x21];
    bytes.extend(2200u16.to_le_bytes());
    bytes.push(0x0f);
    bytes.extend(7u16.to_le_bytes());
    bytes.extend(700_000u32.to_le_bytes());
    bytes.extend(1u16.to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    // One data set writer; 2026-01-01T00:00:00Z.
    bytes.extend([1, 0x2a, 0]);
    bytes.extend(134_116_992_000_000_000u64.to_le_bytes());
    // Valid, with a sequence number; one field.
    bytes.extend([0x09, 5, 0, 1, 0, 11]);
    bytes.extend(42.5f64.to_le_bytes());
    bytes
}

fn publishers(heard: &Heard) -> Vec<PubSubMessage> {
    heard.pick_sessions(|session| if let Session::PubSub(message) = session { Some(message.clone()) } else { None })
}

fn transports(heard: &Heard) -> Vec<OpcuaTransport> {
    heard.pick_sessions(|session| if let Session::OpcuaTransport(it) = session { Some(it.clone()) } else { None })
}

#[test]
fn a_publisher_is_told_once_with_every_field_of_its_header() {
    let mut talk = Talk::datagrams(setting(), 4840);
    for sequence in 10..20 {
        talk = talk.datagram(Side::Client, &network_message(sequence));
    }
    let heard = talk.end();
    let told = PubSubMessage {
        transport: "udp".into(),
        encoding: "uadp".into(),
        version: 1,
        message: "data_set".into(),
        publisher_id: Some("2200".into()),
        writer_group: Some(7),
        group_version: Some(700_000),
        network_message: Some(1),
        sequence: Some(10),
        writers: vec![42],
        sent: Some("2026-01-01T00:00:00Z".into()),
        bytes: network_message(10).len() as u32,
        ..PubSubMessage::default()
    };
    assert_eq!(publishers(&heard), [told]);
    assert_eq!((heard.anomalies().len(), heard.undecoded), (0, 0));
}

#[test]
fn a_publisher_without_ip_is_told_by_its_ether_type() {
    let mut padded = network_message(1);
    padded.resize(90, 0);
    let mut talk = Talk::datagrams(setting(), 4840).frame(0xb62c, &padded);
    for sequence in 2..10 {
        talk = talk.frame(0xb62c, &network_message(sequence));
    }
    let heard = talk.end();
    let [told] = &publishers(&heard)[..] else { panic!("one publisher") };
    assert_eq!(
        (&*told.transport, told.publisher_id.as_deref(), told.writer_group),
        ("ethernet", Some("2200"), Some(7))
    );
    assert!(heard.anomalies().is_empty());
    // Nothing else without IP is looked at, and the EtherType is proof enough that this should be read.
    let other = Talk::datagrams(setting(), 4840).frame(0x8892, &network_message(1)).end();
    assert_eq!((other.protocol, other.events.len()), (None, 0));
    let broken = Talk::datagrams(setting(), 4840).frame(0xb62c, &[0x0e, 1, 2, 3]).end();
    assert_eq!(broken.anomalies()[0].name, "unknown_encoding");
}

#[test]
fn raw_fields_are_believed_on_any_port_behind_a_whole_header() {
    let mut raw = network_message(1);
    // Raw encoding: one Double without its type.
    let fields = raw.len() - 14;
    raw.truncate(fields);
    raw.extend([0x0b, 5, 0]);
    raw.extend(42.5f64.to_le_bytes());
    let heard = Talk::datagrams(setting(), 14840).datagram(Side::Client, &raw).end();
    assert_eq!(publishers(&heard).len(), 1);
}

#[test]
fn a_plain_message_is_recognised_on_any_port_and_chance_is_not() {
    let heard = Talk::datagrams(setting(), 14840).datagram(Side::Client, &network_message(1)).end();
    assert_eq!(publishers(&heard).len(), 1);
    let mut cut = network_message(1);
    cut.pop();
    for other in [&cut[..], &[0xf1; 40], &[0x01, 0x00, 0x01, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0, 0]] {
        let heard = Talk::datagrams(setting(), 14840).datagram(Side::Client, other).end();
        assert_eq!((heard.protocol, heard.events.len()), (None, 0), "{other:02x?}");
    }
}

#[test]
fn a_secured_message_tells_its_key_and_that_nothing_else_can_be_read() {
    let mut bytes = vec![0x91, 0x10, 9];
    // Signed and encrypted by key 77, a nonce of eight bytes.
    bytes.extend([0x03, 77, 0, 0, 0, 8]);
    bytes.extend([0xee; 60]);
    let heard = Talk::datagrams(setting(), 4840).datagram(Side::Client, &bytes).end();
    let [message] = &publishers(&heard)[..] else { panic!("one publisher") };
    assert_eq!((message.signed, message.encrypted, message.key_id), (true, true, Some(77)));
    assert_eq!((message.publisher_id.as_deref(), heard.encrypted), (Some("9"), 1));
}

#[test]
fn a_message_that_is_sent_again_is_an_anomaly_and_so_is_one_that_is_cut() {
    let talk = Talk::datagrams(setting(), 4840).datagram(Side::Client, &network_message(5));
    let heard = talk
        .datagram(Side::Client, &network_message(6))
        .datagram(Side::Client, &network_message(5))
        .datagram(Side::Client, &network_message(7)[..9])
        .end();
    let names: Vec<&str> = heard.anomalies().iter().map(|anomaly| &*anomaly.name).collect();
    assert_eq!(names, ["pubsub_sequence_back", "body_truncated"]);
    assert_eq!(heard.undecoded, 9);
}

#[test]
fn publishers_are_bounded() {
    let mut talk = Talk::datagrams(setting(), 4840).datagram(Side::Client, &network_message(1));
    for publisher in 0..200u8 {
        let mut bytes = network_message(1);
        bytes[2..4].copy_from_slice(&u16::from(publisher).to_le_bytes());
        talk = talk.datagram(Side::Client, &bytes);
    }
    let heard = talk.end();
    assert_eq!(publishers(&heard).len(), 64);
    assert_eq!(heard.anomalies().len(), 1);
    assert_eq!(heard.anomalies()[0].name, "publishers_bound_passed");
}

fn connect() -> Vec<u8> {
    let mut bytes = vec![0x10, 15];
    bytes.extend(b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x03pub");
    bytes
}

fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let length = 2 + topic.len() + payload.len();
    let mut bytes = vec![0x30, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8, 0, topic.len() as u8];
    bytes.extend(topic.bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn pubsub_over_mqtt_is_recognised_wherever_its_packets_are_cut() {
    let json = br#"{"MessageId":"1","MessageType":"ua-data","PublisherId":"line-7","Messages":[{"DataSetWriterId":3,"SequenceNumber":8}]}"#;
    let mut bytes = connect();
    bytes.extend(publish("plant/a", &network_message(3)));
    bytes.extend(publish("opcua/json/data/line-7/g/w", json));
    bytes.extend([0xc0, 0]);
    bytes.extend(publish("opcua/json/data/line-7/g/w", json));
    for size in [1, 7, 64, bytes.len()] {
        let mut talk = Talk::to_port(setting(), 1883);
        for piece in bytes.chunks(size) {
            talk = talk.client(piece);
        }
        let heard = talk.end();
        let [uadp, told] = &publishers(&heard)[..] else { panic!("two publishers in pieces of {size}") };
        assert_eq!((uadp.topic.as_deref(), uadp.publisher_id.as_deref()), (Some("plant/a"), Some("2200")));
        assert_eq!((&*told.encoding, &*told.message, &*told.transport), ("json", "ua-data", "mqtt"));
        assert_eq!(
            (told.publisher_id.as_deref(), &told.writers[..], told.sequence),
            (Some("line-7"), &[3][..], Some(8))
        );
        assert_eq!(heard.undecoded, 0);
    }
}

#[test]
fn data_sets_without_a_network_header_tell_their_own() {
    let json =
        br#"[{"DataSetWriterId":3,"MessageType":"ua-keyframe"},{"DataSetWriterId":4,"MessageType":"ua-keyframe"}]"#;
    let heard = Talk::to_port(setting(), 1883).client(connect()).client(publish("a", json)).end();
    let [told] = &publishers(&heard)[..] else { panic!("one header") };
    assert_eq!((&*told.message, &told.writers[..], &told.publisher_id), ("ua-keyframe", &[3, 4][..], &None));
}

#[test]
fn mqtt_that_carries_anything_else_is_none_of_ours() {
    let other = publish("sensors/1", br#"{"temperature": 21.5}"#);
    let heard = Talk::to_port(setting(), 1883).client(connect()).client(&other).client(&other).end();
    assert_eq!((heard.protocol, heard.events.len()), (None, 0));
}

#[test]
fn after_loss_the_next_whole_packet_is_read() {
    let (first, second) = (publish("a", &network_message(3)), publish("b", &network_message(4)));
    let talk = Talk::to_port(setting(), 1883).client(connect()).client(&first);
    let heard = talk.lost(Side::Client, 100).client(&first[20..]).client(&second).end();
    let topics: Vec<_> = publishers(&heard).into_iter().filter_map(|message| message.topic).collect();
    assert_eq!(topics, ["a", "b"]);
}

#[test]
fn websockets_and_http_are_recognised_with_what_the_server_says() {
    let asked =
        "GET /line1 HTTP/1.1\r\nHost: plc:8080\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: opcua+uacp\r\n\r\n";
    let agreed = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: opcua+uacp\r\n\r\n";
    let heard = Talk::to_port(setting(), 8080).client(asked).server(agreed).client([0x82, 0x80, 1, 2, 3, 4]).end();
    let [websocket] = &transports(&heard)[..] else { panic!("one transport") };
    assert_eq!((&*websocket.transport, &*websocket.url), ("websocket", "plc:8080/line1"));
    assert_eq!((&*websocket.encoding, websocket.accepted), ("opcua+uacp", Some(true)));

    let posted = "POST /ua HTTP/1.1\r\nHost: plc\r\nContent-Type: application/opcua+uabinary\r\n\r\n";
    let heard = Talk::to_port(setting(), 8080).client(&posted[..20]).client(&posted[20..]).end();
    let [http] = &transports(&heard)[..] else { panic!("one transport") };
    assert_eq!((&*http.transport, &*http.url, http.accepted), ("http", "plc/ua", None));

    let page = "GET / HTTP/1.1\r\nHost: plc\r\n\r\n";
    assert_eq!(Talk::to_port(setting(), 8080).client(page).end().events.len(), 0);
}

/// A client's hello that offers a protocol to be spoken inside.
fn hello_for(protocol: &str, server_name: &str) -> Vec<u8> {
    let be16 = |n: usize| (n as u16).to_be_bytes();
    let extension = |kind: u16, data: Vec<u8>| [&kind.to_be_bytes()[..], &be16(data.len()), &data].concat();
    let name = [&be16(server_name.len() + 3)[..], &[0], &be16(server_name.len()), server_name.as_bytes()].concat();
    let offered = [&be16(protocol.len() + 1)[..], &[protocol.len() as u8], protocol.as_bytes()].concat();
    let extensions = [extension(0, name), extension(16, offered)].concat();
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0x13, 0x01, 1, 0]);
    hello.extend(be16(extensions.len()));
    hello.extend(extensions);
    let mut record = vec![22, 3, 1];
    record.extend(be16(4 + hello.len()));
    record.extend([1, 0]);
    record.extend(be16(hello.len()));
    record.extend(hello);
    record
}

#[test]
fn tls_that_says_to_carry_opc_ua_is_recognised_on_any_port_and_so_is_nothing_else() {
    let record = hello_for("opcua+uacp", "plc7");
    for size in [10, 60, record.len()] {
        let talk = record.chunks(size).fold(Talk::to_port(setting(), 8443), Talk::client);
        let heard = talk.end();
        let [tls] = &transports(&heard)[..] else { panic!("one transport in pieces of {size}") };
        assert_eq!((&*tls.url, &*tls.encoding, tls.encrypted), ("plc7", "opcua+uacp", true));
    }
    let web = hello_for("http/1.1", "plc7");
    assert!(Talk::to_port(setting(), 8443).client(&web).client(&web).end().events.is_empty());
}

#[test]
fn tls_on_the_port_of_opc_ua_is_told_with_its_handshake() {
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0x13, 0x01, 1, 0]);
    let mut record = vec![22, 3, 1, 0, 4 + hello.len() as u8, 1, 0, 0, hello.len() as u8];
    record.extend(hello);
    let heard = Talk::to_port(setting(), 4843).client(&record).end();
    assert_eq!(transports(&heard).len(), 1);
    assert_eq!(heard.sessions().len(), 2);
    assert!(Talk::to_port(setting(), 443).client(&record).end().events.is_empty());
}
