//! Which rules may match a piece: first by its ports, then by a content that each of them must have.

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, packed};

use super::content::Content;
use super::rule::Rule;
use crate::event::{Map, Set};

/// Patterns that the rules for any port may add to the groups of single ports in all; beyond, they are searched for apart.
const MAX_JOINED: usize = 4096;
/// Above about so many patterns the DFA falls out of the cache and the NFA is faster.
const MAX_DFA: usize = 1000;
/// The vector search takes no more, nor longer ones with profit.
const MAX_QUICK: usize = 64;
const QUICK_BYTES: usize = 4;

/// Rules on payloads, by the ports that they are for.
#[derive(Default)]
pub struct Groups {
    by_port: Map<u16, Group>,
    /// Rules for any port, or for more than are told apart.
    any: Group,
    /// The groups of single ports hold the rules for any port, too.
    joined: bool,
}

/// Rules that are looked for together.
#[derive(Default)]
struct Group {
    /// Rules without a content to search for.
    plain: Vec<usize>,
    prefilter: Option<Prefilter>,
}

/// Finds one content of every rule that has any.
struct Prefilter {
    /// Finds some bytes of each content, many bytes at a time: nearly all pieces have none of them.
    quick: Option<Searcher>,
    automaton: AhoCorasick,
    /// Rule of each pattern of the automaton.
    rules: Vec<usize>,
}

impl Groups {
    /// The rules with these indices.
    pub fn build(rules: &[Rule], indices: &[usize]) -> Result<Self, String> {
        let mut ports: Map<u16, Vec<usize>> = Map::default();
        let mut any = Vec::new();
        for &index in indices {
            match named_ports(&rules[index]) {
                Some(named) => named.into_iter().for_each(|port| ports.entry(port).or_default().push(index)),
                None => any.push(index),
            }
        }
        let joined = any.len().saturating_mul(ports.len()) <= MAX_JOINED;
        let mut by_port = Map::default();
        for (port, mut members) in ports {
            if joined {
                members.extend(&any);
            }
            by_port.insert(port, Group::build(rules, &members)?);
        }
        Ok(Groups { by_port, any: Group::build(rules, &any)?, joined })
    }

    pub fn is_empty(&self) -> bool {
        self.by_port.is_empty() && self.any.is_empty()
    }

    /// Gives each rule that may match a piece between these ports, some perhaps more than once; says whether any rule
    /// looks at what is between them.
    pub fn candidates(&self, ports: [u16; 2], bytes: &[u8], mut take: impl FnMut(usize)) -> bool {
        let mut searched = false;
        for group in ports.iter().filter_map(|port| self.by_port.get(port)) {
            group.search(bytes, &mut take);
            searched = true;
        }
        if !(self.joined && searched) {
            self.any.search(bytes, &mut take);
        }
        searched || !self.any.is_empty()
    }
}

impl Group {
    fn build(rules: &[Rule], members: &[usize]) -> Result<Self, String> {
        let with_content = |index: &usize| fast_pattern(&rules[*index]).map(|content| (*index, content));
        let contents: Vec<(usize, &Content)> = members.iter().filter_map(with_content).collect();
        let plain = members.iter().copied().filter(|index| fast_pattern(&rules[*index]).is_none()).collect();
        let prefilter = if contents.is_empty() { None } else { Some(Prefilter::build(&contents)?) };
        Ok(Group { plain, prefilter })
    }

    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.prefilter.is_none()
    }

    fn search(&self, bytes: &[u8], take: &mut impl FnMut(usize)) {
        self.plain.iter().for_each(|rule| take(*rule));
        let Some(Prefilter { quick, automaton, rules }) = &self.prefilter else { return };
        if quick.as_ref().is_some_and(|quick| quick.find(bytes).is_none()) {
            return;
        }
        for found in automaton.find_overlapping_iter(bytes) {
            take(rules[found.pattern().as_usize()]);
        }
    }
}

impl Prefilter {
    fn build(contents: &[(usize, &Content)]) -> Result<Self, String> {
        let kind = if contents.len() <= MAX_DFA { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .kind(Some(kind))
            .build(contents.iter().map(|(_, content)| &content.bytes))
            .map_err(|error| format!("the contents cannot be searched together: {error}"))?;
        Ok(Prefilter { quick: quick(contents), automaton, rules: contents.iter().map(|(index, _)| *index).collect() })
    }
}

/// Ports of which one must be the piece's; `None` where there are too many to tell apart.
fn named_ports(rule: &Rule) -> Option<Vec<u16>> {
    rule.header.destination_ports.few().or_else(|| rule.header.source_ports.few())
}

/// The content that must be there for the rule to match: the one marked, else the longest.
fn fast_pattern(rule: &Rule) -> Option<&Content> {
    let positive = || rule.contents().filter(|content| !content.negated);
    positive().find(|content| content.fast_pattern).or_else(|| positive().max_by_key(|content| content.bytes.len()))
}

/// `None` where the machine has no vector search, or there are too many contents for it.
fn quick(contents: &[(usize, &Content)]) -> Option<Searcher> {
    let mut fragments: Set<Vec<u8>> = Set::default();
    for (_, content) in contents {
        fragments.extend(variants(fragment(&content.bytes), content.nocase));
        if fragments.len() > MAX_QUICK {
            return None;
        }
    }
    packed::Config::new().builder().extend(&fragments).build()
}

/// The bytes of a content that are least likely to be elsewhere.
fn fragment(bytes: &[u8]) -> &[u8] {
    let telling = |window: &&[u8]| {
        let telling: Set<u8> = window.iter().copied().filter(|byte| !matches!(byte, 0 | 0x20 | 0xff)).collect();
        telling.len()
    };
    bytes.windows(QUICK_BYTES).max_by_key(telling).unwrap_or(bytes)
}

/// All ways to write a fragment where case does not matter.
fn variants(fragment: &[u8], nocase: bool) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for &byte in fragment {
        let other = if byte.is_ascii_lowercase() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        let forms: &[u8] = if nocase && other != byte { &[byte, other] } else { &[byte] };
        all = all.into_iter().flat_map(|start| forms.iter().map(move |form| [&start[..], &[*form]].concat())).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::signature::{default_variables, load};

    fn groups(text: &str) -> (Vec<Rule>, Groups) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.rules");
        fs::write(&file, text).unwrap();
        let report = load(&[file], &default_variables());
        assert_eq!(report.refusals, []);
        let indices: Vec<usize> = (0..report.set.rules.len()).collect();
        let groups = Groups::build(&report.set.rules, &indices).unwrap();
        (report.set.rules, groups)
    }

    fn candidates((rules, groups): &(Vec<Rule>, Groups), ports: [u16; 2], bytes: &[u8]) -> Vec<u32> {
        let mut found = Set::default();
        groups.candidates(ports, bytes, |index| {
            found.insert(rules[index].id.sid);
        });
        let mut found: Vec<u32> = found.into_iter().collect();
        found.sort_unstable();
        found
    }

    const RULES: &str = concat!(
        "alert tcp any any -> any 502 (content:\"abcd\"; sid:1;)\n",
        "alert tcp any [102,502] -> any any (content:\"GET /\"; nocase; sid:2;)\n",
        "alert tcp any any -> any 1024: (content:\"abcd\"; sid:3;)\n",
        "alert tcp any any -> any !80 (dsize:>3; sid:4;)\n",
        "alert tcp any any -> any 443 (dsize:>3; sid:5;)\n",
    );

    #[test]
    fn a_piece_meets_the_rules_of_its_ports_and_of_any_port() {
        let groups = groups(RULES);
        assert!(groups.1.joined);
        assert_eq!(candidates(&groups, [40_000, 502], b"xxabcdxx"), [1, 3, 4]);
        assert_eq!(candidates(&groups, [502, 40_000], b"xx gEt / abcdxx"), [1, 2, 3, 4]);
        assert_eq!(candidates(&groups, [40_000, 102], b"get / and much that is of no interest to anybody"), [2, 4]);
        assert_eq!(candidates(&groups, [40_000, 20_000], b"xxabcdxx"), [3, 4]);
        assert_eq!(candidates(&groups, [443, 502], b"nothing of it"), [4, 5]);
    }

    #[test]
    fn many_rules_are_found_as_few_are() {
        let many: String = (0..5000)
            .map(|i| format!("alert tcp any any -> any any (content:\"pattern{i:04}\"; nocase; sid:{};)\n", i + 100))
            .collect();
        let groups = groups(&format!("{RULES}{many}"));
        assert!(!groups.1.joined && groups.1.any.prefilter.as_ref().unwrap().quick.is_none());
        assert_eq!(candidates(&groups, [40_000, 502], b"..PATTERN0042..abcd"), [1, 3, 4, 142]);
    }

    #[test]
    fn what_is_searched_for_first_is_the_most_telling_part() {
        assert_eq!(fragment(b"\0\0\0\0\x01abc"), b"\x01abc");
        assert_eq!(fragment(b"ab"), b"ab");
        assert_eq!(variants(b"a1", true), [b"a1", b"A1"]);
        assert_eq!(variants(b"a1", false), [b"a1"]);
    }
}
