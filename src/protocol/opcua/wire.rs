//! Names and numbers of OPC UA Binary over TCP: OPC 10000-4 (services) and OPC 10000-6 (encoding, transport).

use std::borrow::Cow;

use crate::event::Class;

/// Built-in types (OPC 10000-6 section 5.1.2).
pub const NULL: u8 = 0;
pub const BOOLEAN: u8 = 1;
pub const SBYTE: u8 = 2;
pub const BYTE: u8 = 3;
pub const INT16: u8 = 4;
pub const UINT16: u8 = 5;
pub const INT32: u8 = 6;
pub const UINT32: u8 = 7;
pub const INT64: u8 = 8;
pub const UINT64: u8 = 9;
pub const FLOAT: u8 = 10;
pub const DOUBLE: u8 = 11;
pub const STRING: u8 = 12;
pub const DATE_TIME: u8 = 13;
pub const GUID: u8 = 14;
pub const BYTE_STRING: u8 = 15;
pub const XML_ELEMENT: u8 = 16;
pub const NODE_ID: u8 = 17;
pub const EXPANDED_NODE_ID: u8 = 18;
pub const STATUS_CODE: u8 = 19;
pub const QUALIFIED_NAME: u8 = 20;
pub const LOCALIZED_TEXT: u8 = 21;
pub const EXTENSION_OBJECT: u8 = 22;
pub const DATA_VALUE: u8 = 23;
pub const VARIANT: u8 = 24;
pub const DIAGNOSTIC_INFO: u8 = 25;

/// A built-in type's name.
pub const fn built_in(kind: u8) -> &'static str {
    match kind {
        NULL => "Null",
        BOOLEAN => "Boolean",
        SBYTE => "SByte",
        BYTE => "Byte",
        INT16 => "Int16",
        UINT16 => "UInt16",
        INT32 => "Int32",
        UINT32 => "UInt32",
        INT64 => "Int64",
        UINT64 => "UInt64",
        FLOAT => "Float",
        DOUBLE => "Double",
        STRING => "String",
        DATE_TIME => "DateTime",
        GUID => "Guid",
        BYTE_STRING => "ByteString",
        XML_ELEMENT => "XmlElement",
        NODE_ID => "NodeId",
        EXPANDED_NODE_ID => "ExpandedNodeId",
        STATUS_CODE => "StatusCode",
        QUALIFIED_NAME => "QualifiedName",
        LOCALIZED_TEXT => "LocalizedText",
        EXTENSION_OBJECT => "ExtensionObject",
        DATA_VALUE => "DataValue",
        VARIANT => "Variant",
        DIAGNOSTIC_INFO => "DiagnosticInfo",
        _ => "Reserved",
    }
}

/// Attributes of a node (OPC 10000-6 annex A.1). Zero, which the standard leaves free, stands for the whole node.
pub const WHOLE_NODE: u32 = 0;
pub const BROWSE_NAME: u32 = 3;
pub const DISPLAY_NAME: u32 = 4;
pub const VALUE: u32 = 13;

/// ServerArray and NamespaceArray of the Server object (OPC 10000-5 section 6.3.1).
pub const SERVER_ARRAY: u32 = 2254;
pub const NAMESPACE_ARRAY: u32 = 2255;
/// ServerStatus and what is in it.
pub const SERVER_STATUS: u32 = 2256;
pub const SERVICE_LEVEL: u32 = 2267;

/// Whether a node's value says what the server is or how it fares; the clock, which many clients poll, does not.
pub const fn is_about_server(node: u32) -> bool {
    matches!(node, SERVER_ARRAY..=SERVER_STATUS | 2259..=SERVICE_LEVEL)
}

/// Binary encoding ids of the services that this parser treats each in its own way.
pub const SERVICE_FAULT: u32 = 397;
pub const FIND_SERVERS: u32 = 422;
pub const GET_ENDPOINTS: u32 = 428;
pub const REGISTER_SERVER: u32 = 437;
pub const OPEN_CHANNEL: u32 = 446;
pub const OPEN_CHANNEL_RESPONSE: u32 = 449;
pub const CLOSE_CHANNEL: u32 = 452;
pub const CREATE_SESSION: u32 = 461;
pub const ACTIVATE_SESSION: u32 = 467;
pub const CLOSE_SESSION: u32 = 473;
pub const CANCEL: u32 = 479;
pub const ADD_NODES: u32 = 488;
pub const ADD_REFERENCES: u32 = 494;
pub const DELETE_NODES: u32 = 500;
pub const DELETE_REFERENCES: u32 = 506;
pub const BROWSE: u32 = 527;
pub const BROWSE_NEXT: u32 = 533;
pub const TRANSLATE: u32 = 554;
pub const REGISTER_NODES: u32 = 560;
pub const UNREGISTER_NODES: u32 = 566;
pub const QUERY_FIRST: u32 = 615;
pub const QUERY_NEXT: u32 = 621;
pub const READ: u32 = 631;
pub const HISTORY_READ: u32 = 664;
pub const WRITE: u32 = 673;
pub const HISTORY_UPDATE: u32 = 700;
pub const CALL: u32 = 712;
pub const CREATE_MONITORED_ITEMS: u32 = 751;
pub const MODIFY_MONITORED_ITEMS: u32 = 763;
pub const SET_MONITORING_MODE: u32 = 769;
pub const SET_TRIGGERING: u32 = 775;
pub const DELETE_MONITORED_ITEMS: u32 = 781;
pub const CREATE_SUBSCRIPTION: u32 = 787;
pub const MODIFY_SUBSCRIPTION: u32 = 793;
pub const SET_PUBLISHING_MODE: u32 = 799;
pub const PUBLISH: u32 = 826;
pub const REPUBLISH: u32 = 832;
pub const TRANSFER_SUBSCRIPTIONS: u32 = 841;
pub const DELETE_SUBSCRIPTIONS: u32 = 847;
pub const FIND_SERVERS_ON_NETWORK: u32 = 12208;
pub const REGISTER_SERVER_2: u32 = 12211;

/// User identity tokens (OPC 10000-4 section 7.40).
pub const ANONYMOUS_TOKEN: u32 = 321;
pub const USER_NAME_TOKEN: u32 = 324;
pub const CERTIFICATE_TOKEN: u32 = 327;
pub const ISSUED_TOKEN: u32 = 940;

/// A service by the binary encoding ids of its request and response.
#[derive(Debug)]
pub struct Service {
    pub request: u32,
    pub response: u32,
    pub name: &'static str,
    pub class: Class,
}

const fn service(request: u32, response: u32, name: &'static str, class: Class) -> Service {
    Service { request, response, name, class }
}

/// All services of OPC 10000-4, ascending in both ids.
pub static SERVICES: &[Service] = &[
    service(FIND_SERVERS, 425, "find_servers", Class::Identify),
    service(GET_ENDPOINTS, 431, "get_endpoints", Class::Identify),
    service(REGISTER_SERVER, 440, "register_server", Class::Identify),
    service(OPEN_CHANNEL, OPEN_CHANNEL_RESPONSE, "open_secure_channel", Class::Session),
    service(CLOSE_CHANNEL, 455, "close_secure_channel", Class::Session),
    service(CREATE_SESSION, 464, "create_session", Class::Session),
    service(ACTIVATE_SESSION, 470, "activate_session", Class::Session),
    service(CLOSE_SESSION, 476, "close_session", Class::Session),
    service(CANCEL, 482, "cancel", Class::Session),
    service(ADD_NODES, 491, "add_nodes", Class::Configure),
    service(ADD_REFERENCES, 497, "add_references", Class::Configure),
    service(DELETE_NODES, 503, "delete_nodes", Class::Configure),
    service(DELETE_REFERENCES, 509, "delete_references", Class::Configure),
    service(BROWSE, 530, "browse", Class::Read),
    service(BROWSE_NEXT, 536, "browse_next", Class::Read),
    service(TRANSLATE, 557, "translate_browse_paths_to_node_ids", Class::Read),
    service(REGISTER_NODES, 563, "register_nodes", Class::Read),
    service(UNREGISTER_NODES, 569, "unregister_nodes", Class::Read),
    service(QUERY_FIRST, 618, "query_first", Class::Read),
    service(QUERY_NEXT, 624, "query_next", Class::Read),
    service(READ, 634, "read", Class::Read),
    service(HISTORY_READ, 667, "history_read", Class::Read),
    service(WRITE, 676, "write", Class::Write),
    service(HISTORY_UPDATE, 703, "history_update", Class::Configure),
    service(CALL, 715, "call", Class::Control),
    service(CREATE_MONITORED_ITEMS, 754, "create_monitored_items", Class::Subscribe),
    service(MODIFY_MONITORED_ITEMS, 766, "modify_monitored_items", Class::Subscribe),
    service(SET_MONITORING_MODE, 772, "set_monitoring_mode", Class::Subscribe),
    service(SET_TRIGGERING, 778, "set_triggering", Class::Subscribe),
    service(DELETE_MONITORED_ITEMS, 784, "delete_monitored_items", Class::Subscribe),
    service(CREATE_SUBSCRIPTION, 790, "create_subscription", Class::Subscribe),
    service(MODIFY_SUBSCRIPTION, 796, "modify_subscription", Class::Subscribe),
    service(SET_PUBLISHING_MODE, 802, "set_publishing_mode", Class::Subscribe),
    service(PUBLISH, 829, "publish", Class::Subscribe),
    service(REPUBLISH, 835, "republish", Class::Subscribe),
    service(TRANSFER_SUBSCRIPTIONS, 844, "transfer_subscriptions", Class::Subscribe),
    service(DELETE_SUBSCRIPTIONS, 850, "delete_subscriptions", Class::Subscribe),
    service(FIND_SERVERS_ON_NETWORK, 12209, "find_servers_on_network", Class::Identify),
    service(REGISTER_SERVER_2, 12212, "register_server_2", Class::Identify),
    // A service call without a session, carried as an envelope (OPC 10000-4 section 6.3).
    service(15903, 21001, "session_less_invoke", Class::Control),
];

/// Which half of a transaction an encoding id stands for.
#[derive(Clone, Copy)]
pub enum Half {
    Request(&'static Service),
    Response(&'static Service),
    Fault,
}

/// What a message body is by the id that it begins with.
pub fn half(id: u32) -> Option<Half> {
    if id == SERVICE_FAULT {
        return Some(Half::Fault);
    }
    let index = SERVICES.partition_point(|service| service.request <= id).checked_sub(1)?;
    let service = SERVICES.get(index)?;
    match id {
        id if id == service.request => Some(Half::Request(service)),
        id if id == service.response => Some(Half::Response(service)),
        _ => None,
    }
}

/// Services that need no session and only look for servers (OPC 10000-4 section 5.5).
pub const fn is_discovery(request: u32) -> bool {
    matches!(request, FIND_SERVERS | GET_ENDPOINTS | FIND_SERVERS_ON_NETWORK)
}

/// MessageSecurityMode (OPC 10000-4 section 7.20).
pub fn mode(mode: u32) -> Cow<'static, str> {
    match mode {
        0 => "invalid".into(),
        1 => "none".into(),
        2 => "sign".into(),
        3 => "sign_and_encrypt".into(),
        other => format!("mode_{other}").into(),
    }
}

/// MonitoringMode (OPC 10000-4 section 7.23).
pub fn monitoring_mode(mode: u32) -> Cow<'static, str> {
    match mode {
        0 => "disabled".into(),
        1 => "sampling".into(),
        2 => "reporting".into(),
        other => format!("mode_{other}").into(),
    }
}

/// UserTokenType (OPC 10000-4 section 7.42).
pub fn token_type(kind: u32) -> Cow<'static, str> {
    match kind {
        0 => "anonymous".into(),
        1 => "user_name".into(),
        2 => "certificate".into(),
        3 => "issued".into(),
        other => format!("token_{other}").into(),
    }
}

/// ApplicationType (OPC 10000-4 section 7.4).
pub fn application_type(kind: u32) -> Cow<'static, str> {
    match kind {
        0 => "server".into(),
        1 => "client".into(),
        2 => "client_and_server".into(),
        3 => "discovery_server".into(),
        other => format!("application_{other}").into(),
    }
}

/// NodeClass (OPC 10000-3 section 8.29).
pub fn node_class(class: u32) -> Cow<'static, str> {
    match class {
        0 => "unspecified".into(),
        1 => "object".into(),
        2 => "variable".into(),
        4 => "method".into(),
        8 => "object_type".into(),
        16 => "variable_type".into(),
        32 => "reference_type".into(),
        64 => "data_type".into(),
        128 => "view".into(),
        other => format!("class_{other}").into(),
    }
}

/// What a service level stands for (OPC 10000-4 section 6.6.2.4.2).
pub const fn service_level(level: u64) -> &'static str {
    match level {
        0 => "maintenance",
        1 => "no_data",
        2..=199 => "degraded",
        _ => "healthy",
    }
}

/// ServerState (OPC 10000-5 section 12.6).
pub fn server_state(state: i64) -> Cow<'static, str> {
    match state {
        0 => "running".into(),
        1 => "failed".into(),
        2 => "no_configuration".into(),
        3 => "suspended".into(),
        4 => "shutdown".into(),
        5 => "test".into(),
        6 => "communication_fault".into(),
        7 => "unknown".into(),
        other => format!("state_{other}").into(),
    }
}

/// PerformUpdateType (OPC 10000-11 section 6.8.3).
pub fn update_type(kind: u32) -> Cow<'static, str> {
    match kind {
        1 => "insert".into(),
        2 => "replace".into(),
        3 => "update".into(),
        4 => "remove".into(),
        other => format!("update_{other}").into(),
    }
}

/// A security policy's name: what stands behind the URI's hash sign (OPC 10000-7 section 6.6).
pub fn policy_name(uri: &str) -> &str {
    uri.rsplit_once('#').map_or(uri, |(_, name)| name)
}

/// Bytes of the symmetric signature at the end of each chunk in mode Sign (OPC 10000-7 section 6.6).
pub fn signature_bytes(policy: &str) -> usize {
    match policy {
        "None" => 0,
        "Basic128Rsa15" | "Basic256" => 20,
        "ECC_nistP384" | "ECC_brainpoolP384r1" => 48,
        "ECC_curve25519" | "ECC_curve448" => 16,
        // Basic256Sha256 and all after it sign with HMAC-SHA256.
        _ => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::opcua::codes;

    #[test]
    fn the_services_are_in_order_and_agree_with_the_published_ids() {
        assert!(SERVICES.is_sorted_by_key(|service| service.request));
        assert!(SERVICES.is_sorted_by_key(|service| service.response));
        for service in SERVICES {
            let [request, response] = [service.request, service.response].map(|id| codes::encoding(id).unwrap());
            assert_eq!(request.replace("Request", "Response"), response, "{}", service.name);
        }
    }
}
