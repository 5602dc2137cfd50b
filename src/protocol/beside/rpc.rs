//! DCE/RPC (C706): what a connection binds to, where that is something that runs orders of other machines.

/// A bind: version 5.0, type 11, little endian.
const BIND: [u8; 3] = [5, 0, 11];
/// From the start of a bind to its first interface: common header 16, sizes and group 8, number of contexts 4, its head 4.
const INTERFACE: usize = 32;

/// Interfaces as they stand on the wire, by the public protocol documents [MS-SCMR], [MS-TSCH], [MS-WMI].
const ORDERS: [([u8; 16], &str); 5] = [
    (
        [0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03],
        "service control",
    ),
    (
        [0x49, 0x59, 0xd3, 0x86, 0xc9, 0x83, 0x44, 0x40, 0xb4, 0x24, 0xdb, 0x36, 0x32, 0x31, 0xfd, 0x0c],
        "task scheduler",
    ),
    ([0x82, 0x06, 0xf7, 0x1f, 0x51, 0x0a, 0xe8, 0x30, 0x07, 0x6d, 0x74, 0x0b, 0xe8, 0xce, 0xe9, 0x8b], "at service"),
    ([0x18, 0xad, 0x09, 0xf3, 0x6a, 0xd8, 0xd0, 0x11, 0xa0, 0x75, 0x00, 0xc0, 0x4f, 0xb6, 0x88, 0x20], "wmi log-on"),
    ([0x99, 0xdc, 0x56, 0x95, 0x8c, 0x82, 0xcf, 0x11, 0xa3, 0x7e, 0x00, 0xaa, 0x00, 0x32, 0x40, 0xc7], "wmi"),
];

/// What bytes bind to, where it runs orders.
pub fn order(bytes: &[u8]) -> Option<&'static str> {
    let interface = bytes.get(INTERFACE..INTERFACE + 16).filter(|_| bytes.starts_with(&BIND))?;
    ORDERS.iter().find(|(known, _)| known == interface).map(|(_, name)| *name)
}

/// A named pipe of SMB that leads to the same.
pub fn pipe(name: &str) -> Option<&'static str> {
    let name = name.trim_start_matches('\\');
    [("svcctl", "service control"), ("atsvc", "task scheduler"), ("psexesvc", "psexec"), ("winreg", "remote registry")]
        .into_iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known))
        .map(|(_, what)| what)
}
