//! User names and passwords that makers ship. What was sent is compared, and forgotten.

use crate::event::Secret;

/// By the makers' public manuals; an empty password is one, too.
const DEFAULTS: [(&str, &str); 26] = [
    ("admin", "admin"),
    ("admin", "password"),
    ("admin", "1234"),
    ("admin", "12345"),
    ("admin", ""),
    ("administrator", "administrator"),
    ("root", "root"),
    ("root", "admin"),
    ("root", "wago"),
    ("root", ""),
    ("user", "user"),
    ("guest", "guest"),
    ("operator", "operator"),
    ("service", "service"),
    ("supervisor", "supervisor"),
    ("USER", "USER"),
    ("USER", "USERUSER"),
    ("sysdiag", "factorycast@schneider"),
    ("fwupgrade", "fwupgrade"),
    ("qbf77101", "hexakisoctahedron"),
    ("fdrusers", "sresurdf"),
    ("pcfactory", "pcfactory"),
    ("ntpupdate", "ntpupdate"),
    ("beijer", "beijer"),
    ("webadmin", "webadmin"),
    ("adminttd", "adminttd"),
];
const COMMUNITIES: [&str; 4] = ["public", "private", "admin", "snmp"];

/// What a name and a password that went in clear are.
pub fn of(user: &str, password: &str) -> Secret {
    if DEFAULTS.contains(&(user, password)) { Secret::Default } else { Secret::Clear }
}

pub fn of_community(name: &[u8]) -> Secret {
    if COMMUNITIES.iter().any(|known| known.as_bytes() == name) { Secret::Default } else { Secret::Clear }
}
