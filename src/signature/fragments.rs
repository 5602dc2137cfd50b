//! Which of many contents may be in a piece: told by up to four bytes of each, in one walk over the piece, whatever their
//! number. Case is left out of it; what is found is asked in full afterwards.

use std::cmp::Reverse;

use aho_corasick::packed::{self, Searcher};
use smallvec::SmallVec;

use super::candidates::{Candidates, List};
use super::content::Content;
use super::operand::Operand;
use crate::event::{Map, Set};

/// Bytes of a content that are looked for.
const LENGTH: usize = 4;
/// Places with a fixed offset that are looked at before anything is searched for; further ones are searched for.
const MAX_PLACES: usize = 32;
/// The vector search takes no more.
const MAX_QUICK: usize = 64;

/// Parts of one content that are weighed against each other.
const MAX_PARTS: usize = 64;
/// What is as telling as this is told apart by how many others look for the same.
const TELLING: u32 = 6;

/// Bytes at a piece's beginning that are walked through for what must lie in them, however long the piece is.
const NEAR: usize = 128;

/// Where a part of a content may lie in a piece.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Place {
    At(usize),
    Near,
    Anywhere,
}

/// A part of a content that may be looked for, in small letters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fragment {
    place: Place,
    bytes: SmallVec<[u8; LENGTH]>,
}

impl Fragment {
    /// All parts of a content. `in_payload`: its bounds count from the start of the piece.
    pub fn all(content: &Content, in_payload: bool) -> impl Iterator<Item = Self> {
        let place = if in_payload { place(content) } else { Place::Anywhere };
        let length = content.bytes.len().min(LENGTH);
        content.bytes.windows(length.max(1)).take(MAX_PARTS).enumerate().map(move |(skip, window)| Fragment {
            place: if let Place::At(start) = place { Place::At(start + skip) } else { place },
            bytes: window.iter().map(u8::to_ascii_lowercase).collect(),
        })
    }

    /// How much is gained by looking for it.
    fn worth(&self) -> u32 {
        // A fixed place is one look, and few packets have the same there by accident.
        worth(&self.bytes) + if matches!(self.place, Place::At(_)) { 8 } else { 0 }
    }
}

/// How seldom bytes are in what machines say.
fn worth(bytes: &[u8]) -> u32 {
    let telling = |byte: &u8| match byte {
        0 => 0,
        0xff | 0x20 => 1,
        1..=0x10 => 2,
        _ => 4,
    };
    let is_first = |at: &usize| !bytes[..*at].contains(&bytes[*at]);
    (0..bytes.len()).filter(is_first).map(|at| telling(&bytes[at])).sum()
}

/// Where a content must begin, or that it must end near the piece's beginning.
fn place(content: &Content) -> Place {
    let fixed = |operand: Operand| if let Operand::Is(n) = operand { usize::try_from(n).ok() } else { None };
    let start = content.offset.map_or(Some(0), fixed);
    match (start, content.depth.and_then(fixed)) {
        _ if content.is_relative() => Place::Anywhere,
        (Some(start), Some(depth)) if depth == content.bytes.len() => Place::At(start),
        (Some(start), Some(depth)) if start.saturating_add(depth) <= NEAR => Place::Near,
        _ => Place::Anywhere,
    }
}

/// The contents of many rules.
#[derive(Default)]
pub struct Fragments {
    places: Vec<(usize, Table)>,
    near: Vec<Table>,
    anywhere: Vec<Table>,
    /// Says that none of those that may be anywhere is there, many bytes at a time; where there are few of them.
    quick: Option<Searcher>,
}

/// Fragments of one length.
struct Table {
    length: usize,
    /// A bit for each value that a fragment's number is mapped to.
    filter: Vec<u64>,
    shift: u32,
    lists: Map<u32, List>,
}

impl Fragments {
    /// Each rule with the parts of which one must be there; `next` numbers the lists.
    pub fn build(members: Vec<(usize, Vec<Fragment>)>, next: &mut usize) -> Self {
        let mut shared: Map<Fragment, u32> = Map::default();
        for fragment in members.iter().flat_map(|(_, parts)| parts) {
            *shared.entry(fragment.clone()).or_default() += 1;
        }
        let gain = |part: &Fragment| {
            let worth = part.worth();
            (worth.min(TELLING), Reverse(shared.get(part).copied()), worth)
        };
        let chosen = members.into_iter().filter_map(|(rule, parts)| Some((parts.into_iter().max_by_key(gain)?, rule)));
        let mut sorted: Map<(Place, usize), Vec<(Fragment, usize)>> = Map::default();
        let mut places = Set::default();
        for (mut fragment, rule) in chosen {
            let length = fragment.bytes.len();
            if let Place::At(at) = fragment.place
                && places.len() >= MAX_PLACES
                && !places.contains(&(at, length))
            {
                fragment.place = if at + length <= NEAR { Place::Near } else { Place::Anywhere };
            }
            if let Place::At(at) = fragment.place {
                places.insert((at, length));
            }
            sorted.entry((fragment.place, length)).or_default().push((fragment, rule));
        }
        let mut all = Fragments::default();
        for ((place, length), members) in sorted {
            let table = Table::build(length, members, next);
            match place {
                Place::At(at) => all.places.push((at, table)),
                Place::Near => all.near.push(table),
                Place::Anywhere => all.anywhere.push(table),
            }
        }
        all.places.sort_by_key(|(at, _)| *at);
        all.quick = quick(&all.anywhere);
        all
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.near.is_empty() && self.anywhere.is_empty()
    }

    /// Takes all rules of which something is in the piece.
    pub fn search(&self, piece: &[u8], candidates: &mut Candidates) {
        for (at, table) in &self.places {
            let Some(window) = piece.get(*at..).and_then(|rest| rest.get(..table.length)) else { break };
            if let Some(list) = table.find(window.iter().fold(0, |number, byte| push(number, *byte))) {
                candidates.take_all(list);
            }
        }
        let beginning = &piece[..piece.len().min(NEAR)];
        self.near.iter().for_each(|table| table.walk(beginning, candidates));
        if self.quick.as_ref().is_some_and(|quick| quick.find(piece).is_none()) {
            return;
        }
        self.anywhere.iter().for_each(|table| table.walk(piece, candidates));
    }
}

impl Table {
    fn build(length: usize, members: Vec<(Fragment, usize)>, next: &mut usize) -> Self {
        // Two of a hundred bits are set at most: that often the map is asked in vain.
        let bits = (members.len() * 64).next_power_of_two().clamp(1 << 10, 1 << 20);
        let mut table =
            Table { length, filter: vec![0; bits / 64], shift: 32 - bits.trailing_zeros(), lists: Map::default() };
        for (fragment, rule) in members {
            let number = fragment.bytes.into_iter().fold(0, push);
            let bit = table.bit(number);
            table.filter[bit / 64] |= 1 << (bit % 64);
            let list = table.lists.entry(number).or_insert_with(|| {
                *next += 1;
                List { number: *next - 1, rules: Vec::new() }
            });
            list.rules.push(rule);
        }
        table
    }

    fn walk(&self, piece: &[u8], candidates: &mut Candidates) {
        let mask = u32::MAX >> (32 - 8 * self.length as u32);
        let (head, rest) = piece.split_at(piece.len().min(self.length - 1));
        let mut number = head.iter().fold(0, |number, byte| push(number, *byte));
        for byte in rest {
            number = push(number, *byte);
            if let Some(list) = self.find(number & mask) {
                candidates.take_all(list);
            }
        }
    }

    fn find(&self, number: u32) -> Option<&List> {
        let bit = self.bit(number);
        let may_be = self.filter.get(bit / 64)? >> (bit % 64) & 1 == 1;
        if may_be { self.lists.get(&number) } else { None }
    }

    fn bit(&self, number: u32) -> usize {
        (number.wrapping_mul(0x9e37_79b1) >> self.shift) as usize
    }
}

fn push(number: u32, byte: u8) -> u32 {
    number << 8 | u32::from(byte.to_ascii_lowercase())
}

/// `None` where the machine has no vector search, or there is too much for it.
fn quick(tables: &[Table]) -> Option<Searcher> {
    let mut all: Set<Vec<u8>> = Set::default();
    for table in tables {
        for number in table.lists.keys() {
            all.extend(spellings(&number.to_be_bytes()[LENGTH - table.length..]));
            if all.len() > MAX_QUICK {
                return None;
            }
        }
    }
    if all.is_empty() { None } else { packed::Config::new().builder().extend(&all).build() }
}

/// All ways to write a fragment in small and large letters.
fn spellings(fragment: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for &byte in fragment {
        let large = byte.to_ascii_uppercase();
        let forms: &[u8] = if large == byte { &[byte] } else { &[byte, large] };
        all = all.into_iter().flat_map(|start| forms.iter().map(move |form| [&start[..], &[*form]].concat())).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(bytes: &[u8], offset: Option<i64>, depth: Option<i64>) -> Content {
        let mut content = Content::new(bytes.to_vec(), false);
        (content.offset, content.depth) = (offset.map(Operand::Is), depth.map(Operand::Is));
        content
    }

    /// Rules with one content each, and what they find.
    fn search(contents: &[Content], piece: &[u8]) -> Vec<usize> {
        let mut numbers = 0;
        let parts = |content| Fragment::all(content, true).collect();
        let fragments = Fragments::build(contents.iter().map(parts).enumerate().collect(), &mut numbers);
        assert!(fragments.quick.is_some() || fragments.anywhere.is_empty() || contents.len() > 16);
        let mut candidates = Candidates::new(contents.len(), numbers);
        candidates.clear();
        fragments.search(piece, &mut candidates);
        candidates.rules.sort_unstable();
        candidates.rules
    }

    #[test]
    fn what_is_looked_for_is_the_most_telling_part() {
        let contents = [content(b"\0\0\0\0\x01aBc", None, None)];
        assert_eq!(search(&contents, b"--\0\0\0\0--"), [0; 0]);
        assert_eq!(search(&contents, b"--\x01AbC--"), [0]);
        assert_eq!(search(&[content(b"ab", None, None)], b"--Ab"), [0]);
    }

    #[test]
    fn a_content_with_one_place_is_looked_for_there_alone() {
        let contents = [content(b"\0\x08\0\x04", Some(7), Some(4)), content(b"\xc1", None, Some(1))];
        assert_eq!(search(&contents, b"1234567\0\x08\0\x04"), [0]);
        assert_eq!(search(&contents, b"123456\0\x08\0\x04\xc1"), [0; 0]);
        assert_eq!(search(&contents, b"\xc1"), [1]);
        let places = |content: &Content, in_payload| Fragment::all(content, in_payload).next().unwrap().place;
        assert_eq!(places(&content(b"ab", Some(7), Some(3)), true), Place::Near, "it has two places");
        assert_eq!(places(&content(b"ab", Some(7), Some(300)), true), Place::Anywhere);
        assert_eq!(places(&content(b"ab", Some(7), Some(2)), false), Place::Anywhere, "it is not the piece's seventh");
    }

    #[test]
    fn few_and_many_are_found_alike() {
        for count in [10, 3000] {
            let contents: Vec<Content> =
                (0..count).map(|i| content(format!("pattern {}", 1234 + i).as_bytes(), None, None)).collect();
            assert_eq!(search(&contents, b"PATTERN 1236, pattern 1241"), [2, 7]);
            assert_eq!(search(&contents, b"pattern"), [0; 0], "what many share tells nothing");
        }
    }
}
