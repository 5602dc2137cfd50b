//! Whether one point follows another: the same number, or scaled.

use smallvec::SmallVec;

use super::trail;

/// Slots that two points must have gone together.
const LEAST: usize = 12;
/// How far one may be off the line, as a share of how far it moves: the two are never asked at the same moment.
const CLOSE: f64 = 0.05;
/// How much further it may be off later.
const SLACK: f64 = 2.0;

/// One point as it follows from another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Line {
    scale: f64,
    offset: f64,
    /// The largest distance there was.
    pub error: f64,
    /// How far the point moved.
    range: f64,
}

impl Line {
    /// The line through pairs of source and follower, where all lie on one.
    pub fn through(pairs: impl Iterator<Item = (f64, f64)>) -> Option<Line> {
        let pairs: SmallVec<[(f64, f64); trail::MOST]> = pairs.collect();
        if pairs.len() < LEAST {
            return None;
        }
        let count = f64::from(u32::try_from(pairs.len()).ok()?);
        let (sum_x, sum_y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0, y + pair.1));
        let (mean_x, mean_y) = (sum_x / count, sum_y / count);
        let spread: f64 = pairs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        let scale = pairs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
        let offset = mean_y - scale * mean_x;
        let error = pairs.iter().map(|(x, y)| (y - (scale * x + offset)).abs()).fold(0.0, f64::max);
        let (low, high) = pairs.iter().fold((f64::MAX, f64::MIN), |(low, high), (_, y)| (low.min(*y), high.max(*y)));
        let range = high - low;
        // What is no number fails here, too.
        let fits = spread > 0.0 && range > 0.0 && error <= CLOSE * range;
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
    fn what_is_asked_a_moment_later_is_allowed_for() {
        let late = |at: f64| wave(at + 0.08);
        let line = Line::through(pairs(late)).unwrap();
        assert!((0..100).map(f64::from).all(|at| !line.contradicts(wave(at), late(at))), "{line:?}");
        assert!((0..100).map(f64::from).any(|at| line.contradicts(wave(at), wave(at + 4.0))));
    }
}
