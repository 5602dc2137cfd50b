//! Which of many contents may be in a piece: told by up to four bytes of each, in one walk over the piece, whatever their
//! number. Case is left out of it; what is found is asked in full afterwards.
//!
//! The walk looks at pairs of neighbouring bytes: one bit says whether anything that is looked for ends with this pair, and
//! with most pairs nothing does.

use super::candidates::{Candidates, List};
use super::content::Content;
use super::operand::Operand;
use crate::event::{Map, Set};

/// Bytes of a content that are looked for.
const LENGTH: usize = 4;
/// Places with a fixed offset that are looked at before anything is searched for; further ones are searched for.
const MAX_PLACES: usize = 16;

/// Parts of one content that are weighed against each other.
const MAX_PARTS: u16 = 64;
/// What is as telling as this is told apart by how many others look for the same.
const TELLING: u32 = 6;

/// Bytes at a piece's beginning that are walked through for what must lie in them, however long the piece is.
const NEAR: usize = 128;

/// Where a part of a content may lie in a piece.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Place {
    At(u16),
    Near,
    Anywhere,
}

/// A part of a content that may be looked for, in small letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fragment {
    place: Place,
    length: usize,
    /// Its bytes, the last one lowest.
    number: u32,
}

impl Fragment {
    /// All parts of a content. `in_payload`: its bounds count from the start of the piece.
    pub fn all(content: &Content, in_payload: bool) -> impl Iterator<Item = Self> {
        let place = if in_payload { place(content) } else { Place::Anywhere };
        let length = content.bytes.len().clamp(1, LENGTH);
        content.bytes.windows(length).zip(0..MAX_PARTS).map(move |(window, skip)| Fragment {
            place: if let Place::At(start) = place { Place::At(start + skip) } else { place },
            length,
            number: number(window),
        })
    }

    /// The best of all parts of which one must be there. `shared`: how many rules look for a part.
    pub fn best(parts: &[Self], shared: impl Fn(&Self) -> u32) -> Option<Self> {
        parts.iter().copied().max_by_key(|part| {
            let worth = part.worth();
            (worth.min(TELLING), std::cmp::Reverse(shared(part)), worth)
        })
    }

    /// How much is gained by looking for it.
    fn worth(&self) -> u32 {
        // A fixed place is one look, and few packets have the same there by accident.
        worth(&self.number.to_be_bytes()[LENGTH - self.length..])
            + if matches!(self.place, Place::At(_)) { 8 } else { 0 }
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
        (Some(start), Some(depth)) if depth == content.bytes.len() => {
            let last = u16::MAX - MAX_PARTS;
            u16::try_from(start).ok().filter(|start| *start <= last).map_or(Place::Anywhere, Place::At)
        }
        (Some(start), Some(depth)) if start.saturating_add(depth) <= NEAR => Place::Near,
        _ => Place::Anywhere,
    }
}

/// The contents of many rules.
#[derive(Default)]
pub struct Fragments {
    places: Vec<(usize, Table)>,
    /// Those that must lie near the piece's beginning, then those that may lie anywhere.
    tables: Vec<Table>,
    /// How many of the tables are for the beginning alone.
    near: usize,
    /// Ends of all that is in the tables.
    beginning: Pairs,
    /// Ends of what may lie anywhere.
    beyond: Pairs,
}

/// Fragments of one length.
struct Table {
    length: usize,
    /// A bit for each value that a fragment's number is mapped to.
    filter: Vec<u64>,
    shift: u32,
    lists: Map<u32, List>,
}

/// A bit for each two bytes with which something ends.
#[derive(Default)]
struct Pairs(Vec<u64>);

impl Fragments {
    /// Each rule with the part that must be there; `next` numbers the lists.
    pub fn build(members: &[(usize, Fragment)], next: &mut usize) -> Self {
        let mut sorted: Map<(Place, usize), Vec<(u32, usize)>> = Map::default();
        let mut places = Set::default();
        for &(rule, mut fragment) in members {
            if let Place::At(at) = fragment.place
                && places.len() >= MAX_PLACES
                && !places.contains(&(at, fragment.length))
            {
                fragment.place = if usize::from(at) + fragment.length <= NEAR { Place::Near } else { Place::Anywhere };
            }
            if let Place::At(at) = fragment.place {
                places.insert((at, fragment.length));
            }
            sorted.entry((fragment.place, fragment.length)).or_default().push((fragment.number, rule));
        }
        let mut all = Fragments::default();
        let mut anywhere = Vec::new();
        for ((place, length), members) in sorted {
            let table = Table::build(length, members, next);
            match place {
                Place::At(at) => all.places.push((usize::from(at), table)),
                Place::Near => all.tables.push(table),
                Place::Anywhere => anywhere.push(table),
            }
        }
        all.places.sort_by_key(|(at, table)| (*at, table.length));
        all.near = all.tables.len();
        all.tables.append(&mut anywhere);
        all.beginning = Pairs::of(&all.tables);
        all.beyond = Pairs::of(&all.tables[all.near..]);
        all
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.tables.is_empty()
    }

    /// Takes all rules of which something is in the piece.
    pub fn search(&self, piece: &[u8], candidates: &mut Candidates) {
        for (at, table) in &self.places {
            let Some(window) = piece.get(*at..).and_then(|rest| rest.get(..table.length)) else { continue };
            if let Some(list) = table.find(number(window)) {
                candidates.take_all(list);
            }
        }
        let seam = piece.len().min(NEAR);
        ask(&self.tables, &piece[..seam.min(1)], candidates);
        self.beginning.ends(&piece[..seam], |end| ask(&self.tables, &piece[..end], candidates));
        let (beyond, tables) = (seam.saturating_sub(1), &self.tables[self.near..]);
        self.beyond.ends(&piece[beyond..], |end| ask(tables, &piece[..beyond + end], candidates));
    }
}

/// Takes the rules of which something is at the end of these bytes.
fn ask(tables: &[Table], bytes: &[u8], candidates: &mut Candidates) {
    for table in tables {
        let start = bytes.len().checked_sub(table.length);
        if let Some(list) = start.and_then(|start| table.find(number(&bytes[start..]))) {
            candidates.take_all(list);
        }
    }
}

impl Table {
    fn build(length: usize, members: Vec<(u32, usize)>, next: &mut usize) -> Self {
        // Six of a hundred bits are set at most: that often the map is asked in vain.
        let bits = (members.len() * 16).next_power_of_two().clamp(1 << 8, 1 << 20);
        let mut table =
            Table { length, filter: vec![0; bits / 64], shift: 32 - bits.trailing_zeros(), lists: Map::default() };
        for (number, rule) in members {
            let bit = table.bit(number);
            table.filter[bit / 64] |= 1 << (bit % 64);
            let list = table.lists.entry(number).or_insert_with(|| {
                *next += 1;
                List { number: *next - 1, rules: Vec::new() }
            });
            list.rules.push(rule as u32);
        }
        table
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

impl Pairs {
    /// One of each value that two bytes can have.
    const WORDS: usize = (1 << 16) / 64;

    fn of(tables: &[Table]) -> Self {
        let mut pairs = Pairs(if tables.is_empty() { Vec::new() } else { vec![0; Self::WORDS] });
        for (length, number) in tables.iter().flat_map(|table| table.lists.keys().map(|number| (table.length, *number)))
        {
            let [.., before, last] = number.to_be_bytes();
            let befores = if length == 1 { (0..=u8::MAX).collect() } else { cases(before) };
            for pair in befores.iter().flat_map(|before| cases(last).into_iter().map(|last| (*before, last))) {
                let bit = usize::from(u16::from_be_bytes(pair.into()));
                pairs.0[bit / 64] |= 1 << (bit % 64);
            }
        }
        pairs
    }

    /// Says where each pair ends that something ends with.
    fn ends(&self, bytes: &[u8], mut found: impl FnMut(usize)) {
        let Some(words) = self.0.first_chunk::<{ Self::WORDS }>() else { return };
        for (at, pair) in bytes.windows(2).enumerate() {
            let bit = usize::from(pair[0]) << 8 | usize::from(pair[1]);
            if words[bit / 64] >> (bit % 64) & 1 == 1 {
                found(at + 2);
            }
        }
    }
}

/// Both ways to write a small letter, or the byte alone.
fn cases(small: u8) -> Vec<u8> {
    let large = small.to_ascii_uppercase();
    if large == small { vec![small] } else { vec![small, large] }
}

/// The last four bytes in small letters as a number.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(byte.to_ascii_lowercase()))
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
        let all: Vec<Vec<Fragment>> = contents.iter().map(|content| Fragment::all(content, true).collect()).collect();
        let shared = |part: &Fragment| all.iter().filter(|parts| parts.contains(part)).count() as u32;
        let best = all.iter().map(|parts| Fragment::best(parts, shared).unwrap()).enumerate();
        let fragments = Fragments::build(&best.collect::<Vec<_>>(), &mut numbers);
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
    fn what_is_short_or_at_the_seam_is_found() {
        let short = [content(b"Z", None, None), content(b"yZ", None, Some(9)), content(b"x", Some(3), Some(1))];
        assert_eq!(search(&short, b"z"), [0]);
        assert_eq!(search(&short, b"Yz-X"), [0, 1, 2]);
        let mut long = vec![b'.'; 2 * NEAR];
        for at in NEAR - 6..NEAR + 3 {
            long[at..at + 6].copy_from_slice(b"seaMED");
            assert_eq!(search(&[content(b"seamed", None, None)], &long), [0], "{at}");
            long[at..at + 6].copy_from_slice(b"......");
        }
        let late = content(b"\x51\x52", Some(500), Some(2));
        assert_eq!(
            search(&[late, content(b"\x51", Some(2), Some(1))], b"ab\x51"),
            [1],
            "a later place is beyond its end"
        );
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
