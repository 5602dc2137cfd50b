//! Addresses and ports of a rule's header: `any`, networks, ranges, lists, negations and `$VARIABLES`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::event::Map;

/// Names to lists, without the dollar sign.
pub type Variables = BTreeMap<String, String>;

/// How deep variables and lists may lie in each other.
const MAX_DEPTH: usize = 16;

/// The variables that public OT rule files use. Private ranges are home; servers and clients may be anybody at home.
pub fn default_variables() -> Variables {
    let home = "[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,127.0.0.0/8,fc00::/7,fe80::/10]";
    let mut variables = Variables::from([
        ("HOME_NET".to_owned(), home.to_owned()),
        ("EXTERNAL_NET".to_owned(), "any".to_owned()),
        ("HTTP_PORTS".to_owned(), "80".to_owned()),
        ("MODBUS_PORTS".to_owned(), "502".to_owned()),
        ("S7_PORTS".to_owned(), "102".to_owned()),
        ("DNP3_PORTS".to_owned(), "20000".to_owned()),
        ("ENIP_PORTS".to_owned(), "44818".to_owned()),
        ("ROCKWELL_PORTS".to_owned(), "[2221,2222,44818]".to_owned()),
        ("FILE_DATA_PORTS".to_owned(), "[80,110,143]".to_owned()),
    ]);
    let hosts = ["MODBUS", "S7", "DNP3", "ENIP", "FINS", "MODICON", "BACNET", "HTTP", "SMTP", "SQL", "DNS", "TELNET"];
    for name in hosts {
        for role in ["CLIENT", "SERVER", "SERVERS"] {
            variables.insert(format!("{name}_{role}"), "$HOME_NET".to_owned());
        }
    }
    variables
}

/// A set of addresses: in some of `included` (or any) and in none of `excluded`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AddressSet {
    included: Vec<Network>,
    excluded: Vec<Network>,
}

/// A set of ports, likewise; ends of ranges included.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PortSet {
    included: Vec<(u16, u16)>,
    excluded: Vec<(u16, u16)>,
}

/// Sets by what is written: thousands of rules name the same few.
pub struct Sets<'a> {
    variables: &'a Variables,
    addresses: Map<String, Arc<AddressSet>>,
    ports: Map<String, Arc<PortSet>>,
}

impl<'a> Sets<'a> {
    pub fn new(variables: &'a Variables) -> Self {
        Sets { variables, addresses: Map::default(), ports: Map::default() }
    }

    pub fn addresses(&mut self, text: &str) -> Result<Arc<AddressSet>, String> {
        shared(&mut self.addresses, text, || AddressSet::parse(text, self.variables))
    }

    pub fn ports(&mut self, text: &str) -> Result<Arc<PortSet>, String> {
        shared(&mut self.ports, text, || PortSet::parse(text, self.variables))
    }
}

fn shared<T>(
    known: &mut Map<String, Arc<T>>,
    text: &str,
    parse: impl FnOnce() -> Result<T, String>,
) -> Result<Arc<T>, String> {
    if let Some(set) = known.get(text) {
        return Ok(Arc::clone(set));
    }
    let set = Arc::new(parse()?);
    known.insert(text.to_owned(), Arc::clone(&set));
    Ok(set)
}

/// Addresses that share their first bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Network {
    v6: bool,
    bits: u128,
    mask: u128,
}

impl AddressSet {
    pub fn parse(text: &str, variables: &Variables) -> Result<Self, String> {
        let mut set = AddressSet::default();
        flatten(text, false, variables, 0, &mut |item, negated| {
            if item == "any" {
                return if negated { Err("'!any' matches nothing".to_owned()) } else { Ok(()) };
            }
            let list = if negated { &mut set.excluded } else { &mut set.included };
            list.push(Network::parse(item)?);
            Ok(())
        })?;
        Ok(set)
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        let in_any = |list: &[Network]| list.iter().any(|network| network.contains(ip));
        (self.included.is_empty() || in_any(&self.included)) && !in_any(&self.excluded)
    }
}

/// Ports that are told apart one by one.
const FEW_PORTS: usize = 16;

impl PortSet {
    /// Its ports, where it holds only a few.
    pub fn few(&self) -> Option<Vec<u16>> {
        let size = |(low, high): &(u16, u16)| usize::from(high - low) + 1;
        let few = !self.included.is_empty() && self.included.iter().map(size).sum::<usize>() <= FEW_PORTS;
        few.then(|| self.included.iter().flat_map(|(low, high)| *low..=*high).collect())
    }

    pub fn parse(text: &str, variables: &Variables) -> Result<Self, String> {
        let mut set = PortSet::default();
        flatten(text, false, variables, 0, &mut |item, negated| {
            if item == "any" {
                return if negated { Err("'!any' matches nothing".to_owned()) } else { Ok(()) };
            }
            let list = if negated { &mut set.excluded } else { &mut set.included };
            list.push(port_range(item)?);
            Ok(())
        })?;
        Ok(set)
    }

    pub fn contains(&self, port: u16) -> bool {
        let in_any = |list: &[(u16, u16)]| list.iter().any(|(low, high)| (*low..=*high).contains(&port));
        (self.included.is_empty() || in_any(&self.included)) && !in_any(&self.excluded)
    }
}

impl Network {
    fn parse(text: &str) -> Result<Self, String> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let ip: IpAddr = address.parse().map_err(|_| format!("'{text}' is no address"))?;
        let (v6, bits, width) = number(ip);
        let prefix = match prefix {
            None => width,
            Some(prefix) => {
                let prefix = prefix.parse::<u32>().ok().filter(|p| *p <= width);
                prefix.ok_or_else(|| format!("'{text}' has no prefix length of 0 to {width}"))?
            }
        };
        let mask = if prefix == 0 { 0 } else { u128::MAX << (width - prefix) };
        Ok(Network { v6, bits: bits & mask, mask })
    }

    fn contains(&self, ip: IpAddr) -> bool {
        let (v6, bits, _) = number(ip);
        v6 == self.v6 && bits & self.mask == self.bits
    }
}

fn number(ip: IpAddr) -> (bool, u128, u32) {
    match ip {
        IpAddr::V4(v4) => (false, u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (true, v6.to_bits(), 128),
    }
}

/// `502`, `1024:`, `:1023`, `8000:8100`.
fn port_range(text: &str) -> Result<(u16, u16), String> {
    let bad = || format!("'{text}' is no port or range of ports");
    let port = |text: &str, open: u16| {
        if text.is_empty() { Ok(open) } else { text.parse::<u16>().map_err(|_| bad()) }
    };
    let range = match text.split_once(':') {
        Some((low, high)) => (port(low, 0)?, port(high, u16::MAX)?),
        None => (port(text, 0)?, port(text, 0)?),
    };
    if text.is_empty() || range.0 > range.1 { Err(bad()) } else { Ok(range) }
}

/// Walks lists and variables down to single items, each with whether it is negated.
fn flatten(
    text: &str,
    negated: bool,
    variables: &Variables,
    depth: usize,
    take: &mut dyn FnMut(&str, bool) -> Result<(), String>,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("variables or lists lie too deep in each other, or in a circle".to_owned());
    }
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('!') {
        return flatten(rest, !negated, variables, depth + 1, take);
    }
    if let Some(name) = text.strip_prefix('$') {
        let value = variables.get(name).ok_or_else(|| format!("the variable ${name} is not defined"))?;
        return flatten(value, negated, variables, depth + 1, take);
    }
    let Some(list) = text.strip_prefix('[') else { return take(text, negated) };
    let list = list.strip_suffix(']').ok_or_else(|| format!("the list '{text}' is not closed"))?;
    split_list(list).into_iter().try_for_each(|item| flatten(item, negated, variables, depth + 1, take))
}

/// Splits at the commas that lie in no inner list.
fn split_list(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (i, c) in list.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                items.push(&list[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    items.push(&list[start..]);
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_negations_and_variables() {
        let variables = Variables::from([("PLCS".to_owned(), "[10.1.0.0/16,!10.1.9.0/24]".to_owned())]);
        let set = AddressSet::parse("[$PLCS,192.168.1.5]", &variables).unwrap();
        for (ip, inside) in [("10.1.2.3", true), ("10.1.9.1", false), ("192.168.1.5", true), ("192.168.1.6", false)] {
            assert_eq!(set.contains(ip.parse().unwrap()), inside, "{ip}");
        }
        assert!(AddressSet::parse("any", &variables).unwrap().contains("::1".parse().unwrap()));
        assert!(!AddressSet::parse("!10.0.0.0/8", &variables).unwrap().contains("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn ranges_of_ports() {
        let set = PortSet::parse("[80,1000:,!2000]", &Variables::new()).unwrap();
        for (port, inside) in [(80, true), (81, false), (1000, true), (2000, false), (65535, true)] {
            assert_eq!(set.contains(port), inside, "{port}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let circle = Variables::from([("A".to_owned(), "$B".to_owned()), ("B".to_owned(), "$A".to_owned())]);
        assert!(AddressSet::parse("$A", &circle).unwrap_err().contains("circle"));
        assert!(AddressSet::parse("$NOBODY", &circle).unwrap_err().contains("$NOBODY"));
        assert!(AddressSet::parse("10.0.0.0/33", &circle).unwrap_err().contains("prefix"));
        assert!(PortSet::parse("99999", &circle).unwrap_err().contains("99999"));
    }
}
