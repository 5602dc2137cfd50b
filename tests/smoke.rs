//! The fuzz targets for a minute in all, on stable tools and without the compiler's help: every seed as it is, then seeds with
//! bytes changed, cut, doubled and mixed. `tests/fuzz/run` searches deeper.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "fuzz/bodies/decode.rs"]
mod decode;
#[path = "fuzz/bodies/files.rs"]
mod files;
#[path = "fuzz/bodies/filter.rs"]
mod filter;
#[path = "fuzz/bodies/flow.rs"]
mod flow;
#[path = "fuzz/bodies/protocols.rs"]
mod protocols;

/// For each target; `FENGSUI_SMOKE_SECONDS` sets another time.
const SECONDS: u64 = 12;
const LONGEST: usize = 8192;

fn smoke(target: &str, body: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target);
    let seeds: Vec<Vec<u8>> =
        fs::read_dir(folder).unwrap().map(|seed| fs::read(seed.unwrap().path()).unwrap()).collect();
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| body(seed));
    let seconds = std::env::var("FENGSUI_SMOKE_SECONDS").ok().and_then(|value| value.parse().ok()).unwrap_or(SECONDS);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut dice = Dice(target.len() as u64);
    while Instant::now() < end {
        let input = dice.changed(&seeds);
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(&input)));
        assert!(told.is_ok(), "{target} fails on {input:02x?}");
    }
}

/// The same throws in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ x >> 31) as usize % sides.max(1)
    }

    fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.roll(seeds.len())].clone();
        for _ in 0..=self.roll(8) {
            let at = self.roll(input.len());
            match self.roll(6) {
                0 if !input.is_empty() => input[at] = [0, 1, 0x7f, 0x80, 0xff][self.roll(5)],
                1 if !input.is_empty() => input[at] ^= 1 << self.roll(8),
                2 => input.truncate(at),
                3 => input.insert(at, self.roll(256) as u8),
                4 => {
                    let part = input[at..(at + self.roll(64)).min(input.len())].to_vec();
                    input.splice(at..at, part);
                }
                _ => {
                    let other = &seeds[self.roll(seeds.len())];
                    let from = self.roll(other.len());
                    input.truncate(at);
                    input.extend_from_slice(&other[from..]);
                }
            }
        }
        input.truncate(LONGEST);
        input
    }
}

#[test]
fn frames() {
    smoke("decode", decode::run);
}

#[test]
fn capture_files() {
    smoke("files", files::run);
}

#[test]
fn filters() {
    smoke("filter", filter::run);
}

#[test]
fn streams() {
    smoke("flow", flow::run);
}

#[test]
fn conversations() {
    smoke("protocols", protocols::run);
}
