//! Which rules may match a piece: first by its ports, then by a content that each of them must have.

use super::buffer::Buffer;
use super::candidates::Candidates;
use super::fragments::{Fragment, Fragments};
use super::rule::Rule;
use super::step::What;
use crate::event::Map;

/// Entries that the rules for any port may add to the groups of single ports in all; beyond, they are searched for apart.
const MAX_JOINED: usize = 1 << 16;

/// Rules on payloads, by the ports that they are for.
#[derive(Default)]
pub struct Groups {
    by_port: Map<u16, Group>,
    /// Rules for any port, or for more than are told apart.
    any: Group,
    /// The groups of single ports hold the rules for any port, too.
    joined: bool,
    /// How many lists of rules the groups have in all.
    lists: usize,
}

/// Rules that are looked for together.
#[derive(Default)]
struct Group {
    /// Rules without a content to search for.
    plain: Vec<usize>,
    fragments: Fragments,
}

impl Groups {
    /// The rules with these indices.
    pub fn build(rules: &[Rule], indices: &[usize]) -> Self {
        let mut ports: Map<u16, Vec<Member>> = Map::default();
        let mut any = Vec::new();
        for member in members(rules, indices) {
            match named_ports(&rules[member.0]) {
                Some(named) => named.into_iter().for_each(|port| ports.entry(port).or_default().push(member)),
                None => any.push(member),
            }
        }
        let joined = any.len().saturating_mul(ports.len()) <= MAX_JOINED;
        let (mut by_port, mut lists) = (Map::default(), 0);
        for (port, mut members) in ports {
            if joined {
                members.extend(&any);
            }
            by_port.insert(port, Group::build(&members, &mut lists));
        }
        Groups { by_port, any: Group::build(&any, &mut lists), joined, lists }
    }

    pub fn is_empty(&self) -> bool {
        self.by_port.is_empty() && self.any.is_empty()
    }

    /// Where the rules that may match a piece are gathered.
    pub fn candidates(&self, rules: usize) -> Candidates {
        Candidates::new(rules, self.lists)
    }

    /// Gathers the rules that may match a piece between these ports; says whether any rule looks at what is between them.
    pub fn search(&self, ports: [u16; 2], piece: &[u8], candidates: &mut Candidates) -> bool {
        candidates.clear();
        let mut searched = false;
        for group in ports.iter().filter_map(|port| self.by_port.get(port)) {
            group.search(piece, candidates);
            searched = true;
        }
        if !(self.joined && searched) {
            self.any.search(piece, candidates);
        }
        searched || !self.any.is_empty()
    }
}

impl Group {
    fn build(members: &[Member], lists: &mut usize) -> Self {
        let plain = members.iter().filter(|(_, part)| part.is_none()).map(|(rule, _)| *rule).collect();
        let with_part = members.iter().filter_map(|(rule, part)| Some((*rule, (*part)?)));
        Group { plain, fragments: Fragments::build(&with_part.collect::<Vec<_>>(), lists) }
    }

    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.fragments.is_empty()
    }

    fn search(&self, piece: &[u8], candidates: &mut Candidates) {
        self.plain.iter().for_each(|rule| candidates.take(*rule));
        self.fragments.search(piece, candidates);
    }
}

/// A rule, and what it is looked for by; without a content it is asked about every piece.
type Member = (usize, Option<Fragment>);

fn members(rules: &[Rule], indices: &[usize]) -> Vec<Member> {
    let mut shared: Map<Fragment, u32> = Map::default();
    for part in indices.iter().flat_map(|index| parts(&rules[*index])) {
        *shared.entry(part).or_default() += 1;
    }
    let count = |part: &Fragment| shared.get(part).copied().unwrap_or_default();
    indices.iter().map(|index| (*index, Fragment::best(&parts(&rules[*index]), count))).collect()
}

/// Ports of which one must be the piece's; `None` where there are too many to tell apart.
fn named_ports(rule: &Rule) -> Option<Vec<u16>> {
    rule.header.destination_ports.few().or_else(|| rule.header.source_ports.few())
}

/// Parts of the contents that must be there for the rule to match: of the one marked, else of all.
fn parts(rule: &Rule) -> Vec<Fragment> {
    let positive = || {
        rule.steps.iter().filter_map(|step| match &step.what {
            What::Content(content) if !content.negated => {
                Some((content, step.buffer == Buffer::Payload && rule.frame.is_none()))
            }
            _ => None,
        })
    };
    let of = |(content, in_payload)| Fragment::all(content, in_payload);
    let marked = positive().find(|(content, _)| content.fast_pattern);
    marked.map_or_else(|| positive().flat_map(of).collect(), |marked| of(marked).collect())
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
        let groups = Groups::build(&report.set.rules, &indices);
        (report.set.rules, groups)
    }

    fn candidates((rules, groups): &(Vec<Rule>, Groups), ports: [u16; 2], piece: &[u8]) -> Vec<u32> {
        let mut candidates = groups.candidates(rules.len());
        groups.search(ports, piece, &mut candidates);
        let mut found: Vec<u32> = candidates.rules.iter().map(|index| rules[*index].id.sid).collect();
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
        assert!(groups.1.joined);
        assert_eq!(candidates(&groups, [40_000, 502], b"..PATTERN0042..abcd"), [1, 3, 4, 142]);
    }
}
