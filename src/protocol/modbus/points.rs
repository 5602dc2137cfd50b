//! A guess what registers hold. The protocol knows words alone, but people and limits want the number: two words may be a
//! float or a long, in four orders.
//!
//! Each message is weighed by itself, and what a register showed before weighs in: a float's exponent hardly moves, a
//! counter's upper word follows the lower one's overflow. A guess is never more than that, so each says how sure it is.

use crate::event::{Map, ModbusTable, NumberType, Point, WordOrder};

/// Registers whose past is kept on one connection.
const MAX_KEPT: usize = 256;
/// From there on a pair is told as one value.
const SURE_ENOUGH: u8 = 55;
/// Magnitudes that sensors and set points have.
const SMALLEST: f32 = 1e-4;
const LARGEST: f32 = 1e8;
/// As many samples as are counted; more add nothing.
const MAX_SAMPLES: u8 = 16;

/// What the registers of one connection's units showed so far.
#[derive(Debug, Default)]
pub struct Points {
    pairs: Map<(u8, ModbusTable, u16), Pair>,
    singles: Map<(u8, ModbusTable, u16), Single>,
}

/// Two registers beside each other, seen as one value.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    last: Option<(u16, u16)>,
    /// Different values seen.
    samples: u8,
    /// Of these, how many are a float that a sensor might give, by order.
    floats: [u8; 4],
    /// Steps in which the lower word overflowed and the upper one followed, by order.
    carries: [u8; 4],
    /// Values whose upper word only tells the sign, by order.
    signs: [u8; 4],
}

#[derive(Clone, Copy, Debug, Default)]
struct Single {
    last: Option<u16>,
    samples: u8,
    /// Samples that are small below zero, and steps through zero.
    negative: u8,
    crossings: u8,
}

impl Points {
    /// Takes words in that were read or written from an address on, and says what they probably are.
    pub fn of(&mut self, unit: u8, table: ModbusTable, address: u16, words: &[u16]) -> Vec<Point> {
        let at = |i: usize| u16::try_from(i).ok().and_then(|i| address.checked_add(i));
        let mut points = Vec::with_capacity(words.len());
        let mut pairs = Vec::with_capacity(words.len());
        for (i, word) in words.iter().enumerate() {
            let Some(here) = at(i) else { break };
            let single = self.single(unit, table, here, *word);
            points.push(Point { address: here, ..single });
            let pair = words.get(i + 1).and_then(|next| self.pair(unit, table, here, (*word, *next)));
            pairs.push(pair.map(|pair| Point { address: here, ..pair }));
        }
        settle(&points, &pairs)
    }

    fn single(&mut self, unit: u8, table: ModbusTable, address: u16, word: u16) -> Point {
        let mut fresh = Single::default();
        let single = match self.singles.len() < MAX_KEPT {
            true => self.singles.entry((unit, table, address)).or_default(),
            false => self.singles.get_mut(&(unit, table, address)).unwrap_or(&mut fresh),
        };
        single.see(word);
        single.guess(word)
    }

    fn pair(&mut self, unit: u8, table: ModbusTable, address: u16, words: (u16, u16)) -> Option<Point> {
        let mut fresh = Pair::default();
        let pair = match self.pairs.len() < MAX_KEPT {
            true => self.pairs.entry((unit, table, address)).or_default(),
            false => self.pairs.get_mut(&(unit, table, address)).unwrap_or(&mut fresh),
        };
        pair.see(words);
        pair.guess(words).filter(|point| point.confidence >= SURE_ENOUGH)
    }
}

/// Pairs where they are sure enough and surer than the pair that begins one register later; single words elsewhere.
fn settle(singles: &[Point], pairs: &[Option<Point>]) -> Vec<Point> {
    let mut points = Vec::with_capacity(singles.len());
    let mut i = 0;
    while i < singles.len() {
        let next = pairs.get(i + 1).copied().flatten();
        match pairs[i].filter(|pair| next.is_none_or(|next| next.confidence <= pair.confidence)) {
            Some(pair) => {
                points.push(pair);
                i += 2;
            }
            None => {
                points.push(singles[i]);
                i += 1;
            }
        }
    }
    points
}

/// The word as the upper half of a pair's bits, as its lower half.
const fn halves(bits: u32) -> (u16, u16) {
    ((bits >> 16) as u16, bits as u16)
}

impl Single {
    fn see(&mut self, word: u16) {
        if self.last == Some(word) {
            return;
        }
        let is_negative = |word: u16| word >= 0xf000;
        self.samples = (self.samples + 1).min(MAX_SAMPLES);
        self.negative = (self.negative + u8::from(is_negative(word))).min(self.samples);
        if let Some(last) = self.last {
            let step = i32::from(word.cast_signed()) - i32::from(last.cast_signed());
            let crosses = is_negative(last) != is_negative(word) && step.abs() < 0x1000;
            self.crossings = self.crossings.saturating_add(u8::from(crosses));
        }
        self.last = Some(word);
    }

    fn guess(&self, word: u16) -> Point {
        let (signed, confidence) = match self {
            Single { crossings: 1.., .. } => (true, 85),
            Single { negative: 1.., .. } if self.negative == self.samples => (true, 55),
            Single { negative: 1.., .. } => (true, 50),
            Single { samples: 0..=1, .. } => (false, 40),
            Single { samples, .. } => (false, 50 + 2 * (*samples).min(10)),
        };
        let (kind, value) =
            if signed { (NumberType::I16, f64::from(word.cast_signed())) } else { (NumberType::U16, f64::from(word)) };
        Point { address: 0, kind, order: None, value, confidence }
    }
}

impl Pair {
    fn see(&mut self, words: (u16, u16)) {
        if self.last == Some(words) {
            return;
        }
        self.samples = self.samples.saturating_add(1);
        for (i, order) in WordOrder::ALL.into_iter().enumerate() {
            let bits = order.join(words.0, words.1);
            self.floats[i] = self.floats[i].saturating_add(u8::from(is_reading(bits)));
            let (high, low) = halves(bits);
            let sign = high == 0xffff && low >= 0x8000;
            self.signs[i] = self.signs[i].saturating_add(u8::from(sign));
            if let Some(last) = self.last {
                let before = order.join(last.0, last.1);
                let carries = halves(before).0.abs_diff(high) == 1 && before.abs_diff(bits) < 0x8000;
                self.carries[i] = self.carries[i].saturating_add(u8::from(carries));
            }
        }
        self.last = Some(words);
    }

    fn guess(&self, words: (u16, u16)) -> Option<Point> {
        let integer = best(&self.carries).map(|(order, _)| (NumberType::U32, order, 80));
        let negative = best(&self.signs).map(|(order, _)| (NumberType::I32, order, 60));
        let float = self.float().map(|(order, confidence)| (NumberType::F32, order, confidence));
        let (mut kind, order, confidence) =
            [float, integer, negative].into_iter().flatten().max_by_key(|(.., confidence)| *confidence)?;
        let bits = order.join(words.0, words.1);
        if kind == NumberType::U32 && bits >= 0xff00_0000 {
            kind = NumberType::I32;
        }
        let value = match kind {
            NumberType::F32 => f64::from(f32::from_bits(bits)),
            NumberType::I32 => f64::from(bits.cast_signed()),
            _ => f64::from(bits),
        };
        Some(Point { address: 0, kind, order: Some(order), value, confidence })
    }

    /// The one order in which every sample was a reading; two of them are half as sure.
    fn float(&self) -> Option<(WordOrder, u8)> {
        let always = |i: &usize| self.floats[*i] == self.samples && self.samples > 0;
        let mut fits = (0..4).filter(always);
        let first = fits.next()?;
        let samples = self.samples.min(MAX_SAMPLES);
        // Each further sample closes a part of what is left to be sure.
        let confidence = 55 + 5 * samples.saturating_sub(1) / 2;
        let others = u8::try_from(fits.count()).unwrap_or(3);
        Some((WordOrder::ALL[first], confidence.saturating_sub(15 * others)))
    }
}

fn best(counts: &[u8; 4]) -> Option<(WordOrder, u8)> {
    let (order, count) = WordOrder::ALL.into_iter().zip(counts).rev().max_by_key(|(_, count)| **count)?;
    (*count > 0).then_some((order, *count))
}

/// A float of the size that sensors give. Zero is no proof of anything.
fn is_reading(bits: u32) -> bool {
    let value = f32::from_bits(bits).abs();
    (SMALLEST..LARGEST).contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: ModbusTable = ModbusTable::HoldingRegister;

    fn words(bits: u32, order: WordOrder) -> [u16; 2] {
        let (high, low) = halves(bits);
        match order {
            WordOrder::Abcd => [high, low],
            WordOrder::Cdab => [low, high],
            WordOrder::Badc => [high.swap_bytes(), low.swap_bytes()],
            WordOrder::Dcba => [low.swap_bytes(), high.swap_bytes()],
        }
    }

    #[test]
    fn floats_are_found_in_every_order_and_the_guess_grows_surer() {
        for order in WordOrder::ALL {
            let mut points = Points::default();
            let mut sure = 0;
            // One sample may look like a float in two orders.
            points.of(1, TABLE, 40, &words(21.37f32.to_bits(), order));
            for value in [20.013f32, 21.41, 21.62, 22.03, 21.88] {
                let [point] = points.of(1, TABLE, 40, &words(value.to_bits(), order))[..] else { panic!("{order:?}") };
                assert_eq!((point.kind, point.order, point.address), (NumberType::F32, Some(order), 40), "{order:?}");
                assert!((point.value - f64::from(value)).abs() < 1e-6);
                assert!(point.confidence >= sure);
                sure = point.confidence;
            }
            assert!(sure > SURE_ENOUGH, "{sure}");
        }
    }

    #[test]
    fn a_counter_shows_itself_when_its_lower_word_overflows() {
        for order in WordOrder::ALL {
            let mut points = Points::default();
            points.of(1, TABLE, 0, &words(0x0001_fff0, order));
            let guess = points.of(1, TABLE, 0, &words(0x0002_0004, order));
            let [point] = guess[..] else { panic!("{order:?} {guess:?}") };
            assert_eq!((point.kind, point.order, point.value), (NumberType::U32, Some(order), 131_076.0));
        }
    }

    #[test]
    fn small_words_stay_words_and_those_below_zero_have_a_sign() {
        let mut points = Points::default();
        let kinds = |points: Vec<Point>| points.iter().map(|point| (point.kind, point.value)).collect::<Vec<_>>();
        let first = kinds(points.of(1, TABLE, 10, &[555, 100, 0, 1]));
        assert_eq!(first, [555.0, 100.0, 0.0, 1.0].map(|value| (NumberType::U16, value)));
        points.of(1, TABLE, 20, &[3]);
        assert_eq!(kinds(points.of(1, TABLE, 20, &[0xfffe])), [(NumberType::I16, -2.0)]);
        assert_eq!(kinds(points.of(1, TABLE, 30, &[0xffff, 0xff00])), [(NumberType::I32, -256.0)]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut points = Points::default();
        for unit in 0..20 {
            points.of(unit, TABLE, 0, &[7; 125]);
        }
        assert!(points.singles.len() <= MAX_KEPT && points.pairs.len() <= MAX_KEPT);
    }
}
