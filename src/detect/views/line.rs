//! Whether one point follows another: the same number, or scaled.

use smallvec::SmallVec;

use super::trail;

/// Slots that two points must have gone together.
const LEAST: usize = 12;
/// One in so many may lie off the line: a value that changed between two looks, a network that stood still.
const OFF: usize = 6;
/// How far one may be off the line, as a share of how far it moves: the two are never asked at the same moment.
const CLOSE: f64 = 0.05;
/// How much further it may be off later.
const SLACK: f64 = 2.0;

type Pairs = SmallVec<[(f64, f64); trail::MOST]>;

/// One point as it follows from another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Line {
    scale: f64,
    offset: f64,
    /// The largest distance there was, but for those that lie off.
    pub error: f64,
    /// How far the point moved.
    range: f64,
}

impl Line {
    /// The line through pairs of source and follower, where nearly all lie on one. By medians (Theil and Sen), which a few
    /// that lie off do not move.
    pub fn through(pairs: impl Iterator<Item = (f64, f64)>) -> Option<Line> {
        let pairs: Pairs = pairs.collect();
        if pairs.len() < LEAST || !go_together(&pairs) {
            return None;
        }
        let scale = median(slopes(&pairs))?;
        let offset = median(pairs.iter().map(|(x, y)| y - scale * x).collect())?;
        let (low, high) = pairs.iter().fold((f64::MAX, f64::MIN), |(low, high), (_, y)| (low.min(*y), high.max(*y)));
        let range = high - low;
        let distances = pairs.iter().map(|(x, y)| (y - (scale * x + offset)).abs());
        let (near, off): (Pairs, Pairs) =
            distances.map(|d| (d, d)).partition(|(distance, _)| *distance <= CLOSE * range);
        let error = near.iter().fold(0.0, |error: f64, (distance, _)| error.max(*distance));
        // What is no number fails here, too.
        let fits = scale != 0.0 && range > 0.0 && off.len() * OFF <= pairs.len();
        fits.then_some(Line { scale, offset, error, range })
    }

    pub fn of(&self, source: f64) -> f64 {
        self.scale * source + self.offset
    }

    /// How far it is off beyond what is allowed to it.
    pub fn contradicts(&self, source: f64, follower: f64) -> bool {
        self.distance(source, follower) > SLACK * self.error + CLOSE * self.range
    }

    pub fn distance(&self, source: f64, follower: f64) -> f64 {
        (follower - self.of(source)).abs()
    }

    /// That it was once so far off meant nothing.
    pub fn allow(&mut self, distance: f64) {
        self.error = self.error.max(distance.min(2.0 * CLOSE * self.range));
    }

    /// Which of two lines a point is nearer to, whatever its unit.
    pub fn misfit(&self) -> f64 {
        self.error / self.range
    }
}

/// Mostly up and down at the same time, or one up and the other down: asked first, for it costs little.
fn go_together(pairs: &[(f64, f64)]) -> bool {
    let steps = pairs.windows(2).map(|two| (two[1].0 - two[0].0) * (two[1].1 - two[0].1));
    let (same, other) =
        steps.fold((0, 0), |(same, other), step| (same + usize::from(step > 0.0), other + usize::from(step < 0.0)));
    same.max(other) * 4 >= 3 * (same + other) && same + other > 0
}

fn slopes(pairs: &[(f64, f64)]) -> Vec<f64> {
    let two = pairs
        .iter()
        .enumerate()
        .flat_map(|(at, a)| pairs.get(at + 1..).unwrap_or_default().iter().map(move |b| (a, b)));
    two.filter(|(a, b)| a.0 != b.0).map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect()
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    let middle = numbers.len() / 2;
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(at: f64) -> f64 {
        500.0 + 100.0 * (at / 2.0).sin()
    }

    fn pairs(follower: impl Fn(f64) -> f64) -> impl Iterator<Item = (f64, f64)> {
        (0..16).map(f64::from).map(move |at| (wave(at), follower(at)))
    }

    #[test]
    fn what_is_scaled_lies_on_a_line_and_what_goes_its_own_way_does_not() {
        let line = Line::through(pairs(|at| wave(at) / 10.0 - 3.0)).unwrap();
        assert!(line.error < 1e-9 && (line.of(600.0) - 57.0).abs() < 1e-9, "{line:?}");
        assert!(line.contradicts(600.0, 50.0) && !line.contradicts(600.0, 56.5));
        assert_eq!(Line::through(pairs(|at| wave(at + 3.0))), None, "another phase");
        assert_eq!(Line::through(pairs(|_| 7.0)), None, "stands still");
        assert_eq!(Line::through(pairs(wave).take(LEAST - 1)), None, "too few");
        assert_eq!(Line::through((0..16).map(|at| (7.0, f64::from(at)))), None, "the source stands still");
        assert_eq!(Line::through(pairs(|_| f64::NAN)), None);
    }

    #[test]
    fn a_few_that_lie_off_do_not_move_the_line() {
        let disturbed = |at: f64| if at == 5.0 || at == 11.0 { 900.0 } else { wave(at) };
        let line = Line::through(pairs(disturbed)).unwrap();
        assert!((line.of(550.0) - 550.0).abs() < 1e-9, "{line:?}");
        let torn = |at: f64| if at % 4.0 == 1.0 { 900.0 } else { wave(at) };
        assert_eq!(Line::through(pairs(torn)), None, "too many");
    }

    #[test]
    fn what_is_asked_a_moment_later_is_allowed_for() {
        let late = |at: f64| wave(at + 0.08);
        let line = Line::through(pairs(late)).unwrap();
        assert!((0..100).map(f64::from).all(|at| !line.contradicts(wave(at), late(at))), "{line:?}");
        assert!((0..100).map(f64::from).any(|at| line.contradicts(wave(at), wave(at + 4.0))));
    }
}
