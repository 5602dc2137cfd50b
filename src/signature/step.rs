//! What a rule asks of a piece's bytes, in the order in which it is written.

use super::buffer::Buffer;
use super::content::Content;
use super::field::{ByteExtract, ByteJump, ByteTest, DataAt};
use super::frame::Frame;
use super::math::ByteMath;
use super::operand::Extracted;
use super::pattern::Pattern;
use super::size::SizeCondition;

/// One keyword, and the part of the piece that it looks at.
#[derive(Clone, Debug)]
pub struct Step {
    pub buffer: Buffer,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Content(Content),
    Pattern(Pattern),
    Test(ByteTest),
    Jump(ByteJump),
    Extract(ByteExtract),
    Math(ByteMath),
    DataAt(DataAt),
    /// `bsize:`.
    Size(SizeCondition),
}

/// A piece as a rule sees it.
pub struct View<'a> {
    pub payload: &'a [u8],
    /// The message of the piece that is asked, where the rule asks for messages.
    pub frame: Option<&'a Frame>,
    /// Something must be found behind so many bytes: those before were asked already.
    pub beyond: usize,
}

/// How far a rule has come.
#[derive(Clone, Copy)]
struct At {
    buffer: Buffer,
    /// End of what was found last, within its buffer.
    cursor: usize,
    /// The furthest byte of the payload that anything looked at.
    reach: usize,
    extracted: Extracted,
}

/// Bytes searched for the price of one step.
const BYTES_PER_STEP: usize = 256;

impl Step {
    /// It counts from where the one before it ended.
    pub const fn is_relative(&self) -> bool {
        match &self.what {
            What::Content(content) => content.is_relative(),
            What::Pattern(pattern) => pattern.relative,
            What::Test(test) => test.field.relative,
            What::Jump(jump) => jump.field.relative,
            What::Extract(extract) => extract.field.relative,
            What::Math(math) => math.field.relative,
            What::DataAt(data) => data.relative,
            What::Size(_) => false,
        }
    }

    /// It asks for a place counted from the start of the piece.
    pub fn is_bound(&self) -> bool {
        match &self.what {
            _ if self.buffer != Buffer::Payload => true,
            What::Content(content) => content.is_bound(),
            What::Pattern(pattern) => pattern.anchored && !pattern.relative,
            What::Size(_) => true,
            _ => !self.is_relative(),
        }
    }
}

impl At {
    /// Something was found up to here in a buffer that begins at `start`.
    fn reached(self, start: usize, cursor: usize) -> Self {
        At { cursor, reach: self.reach.max(start.saturating_add(cursor)), ..self }
    }
}

impl At {
    fn with(mut self, slot: usize, value: u64) -> Self {
        if let Some(kept) = self.extracted.get_mut(slot) {
            *kept = value;
        }
        self
    }
}

/// Whether all steps hold. Where a later one does not, an earlier one tries its next place, as long as `budget` lasts.
pub fn hold(steps: &[Step], view: &View<'_>, budget: &mut u32) -> bool {
    let reach = view.frame.map_or(0, |frame| frame.data.start);
    from(steps, view, At { buffer: Buffer::Payload, cursor: 0, reach, extracted: [0; 4] }, budget)
}

fn from(steps: &[Step], view: &View<'_>, at: At, budget: &mut u32) -> bool {
    let Some((step, rest)) = steps.split_first() else { return view.beyond == 0 || at.reach > view.beyond };
    let Some(range) = step.buffer.range(view.payload, view.frame) else { return false };
    let region = view.payload.get(range.clone()).unwrap_or_default();
    let cursor = if step.buffer == at.buffer { at.cursor.min(region.len()) } else { 0 };
    let at = At { buffer: step.buffer, cursor, ..at };
    let reached = |cursor: usize| at.reached(range.start, cursor);
    if !pay(budget, region) {
        return false;
    }
    match &step.what {
        What::Content(content) => {
            let mut ends = content.ends(region, cursor, &at.extracted);
            if content.negated {
                return ends.next().is_none() && from(rest, view, at, budget);
            }
            first(rest, view, &mut ends.map(reached), budget)
        }
        What::Pattern(pattern) => {
            let base = if pattern.relative { cursor } else { 0 };
            let region = region.get(base..).unwrap_or_default();
            if pattern.negated {
                return pattern.find(region, 0).is_none() && from(rest, view, at, budget);
            }
            let mut start = 0;
            let mut ends = std::iter::from_fn(|| {
                let (found, end) = pattern.find(region, start)?;
                start = found + 1;
                Some(reached(base + end))
            });
            first(rest, view, &mut ends, budget)
        }
        What::Test(test) => test.holds(region, cursor, &at.extracted).is_some_and(|end| {
            let next = At { cursor, ..reached(end) };
            from(rest, view, next, budget)
        }),
        What::Jump(jump) => {
            jump.lands(region, cursor, &at.extracted).is_some_and(|end| from(rest, view, reached(end), budget))
        }
        What::Extract(extract) => {
            let value = extract.value(region, cursor, &at.extracted);
            value.is_some_and(|(value, end)| from(rest, view, reached(end).with(extract.slot, value), budget))
        }
        What::Math(math) => {
            let value = math.value(region, cursor, &at.extracted);
            value.is_some_and(|(value, end)| from(rest, view, reached(end).with(math.slot, value), budget))
        }
        What::DataAt(data) => {
            let next = At { cursor, ..reached(data.reach(cursor, region.len(), &at.extracted)) };
            data.holds(region, cursor, &at.extracted) && from(rest, view, next, budget)
        }
        What::Size(size) => size.holds(region.len()) && from(rest, view, at, budget),
    }
}

/// Whether the rest holds from one of these places. Where nothing depends on the place, the first one tells.
fn first(rest: &[Step], view: &View<'_>, places: &mut dyn Iterator<Item = At>, budget: &mut u32) -> bool {
    let any_place = view.beyond == 0 && !rest.iter().any(Step::is_relative);
    for place in places {
        if from(rest, view, place, budget) {
            return true;
        }
        if any_place || !pay(budget, view.payload) {
            return false;
        }
    }
    false
}

/// Takes the price of looking through a region; false where the budget is spent.
fn pay(budget: &mut u32, region: &[u8]) -> bool {
    let price = u32::try_from(region.len() / BYTES_PER_STEP + 1).unwrap_or(u32::MAX);
    *budget = budget.saturating_sub(price);
    *budget > 0
}
