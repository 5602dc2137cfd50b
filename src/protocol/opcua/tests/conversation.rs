//! What is told of a conversation, from the first HEL to the end.

use super::super::wire;
use super::encode::{self, Bytes, NOW, read_value_id, request, response, results, write_request};
use super::{CHANNEL, Heard, Line, URL};
use crate::event::{
    Class, EventKind, FactKind, Fields, Method, Node, Object, OpcuaClose, Outcome, Session, Side, Unit, Value,
};
use crate::protocol::Probe;

fn node(node: &str, attribute: u32, name: Option<&str>) -> Option<Object> {
    Some(Object::Node(Node { node: node.to_owned(), attribute, name: name.map(str::to_owned), ..Node::default() }))
}

fn placed(id: &str, name: &str, path: &str) -> Option<Object> {
    let Some(Object::Node(found)) = node(id, wire::VALUE, Some(name)) else { return None };
    Some(Object::Node(Node { path: Some(path.to_owned()), ..found }))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn closing(heard: &Heard) -> &OpcuaClose {
    let close = |session: &&Session| matches!(session, Session::OpcuaClose(close) if close.channel);
    let Some(Session::OpcuaClose(close)) = heard.sessions().into_iter().rfind(close) else { panic!("no close") };
    close
}

/// CreateSession and ActivateSession with a user's name and a password in clear.
fn log_in(line: &mut Line, user: &str) {
    let client = Bytes::new().string("urn:plant:hmi").string("urn:maker:hmi").localized("HMI 1").u32(1).null().null();
    let client = client.array(&[]);
    let create = Bytes::new().raw(&client.0).null().string(URL).string("shift A").null().null().f64(60_000.0).u32(0);
    let created = Bytes::new().standard(1).standard(encode::TOKEN).f64(30_000.0).null().null().array(&[]).array(&[]);
    let created = created.null().null().u32(0);
    line.exchange(&request(wire::CREATE_SESSION, &create), &response(464, 0, &created));
    let token = Bytes::new().string("user").string(user).string("swordfish").null();
    let activate = Bytes::new().null().null().array(&[]).array(&[]).structure(324, &token).null().null();
    let activated = Bytes::new().null().array(&[]).array(&[]);
    line.exchange(&request(wire::ACTIVATE_SESSION, &activate), &response(470, 0, &activated));
}

#[test]
fn a_write_is_told_with_node_value_user_and_outcome() {
    let mut line = Line::open();
    log_in(&mut line, "mes");
    line.exchange(&write_request(&[("Line1.Speed", 120.0), ("Line1.Tag", 3.5)]), &results(676, &[0, 0x803b_0000]));
    let write = line.heard.operation("write");
    assert_eq!((write.class, write.function.code, write.outcome), (Class::Write, 673, Outcome::Accepted));
    assert_eq!(write.unit, Some(Unit::Endpoint(URL.to_owned())));
    assert_eq!(write.items[0].object, node("ns=2;s=Line1.Speed", 13, None));
    assert_eq!((&*write.items[0].values, &write.items[0].error), (&[Value::Float(120.0)][..], &None));
    assert_eq!(write.items[1].error.as_ref().unwrap().name, "BadNotWritable");
    assert_eq!(write.latency_us, Some(1000));
    let channel = write.channel.as_ref().unwrap();
    assert_eq!((channel.id, channel.request, channel.answer), (CHANNEL, 4, Some(676)));
    assert_eq!((channel.policy.as_deref(), channel.mode.as_deref()), (Some("None"), Some("none")));
    assert_eq!(channel.user.as_deref(), Some("mes"));
}

#[test]
fn a_request_whose_every_part_is_refused_is_refused() {
    let mut line = Line::open();
    line.exchange(&write_request(&[("Speed", 1.0)]), &results(676, &[0x801f_0000]));
    let write = line.heard.operation("write");
    assert_eq!((write.outcome, &*write.error.as_ref().unwrap().name), (Outcome::Refused, "BadUserAccessDenied"));
}

#[test]
fn a_service_fault_refuses_and_says_why() {
    let mut line = Line::open();
    line.exchange(&write_request(&[("Speed", 1.0)]), &response(wire::SERVICE_FAULT, 0x8025_0000, &Bytes::new()));
    let write = line.heard.operation("write");
    assert_eq!((write.outcome, &*write.error.as_ref().unwrap().name), (Outcome::Refused, "BadSessionIdInvalid"));
    assert_eq!(write.channel.as_ref().unwrap().answer, Some(397));
    assert_eq!(write.items[0].values, [Value::Float(1.0)]);
}

#[test]
fn the_steps_of_a_session_are_told_and_the_password_is_not() {
    let mut line = Line::open();
    log_in(&mut line, "mes");
    line.exchange(&request(wire::CLOSE_SESSION, &Bytes::new().u8(1)), &response(476, 0, &Bytes::new()));
    line.say(Side::Client, &encode::close(CHANNEL, 5, 5));
    let steps = line.heard.sessions();
    let [Session::OpcuaHello(hello), Session::OpcuaOpenChannel(open), rest @ ..] = &*steps else { panic!("{steps:?}") };
    assert!(hello.acknowledged && hello.granted.is_some() && hello.endpoint_url == URL);
    assert_eq!((open.channel_id, open.accepted, open.mode.as_deref()), (CHANNEL, Some(true), Some("none")));
    assert_eq!((open.lifetime_ms, open.renew), (Some(3_600_000), Some(false)));
    let [Session::OpcuaCreateSession(create), Session::OpcuaActivateSession(activate), rest @ ..] = rest else {
        panic!("{rest:?}")
    };
    assert_eq!((&*create.application_uri, &*create.session_name), ("urn:plant:hmi", "shift A"));
    assert_eq!((create.timeout_ms, create.accepted), (Some(30_000.0), Some(true)));
    assert_eq!((&*activate.token, activate.user_name.as_deref()), ("user_name", Some("mes")));
    // Empty, not absent: the password went in clear.
    assert_eq!((activate.password_encryption.as_deref(), activate.accepted), (Some(""), Some(true)));
    let [Session::OpcuaClose(session), Session::OpcuaClose(channel)] = rest else { panic!("{rest:?}") };
    assert!(!session.channel && channel.channel && channel.announced);
    assert_eq!((channel.discovery_requests, channel.other_requests, channel.client.messages), (0, 3, 3));
    assert!(!format!("{:?}", line.heard.events).contains("swordfish"));
    let client_facts = line.heard.facts().into_iter().filter(|fact| fact.about == Side::Client);
    assert_eq!(client_facts.map(|fact| &*fact.value).collect::<Vec<_>>(), ["urn:plant:hmi", "urn:maker:hmi", "HMI 1"]);
}

#[test]
fn a_method_is_told_with_what_went_in_and_what_came_out() {
    let mut line = Line::open();
    let call = Bytes::new().text_node(2, "Line1").text_node(2, "Line1.Start").array(&[Bytes::new().double(4.0)]);
    let called = Bytes::new().u32(0).array(&[]).array(&[]).array(&[Bytes::new().u8(wire::BOOLEAN).u8(1)]);
    let answer = Bytes::new().array(&[called]).diagnostics();
    line.exchange(&request(wire::CALL, &Bytes::new().array(&[call])), &response(715, 0, &answer));
    let call = line.heard.operation("call");
    assert_eq!(call.class, Class::Control);
    let method =
        Method { object: "ns=2;s=Line1".to_owned(), method: "ns=2;s=Line1.Start".to_owned(), ..Method::default() };
    assert_eq!(call.items[0].object, Some(Object::Method(method)));
    let output = Value::Fields(Fields::default().with("output", Value::List(vec![Value::Bool(true)])));
    assert_eq!(call.items[0].values, [Value::Float(4.0), output]);
}

/// A subscription whose item with handle 41 watches `ns=2;s=Level`.
pub fn subscribe(line: &mut Line) {
    let parameters = Bytes::new().u32(41).f64(250.0).raw(&[0, 0, 0]).u32(1).u8(1);
    let item = read_value_id(Bytes::new().text_node(2, "Level"), wire::VALUE).u32(2).raw(&parameters.0);
    let create = Bytes::new().u32(5).u32(0).array(&[item]);
    let created = Bytes::new().u32(0).u32(901).f64(250.0).u32(1).raw(&[0, 0, 0]);
    let answer = response(754, 0, &Bytes::new().array(&[created]).diagnostics());
    line.exchange(&request(wire::CREATE_MONITORED_ITEMS, &create), &answer);
}

/// A Publish answer of subscription 5 with one structure as its notification.
pub fn publish_response(encoding: u16, notification: &Bytes) -> Bytes {
    let data = Bytes::new().structure(encoding, notification);
    let fields = Bytes::new().u32(5).array(&[]).u8(0).u32(1).i64(NOW).array(&[data]).array(&[]).diagnostics();
    response(829, 0, &fields)
}

/// A DataChangeNotification: handle and value each.
pub fn data_change(changes: &[(u32, f64)]) -> Bytes {
    let change = |(handle, value): &(u32, f64)| {
        Bytes::new().u32(*handle).raw(&encode::data_value(Bytes::new().double(*value)).0)
    };
    Bytes::new().array(&changes.iter().map(change).collect::<Vec<_>>()).diagnostics()
}

#[test]
fn a_notification_names_the_node_that_the_client_watches() {
    let mut line = Line::open();
    subscribe(&mut line);
    let publish = request(wire::PUBLISH, &Bytes::new().array(&[]));
    line.exchange(&publish, &publish_response(811, &data_change(&[(41, 77.5), (42, 1.0)])));
    let told = line.heard.operation("publish");
    assert_eq!(told.items[0].object, node("ns=2;s=Level", 13, None));
    assert_eq!(told.items[0].values, [Value::Float(77.5)]);
    // A handle whose creation was not seen.
    assert_eq!((&told.items[1].object, &*told.items[1].values), (&None, &[Value::Float(1.0)][..]));
    // An event of the same item, and the end of the subscription.
    let event = Bytes::new().array(&[Bytes::new().u32(41).array(&[Bytes::new().u8(wire::STRING).string("hot")])]);
    line.exchange(&publish, &publish_response(916, &event));
    assert_eq!(line.heard.operation("publish").items[0].values, [Value::List(vec![text("hot")])]);
    line.exchange(&publish, &publish_response(820, &Bytes::new().u32(0x800a_0000).u8(0)));
    let status = Value::Fields(Fields::default().with("subscription_status", text("BadTimeout")));
    assert_eq!(line.heard.operation("publish").items[0].values, [status]);
    // Forgotten with its subscription.
    line.exchange(
        &request(wire::DELETE_SUBSCRIPTIONS, &Bytes::new().array(&[Bytes::new().u32(5)])),
        &results(850, &[0]),
    );
    line.exchange(&publish, &publish_response(811, &data_change(&[(41, 1.0)])));
    assert_eq!(line.heard.operation("publish").items[0].object, None);
}

#[test]
fn names_are_learnt_from_browsing_and_used_from_then_on() {
    let mut line = Line::open();
    let browse = Bytes::new().standard(85).u32(0).standard(33).u8(1).u32(0).u32(63);
    let browse = Bytes::new().standard(0).i64(0).u32(0).u32(100).array(&[browse]);
    let reference = Bytes::new().standard(35).u8(1).text_node(2, "T1").qualified(2, "Tank1").localized("Tank north");
    let result = Bytes::new().u32(0).null().array(&[reference.u32(1).standard(61)]);
    let browsed = response(530, 0, &Bytes::new().array(&[result]).diagnostics());
    line.exchange(&request(wire::BROWSE, &browse), &browsed);
    let told = line.heard.operation("browse");
    assert_eq!(told.items[0].object, node("i=85", 0, Some("ObjectsFolder")));
    let Value::Fields(reference) = &told.items[0].values[0] else { panic!("no reference") };
    assert_eq!(
        (reference.get("node"), reference.get("browse_name")),
        (Some(&text("ns=2;s=T1")), Some(&text("2:Tank1")))
    );
    line.exchange(&write_request(&[("T1", 1.0)]), &results(676, &[0]));
    assert_eq!(line.heard.operation("write").items[0].object, placed("ns=2;s=T1", "Tank north", "/Objects/2:Tank1"));
}

#[test]
fn names_are_learnt_from_paths_and_from_reading_them() {
    let mut line = Line::open();
    let step = Bytes::new().standard(33).u8(0).u8(1).qualified(2, "Level");
    let path = Bytes::new().standard(85).array(&[step]);
    let target = Bytes::new().u32(0).array(&[Bytes::new().text_node(2, "L").u32(u32::MAX)]);
    let translated = response(557, 0, &Bytes::new().array(&[target]).diagnostics());
    line.exchange(&request(wire::TRANSLATE, &Bytes::new().array(&[path])), &translated);
    let value = [("path", text("/2:Level")), ("target", text("ns=2;s=L"))];
    let value = value.map(|(name, value)| Value::Fields(Fields::default().with(name, value)));
    assert_eq!(line.heard.operation("translate_browse_paths_to_node_ids").items[0].values, value);
    line.exchange(&write_request(&[("L", 1.0)]), &results(676, &[0]));
    assert_eq!(line.heard.operation("write").items[0].object, placed("ns=2;s=L", "Level", "/Objects/2:Level"));
    let read = encode::read_request(&[read_value_id(Bytes::new().text_node(2, "L"), wire::DISPLAY_NAME)]);
    let name = encode::data_value(Bytes::new().u8(wire::LOCALIZED_TEXT).localized("Level of tank 1"));
    line.exchange(&read, &encode::read_response(&[name]));
    line.exchange(&write_request(&[("L", 1.0)]), &results(676, &[0]));
    assert_eq!(
        line.heard.operation("write").items[0].object,
        placed("ns=2;s=L", "Level of tank 1", "/Objects/2:Level")
    );
}

#[test]
fn a_server_says_what_it_is() {
    let mut line = Line::open();
    let nodes = [2263, 2264, 2259].map(|id| read_value_id(Bytes::new().standard(id), wire::VALUE));
    let values = [
        Bytes::new().u8(wire::STRING).string("Maker"),
        Bytes::new().u8(wire::STRING).string("4.3"),
        Bytes::new().u8(wire::INT32).i32(1),
    ];
    line.exchange(&encode::read_request(&nodes), &encode::read_response(&values.map(encode::data_value)));
    let build = Bytes::new().string("urn:p").string("Maker").string("Server").string("4.3").string("99").i64(NOW);
    let status = Bytes::new().i64(NOW).i64(NOW).i32(0).raw(&build.0).u32(0).u8(0);
    let status = encode::data_value(Bytes::new().u8(wire::EXTENSION_OBJECT).structure(864, &status));
    let read = encode::read_request(&[read_value_id(Bytes::new().standard(2256), wire::VALUE)]);
    line.exchange(&read, &encode::read_response(&[status]));
    let facts: Vec<_> = line.heard.facts().into_iter().map(|f| (f.kind, &*f.value, &*f.source)).collect();
    assert_eq!(
        facts,
        [
            (FactKind::SecurityUsed, "None none", "opcua channel"),
            (FactKind::Vendor, "Maker", "opcua buildinfo i=2263"),
            (FactKind::Firmware, "4.3", "opcua buildinfo i=2264"),
            (FactKind::State, "failed", "opcua serverstatus i=2259"),
            (FactKind::Product, "Server", "opcua serverstatus i=2256"),
            (FactKind::ProductUri, "urn:p", "opcua serverstatus i=2256"),
            (FactKind::Vendor, "Maker", "opcua serverstatus i=2256"),
            (FactKind::Firmware, "4.3", "opcua serverstatus i=2256"),
            (FactKind::Build, "99", "opcua serverstatus i=2256"),
            (FactKind::State, "running", "opcua serverstatus i=2256"),
        ]
    );
}

#[test]
fn an_encrypted_channel_gives_metadata_and_nothing_else() {
    let mut line = Line::new();
    line.say(Side::Client, &encode::open_secured(0, "Basic256Sha256"));
    line.say(Side::Server, &encode::open_secured(9, "Basic256Sha256"));
    let cipher: Vec<u8> = (0..200).map(|n: u32| (n * 151 + 7) as u8).collect();
    for _ in 0..3 {
        line.say(Side::Client, &encode::chunk('F', 9, 0x1234, 0x5678, &cipher));
        line.say(Side::Server, &encode::chunk('F', 9, 0x9876, 0x5432, &cipher));
    }
    line.end();
    assert!(line.heard.operations().is_empty());
    let Session::OpcuaOpenChannel(open) = line.heard.sessions()[0] else { panic!("no opening") };
    let bytes = encode::certificate().len() as u32;
    assert_eq!((open.channel_id, open.mode.as_deref(), open.client_certificate_bytes), (9, None, bytes));
    assert_eq!(open.server_thumbprint.as_deref(), Some(&*"ab".repeat(20)));
    assert_eq!((line.heard.encrypted, line.heard.undecoded), (8, 0));
    let close = closing(&line.heard);
    assert_eq!((close.client.messages, close.other_requests, close.announced), (3, 3, false));
    assert_eq!(close.policy.as_deref(), Some("Basic256Sha256"));
}

#[test]
fn a_signed_channel_is_read_without_its_signatures() {
    let mut line = Line::new();
    line.say(Side::Client, &encode::open_secured(0, "Basic256Sha256"));
    line.say(Side::Server, &encode::open_secured(9, "Basic256Sha256"));
    let signed = |body: Bytes| body.raw(&[0xee; 32]);
    line.say(Side::Client, &encode::whole(9, 2, 2, &signed(write_request(&[("Speed", 1.0)]))));
    line.say(Side::Server, &encode::whole(9, 2, 2, &signed(results(676, &[0]))));
    let write = line.heard.operation("write");
    let channel = write.channel.as_ref().unwrap();
    assert_eq!((channel.policy.as_deref(), channel.mode.as_deref()), (Some("Basic256Sha256"), Some("sign")));
    assert_eq!((write.outcome, line.heard.anomalies().len()), (Outcome::Accepted, 0));
}

#[test]
fn a_capture_that_begins_in_the_midst_is_read_where_it_looks_plain() {
    let mut line = Line::new();
    line.exchange(&write_request(&[("Speed", 1.0)]), &results(676, &[0]));
    let write = line.heard.operation("write");
    let channel = write.channel.as_ref().unwrap();
    assert_eq!((channel.id, channel.policy.as_deref(), channel.mode.as_deref()), (CHANNEL, None, None));
    assert_eq!((&write.unit, write.outcome), (&None, Outcome::Accepted));
    // Bytes that look like cipher text are counted as such, and nothing is made of them.
    line.say(Side::Client, &encode::chunk('F', 99, 5, 6, &[0xd7; 300]));
    assert_eq!((line.heard.encrypted, line.heard.operations().len()), (1, 1));
}

#[test]
fn a_message_of_three_chunks_is_one_write() {
    let mut line = Line::open();
    let body = write_request(&[("Speed", 120.0)]).0;
    let (first, rest) = body.split_at(40);
    let (second, third) = rest.split_at(20);
    for (sequence, (letter, part)) in (2..).zip([('C', first), ('C', second), ('F', third)]) {
        line.say(Side::Client, &encode::chunk(letter, CHANNEL, sequence, 2, part));
    }
    line.answer(2, &results(676, &[0]));
    let write = line.heard.operation("write");
    assert_eq!(write.items[0].values, [Value::Float(120.0)]);
    let frames = &line.heard.events.iter().rfind(|(kind, _)| matches!(kind, EventKind::Operation(_))).unwrap().1;
    assert_eq!(&**frames, [6, 8, 9, 9]);
    assert!(line.heard.anomalies().is_empty());
}

#[test]
fn an_aborted_answer_leaves_its_request_attempted() {
    let mut line = Line::open();
    let id = line.ask(&write_request(&[("Speed", 120.0)]));
    line.say(Side::Server, &encode::chunk('C', CHANNEL, 2, id, &results(676, &[0]).0));
    line.say(Side::Server, &encode::chunk('A', CHANNEL, 3, id, &Bytes::new().u32(0x8008_0000).string("too large").0));
    assert_eq!(line.heard.operation("write").outcome, Outcome::Attempted);
    let [aborted] = &*line.heard.anomalies() else { panic!("{:?}", line.heard.anomalies()) };
    assert_eq!(aborted.name, "message_aborted");
    assert!(aborted.detail.starts_with("BadEncodingLimitsExceeded: too large"), "{}", aborted.detail);
}

#[test]
fn an_error_refuses_what_waits_and_closes_the_channel() {
    let mut line = Line::open();
    line.ask(&write_request(&[("Speed", 120.0)]));
    line.say(Side::Server, &encode::message("ERRF", &Bytes::new().u32(0x8007_0000).string("no sense")));
    let write = line.heard.operation("write");
    assert_eq!((write.outcome, &*write.error.as_ref().unwrap().name), (Outcome::Refused, "BadDecodingError"));
    let close = closing(&line.heard);
    assert_eq!((close.reason.as_deref(), &*close.error.as_ref().unwrap().name), (Some("no sense"), "BadDecodingError"));
    line.end();
    assert_eq!(line.heard.sessions().len(), 3);
}

#[test]
fn an_error_that_answers_hel_or_opn_refuses_that() {
    let refused = encode::message("ERRF", &Bytes::new().u32(0x8083_0000).string("who are you"));
    let mut line = Line::new();
    line.say(Side::Client, &encode::hello(URL));
    line.say(Side::Server, &refused);
    let Session::OpcuaHello(hello) = line.heard.sessions()[0] else { panic!("no hello") };
    assert_eq!((hello.acknowledged, &*hello.error.as_ref().unwrap().name), (false, "BadTcpEndpointUrlInvalid"));
    line.say(Side::Client, &encode::open_secured(0, "Basic256"));
    line.say(Side::Server, &refused);
    let Session::OpcuaOpenChannel(open) = line.heard.sessions()[1] else { panic!("no opening") };
    assert_eq!((open.accepted, open.error.is_some()), (Some(false), true));
}

#[test]
fn a_request_without_an_answer_is_told_when_its_time_is_over() {
    let mut line = Line::open();
    line.ask(&write_request(&[("Speed", 120.0)]));
    line.ask(&request(wire::PUBLISH, &Bytes::new().array(&[])));
    line.frame += 31_000;
    line.ask(&request(wire::PUBLISH, &Bytes::new().array(&[])));
    assert_eq!(line.heard.operation("write").outcome, Outcome::Unanswered);
    // A Publish request waits by design; that its answer never comes says nothing.
    line.end();
    assert_eq!(line.heard.operation("publish").outcome, Outcome::Attempted);
    // An answer that may have been lost is not missed.
    line.ask(&write_request(&[("Speed", 120.0)]));
    line.gap(Side::Server, 100);
    line.end();
    assert_eq!(line.heard.operation("write").outcome, Outcome::Attempted);
}

#[test]
fn an_answer_after_the_goodbye_still_finds_its_request() {
    let mut line = Line::open();
    let id = line.ask(&write_request(&[("Speed", 120.0)]));
    line.say(Side::Client, &encode::close(CHANNEL, 3, 9));
    line.answer(id, &results(676, &[0]));
    let write = line.heard.operation("write");
    assert_eq!((write.outcome, write.channel.as_ref().unwrap().policy.as_deref()), (Outcome::Accepted, Some("None")));
    let told = line.heard.sessions().len();
    line.end();
    assert_eq!(line.heard.sessions().len(), told);
}

#[test]
fn an_unknown_service_survives_with_its_number() {
    let mut line = Line::open();
    line.exchange(&request(3000, &Bytes::new().u32(1)), &response(3003, 0, &Bytes::new().u32(2)));
    let told = line.heard.operation("unknown");
    assert_eq!((told.function.code, told.outcome), (3000, Outcome::Accepted));
    assert_eq!(told.channel.as_ref().unwrap().answer, Some(3003));
    assert!(line.heard.anomalies().is_empty());
}

#[test]
fn sequence_numbers_and_request_ids_are_checked() {
    let mut line = Line::open();
    let publish = request(wire::PUBLISH, &Bytes::new().array(&[]));
    for (sequence, id) in [(2, 2), (2, 3), (9, 4), (10, 4)] {
        line.say(Side::Client, &encode::whole(CHANNEL, sequence, id, &publish));
    }
    assert_eq!(line.heard.anomaly_names(), ["sequence_number_repeated", "sequence_number_gap", "request_id_reused"]);
}

#[test]
fn a_reverse_hello_names_the_server_that_calls() {
    let mut line = Line::new();
    line.say(Side::Server, &encode::message("RHEF", &Bytes::new().string("urn:server").string(URL)));
    let Session::OpcuaReverseHello(step) = line.heard.sessions()[0] else { panic!("no reverse hello") };
    assert_eq!((&*step.server_uri, &*step.endpoint_url), ("urn:server", URL));
    assert_eq!(line.heard.facts()[0].kind, FactKind::ApplicationUri);
}

#[test]
fn the_probe_knows_its_own_on_any_port_and_who_asks() {
    use super::super::probe;
    assert_eq!(probe(&encode::hello(URL)), Probe::Certain(Some(Side::Client)));
    assert_eq!(probe(&encode::acknowledge()), Probe::Certain(Some(Side::Server)));
    assert_eq!(probe(&encode::open_secured(0, "Basic256")), Probe::Certain(None));
    assert_eq!(probe(&encode::whole(1, 2, 3, &write_request(&[]))), Probe::Certain(Some(Side::Client)));
    assert_eq!(probe(&encode::whole(1, 2, 3, &results(676, &[]))), Probe::Certain(Some(Side::Server)));
    assert_eq!(probe(b"MSG"), Probe::More);
    for other in [&b"MSGX\x20\0\0\0"[..], b"HELO relay.example\r\n", b"MSGF\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n"] {
        assert_eq!(probe(other), Probe::No);
    }
}
