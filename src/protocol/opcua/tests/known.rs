//! The known is cheap: what the cache is asked, and what an event then shows, must be the same.

use super::super::wire;
use super::conversation::{data_change, publish_response, subscribe};
use super::encode::{self, Bytes, read_value_id, request, response, results, write_request};
use super::{Heard, Line};
use crate::event::{Class, FunctionKey, Object, ObjectKey, Session};

/// The keys that an event's objects have.
fn keys_of(heard: &Heard, name: &str) -> Vec<ObjectKey> {
    heard.operation(name).items.iter().filter_map(|item| item.object.as_ref().map(Object::key)).collect()
}

fn read() -> (Bytes, Bytes) {
    let nodes = ["Level", "Speed"].map(|node| read_value_id(Bytes::new().text_node(2, node), wire::VALUE));
    let values = [1.0, 2.0].map(|value| encode::data_value(Bytes::new().double(value)));
    (encode::read_request(&nodes), encode::read_response(&values))
}

/// One transaction of each service that has objects.
fn transactions() -> Vec<(&'static str, Bytes, Bytes)> {
    let nodes = || Bytes::new().array(&[Bytes::new().text_node(2, "A"), Bytes::new().standard(85)]);
    let call = Bytes::new().array(&[Bytes::new().text_node(2, "O").text_node(2, "M").array(&[])]);
    let called = Bytes::new().array(&[Bytes::new().u32(0).array(&[]).array(&[]).array(&[])]).diagnostics();
    let delete = Bytes::new().array(&[Bytes::new().text_node(2, "A").u8(1)]);
    let path = Bytes::new().array(&[Bytes::new().standard(85).array(&[])]);
    let paths = Bytes::new().array(&[Bytes::new().u32(0).array(&[])]).diagnostics();
    let update = Bytes::new().text_node(2, "A").u8(0).i64(1).i64(2);
    let update = Bytes::new().array(&[Bytes::new().structure(688, &update)]);
    let updated = Bytes::new().array(&[Bytes::new().u32(0).array(&[]).array(&[])]).diagnostics();
    let history = Bytes::new().raw(&[0, 0, 0]).u32(0).u8(0);
    let history = history.array(&[Bytes::new().text_node(2, "A").null().qualified(0, "").null()]);
    let was_read = Bytes::new().array(&[Bytes::new().u32(0).null().raw(&[0, 0, 0])]).diagnostics();
    let (reading, have_read) = read();
    vec![
        ("read", reading, have_read),
        ("write", write_request(&[("A", 1.0), ("B", 2.0)]), results(676, &[0, 0])),
        ("call", request(wire::CALL, &call), response(715, 0, &called)),
        ("register_nodes", request(wire::REGISTER_NODES, &nodes()), response(563, 0, &nodes())),
        ("delete_nodes", request(wire::DELETE_NODES, &delete), results(503, &[0])),
        ("translate_browse_paths_to_node_ids", request(wire::TRANSLATE, &path), response(557, 0, &paths)),
        ("history_update", request(wire::HISTORY_UPDATE, &update), response(703, 0, &updated)),
        ("history_read", request(wire::HISTORY_READ, &history), response(667, 0, &was_read)),
        (
            "get_endpoints",
            request(wire::GET_ENDPOINTS, &Bytes::new().string("opc.tcp://a:4840").array(&[]).array(&[])),
            response(431, 0, &Bytes::new().array(&[])),
        ),
    ]
}

#[test]
fn the_cache_is_asked_for_the_objects_that_the_event_shows() {
    for (name, request, response) in transactions() {
        let mut line = Line::open();
        line.exchange(&request, &response);
        assert_eq!(line.heard.anomaly_names(), [""; 0], "{name}");
        let told = line.heard.operation(name);
        let (function, class, asked) = line.heard.asked.last().unwrap();
        assert_eq!((*function, *class), (told.function.key(), told.class), "{name}");
        assert_eq!(*asked, keys_of(&line.heard, name), "{name}");
        assert!(!asked.is_empty(), "{name}");
    }
}

#[test]
fn known_behaviour_is_not_told_again() {
    let mut line = Line::open();
    let (request, response) = read();
    line.exchange(&request, &response);
    let told = line.heard.events.len();
    line.heard.known.insert((FunctionKey::code(wire::READ), keys_of(&line.heard, "read")));
    line.exchange(&request, &response);
    assert_eq!(line.heard.events.len(), told);
}

#[test]
fn known_behaviour_that_goes_wrong_is_told() {
    let mut line = Line::open();
    let write = write_request(&[("A", 1.0), ("B", 1.0)]);
    line.exchange(&write, &results(676, &[0, 0]));
    line.heard.known.insert((FunctionKey::code(wire::WRITE), keys_of(&line.heard, "write")));
    let told = line.heard.operations().len();
    line.exchange(&write, &results(676, &[0, 0]));
    assert_eq!(line.heard.operations().len(), told);
    for bad in [
        results(676, &[0, 0x8074_0000]),
        response(wire::SERVICE_FAULT, 0x8010_0000, &Bytes::new()),
        Bytes(results(676, &[0, 0]).0[..40].to_vec()),
    ] {
        let before = line.heard.operations().len();
        line.exchange(&write, &bad);
        assert_eq!(line.heard.operations().len(), before + 1);
    }
}

#[test]
fn notifications_are_known_item_by_item() {
    let mut line = Line::open();
    subscribe(&mut line);
    let publish = request(wire::PUBLISH, &Bytes::new().array(&[]));
    let level = ObjectKey::text(b"ns=2;s=Level", wire::VALUE);
    line.heard.known.insert((FunctionKey::code(wire::PUBLISH), vec![level]));
    let told = line.heard.operations().len();
    // Twice the same item in one answer, as queues give it: still known.
    line.exchange(&publish, &publish_response(811, &data_change(&[(41, 1.0), (41, 2.0)])));
    line.exchange(&publish, &publish_response(811, &data_change(&[(41, 3.0)])));
    assert_eq!(line.heard.operations().len(), told);
    assert_eq!(line.heard.asked.last().unwrap(), &(FunctionKey::code(wire::PUBLISH), Class::Subscribe, vec![level]));
    // A value of bad quality is news.
    let bad = Bytes::new().array(&[Bytes::new().u32(41).u8(2).u32(0x8031_0000)]).diagnostics();
    line.exchange(&publish, &publish_response(811, &bad));
    assert_eq!(line.heard.operation("publish").items[0].error.as_ref().unwrap().name, "BadNoCommunication");
}

#[test]
fn a_server_that_fares_worse_is_told_though_its_reading_is_known() {
    let mut line = Line::open();
    let nodes = [2259, 2267].map(|id| read_value_id(Bytes::new().standard(id), wire::VALUE));
    let answer = |state: i32, level: u8| {
        let values = [Bytes::new().u8(wire::INT32).i32(state), Bytes::new().u8(wire::BYTE).u8(level)];
        encode::read_response(&values.map(encode::data_value))
    };
    let read = encode::read_request(&nodes);
    line.exchange(&read, &answer(0, 255));
    line.heard.known.extend(line.heard.asked.iter().map(|(function, _, objects)| (*function, objects.clone())));
    for (state, level) in [(0, 255), (1, 255), (1, 100), (1, 120), (0, 255)] {
        line.exchange(&read, &answer(state, level));
    }
    assert_eq!(line.heard.operations().iter().filter(|operation| operation.function.name == "read").count(), 1);
    let facts: Vec<&str> = line.heard.facts().iter().skip(1).map(|fact| &*fact.value).collect();
    assert_eq!(facts, ["running", "healthy", "failed", "degraded", "running", "healthy"]);
}

#[test]
fn what_a_server_offers_is_told_though_asking_for_it_is_known() {
    let mut line = Line::open();
    let ask = request(wire::GET_ENDPOINTS, &Bytes::new().string("opc.tcp://a:4840").array(&[]).array(&[]));
    let offer = |policy: &str| {
        let application = Bytes::new().string("urn:a").null().localized("A").u32(0).null().null().array(&[]);
        let endpoint = Bytes::new().string("opc.tcp://a:4840").raw(&application.0).null().u32(1);
        let token = Bytes::new().string("anonymous").u32(0).null().null().null();
        let endpoint = endpoint.string(policy).array(&[token]).null().u8(0);
        response(431, 0, &Bytes::new().array(&[endpoint]))
    };
    line.exchange(&ask, &offer("http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"));
    line.heard.known.extend(line.heard.asked.iter().map(|(function, _, objects)| (*function, objects.clone())));
    line.exchange(&ask, &offer("http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"));
    line.exchange(&ask, &offer("http://opcfoundation.org/UA/SecurityPolicy#None"));
    let offers = line.heard.sessions().into_iter().filter_map(|session| match session {
        Session::OpcuaEndpoints(offer) => Some(&*offer.endpoints[0].policy_uri),
        _ => None,
    });
    let names: Vec<_> = offers.map(wire::policy_name).collect();
    assert_eq!(names, ["Basic256Sha256", "None"]);
    assert_eq!(line.heard.operations().iter().filter(|told| told.function.name == "get_endpoints").count(), 1);
}
