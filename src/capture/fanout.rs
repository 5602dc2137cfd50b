//! Several rings on one interface, among which the kernel shares out the frames (PACKET_FANOUT, packet(7)).
//!
//! The kernel runs our program on each frame. It gives the number that [`between`] gives, so that the kernel and
//! `decode::shard` agree on plain IPv4; of all else (tunnels, IPv6) a reader hands on what is another's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::filter::{Instruction, code};

/// What the rings of one interface have in common.
#[derive(Debug, Default)]
pub struct Fanout {
    members: Mutex<Members>,
    /// Frames and bytes of all rings: a frame's number is what evidence is found by.
    frames: AtomicU64,
    bytes: AtomicU64,
}

/// The group as the kernel knows it, as long as it has members.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub id: Option<u16>,
    pub count: usize,
}

impl Fanout {
    pub(super) fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of the next frame, from one on, and its place among the bytes of all.
    pub(super) fn count(&self, bytes: u64) -> (u64, u64) {
        (self.frames.fetch_add(1, Ordering::Relaxed) + 1, self.bytes.fetch_add(bytes, Ordering::Relaxed))
    }
}

/// A number for two ends, the same whichever comes first. Each is mixed by itself: the ends of a plant's links differ in the
/// same few bits, and what they differ in must not be all that counts.
pub const fn between(one: u32, other: u32) -> u32 {
    mix(mix(one).wrapping_add(mix(other)))
}

const FACTORS: [u32; 2] = [0x7feb_352d, 0x846c_a68b];
const SHIFTS: [u32; 3] = [16, 15, 16];

const fn mix(mut x: u32) -> u32 {
    x ^= x >> SHIFTS[0];
    x = x.wrapping_mul(FACTORS[0]);
    x ^= x >> SHIFTS[1];
    x = x.wrapping_mul(FACTORS[1]);
    x ^ x >> SHIFTS[2]
}

/// Offsets that stand for what the kernel knows of a frame (linux/filter.h): its EtherType without the tag that was taken
/// out, and the header behind it.
const ETHER_TYPE: u32 = (-0x1000_i32).cast_unsigned();
const NETWORK: u32 = (-0x10_0000_i32).cast_unsigned();

/// The program that the kernel runs: gives [`between`] of an IPv4 packet's addresses, also behind a second VLAN tag, and
/// zero for all else.
pub(super) fn program() -> Vec<Instruction> {
    let op = |code, k| Instruction { code, jump_true: 0, jump_false: 0, k };
    let hash = |at: u32| {
        let mut hash = vec![op(code::LD_WORD, at + 12)];
        hash.extend(mixing());
        hash.extend([op(code::ST, 0), op(code::LD_WORD, at + 16)]);
        hash.extend(mixing());
        hash.extend([op(code::LDX_MEMORY, 0), op(code::ADD_X, 0)]);
        hash.extend(mixing());
        hash.push(op(code::RETURN_A, 0));
        hash
    };
    let (plain, tagged) = (hash(NETWORK), hash(NETWORK + 4));
    let skip = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    let unless = |k, over: usize| Instruction { jump_false: skip(over), ..op(code::JUMP_EQUAL, k) };
    let mut all = vec![op(code::LD_HALF, ETHER_TYPE), unless(0x0800, plain.len())];
    all.extend(plain);
    // An inner tag: its identifier, then the EtherType that counts.
    all.push(Instruction { jump_true: 1, ..op(code::JUMP_EQUAL, 0x8100) });
    all.push(unless(0x88a8, tagged.len() + 2));
    all.push(op(code::LD_HALF, NETWORK + 2));
    all.push(unless(0x0800, tagged.len()));
    all.extend(tagged);
    all.push(op(code::RETURN, 0));
    all
}

/// [`mix`] of the accumulator.
fn mixing() -> Vec<Instruction> {
    let op = |code, k| Instruction { code, jump_true: 0, jump_false: 0, k };
    let fold = |shift| [op(code::TAX, 0), op(code::RSH, shift), op(code::XOR_X, 0)];
    let mut all = fold(SHIFTS[0]).to_vec();
    all.push(op(code::MULTIPLY, FACTORS[0]));
    all.extend(fold(SHIFTS[1]));
    all.push(op(code::MULTIPLY, FACTORS[1]));
    all.extend(fold(SHIFTS[2]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Controllers numbered alike in many lines, as plants are built.
    #[test]
    fn hosts_numbered_alike_are_shared_out_evenly() {
        for workers in [2, 3, 4, 8] {
            let mut shares = vec![0u32; workers];
            for line in 0..250 {
                for controller in 2..6 {
                    let share = between(0x0a00_0001 | line << 8, 0x0a00_0000 | line << 8 | controller);
                    shares[share as usize % workers] += 1;
                }
            }
            let fair = 1000 / workers as u32;
            assert!(shares.iter().all(|share| share.abs_diff(fair) < fair / 3), "{shares:?}");
        }
    }

    #[test]
    fn both_directions_are_one_share() {
        assert_eq!(between(0x0a00_0001, 0xc0a8_0709), between(0xc0a8_0709, 0x0a00_0001));
    }

    /// As the kernel reads it: `packet` begins with its network header.
    fn run(ether_type: u32, packet: &[u8]) -> u32 {
        let (mut a, mut x, mut memory, mut at) = (0u32, 0u32, 0u32, 0);
        let program = program();
        loop {
            let Instruction { code, jump_true, jump_false, k } = program[at];
            at += 1;
            let place = k.wrapping_sub(NETWORK) as usize;
            match code {
                code::LD_HALF if k == ETHER_TYPE => a = ether_type,
                code::LD_HALF => a = u32::from(u16::from_be_bytes([packet[place], packet[place + 1]])),
                code::LD_WORD => a = u32::from_be_bytes(*packet[place..].first_chunk().unwrap()),
                code::ST => memory = a,
                code::LDX_MEMORY => x = memory,
                code::TAX => x = a,
                code::RSH => a >>= k,
                code::XOR_X => a ^= x,
                code::ADD_X => a = a.wrapping_add(x),
                code::MULTIPLY => a = a.wrapping_mul(k),
                code::JUMP_EQUAL => at += usize::from(if a == k { jump_true } else { jump_false }),
                code::RETURN_A => return a,
                code::RETURN => return k,
                other => unreachable!("{other:#x}"),
            }
        }
    }

    #[test]
    fn the_kernels_program_gives_the_same_number() {
        let mut packet = [0; 20];
        packet[12..16].copy_from_slice(&[10, 0, 7, 1]);
        packet[16..20].copy_from_slice(&[192, 168, 1, 20]);
        let wanted = between(0x0a00_0701, 0xc0a8_0114);
        assert_eq!(run(0x0800, &packet), wanted);
        for inner_tag in [0x8100, 0x88a8] {
            assert_eq!(run(inner_tag, &[&[0, 5, 8, 0][..], &packet].concat()), wanted);
            assert_eq!(run(inner_tag, &[&[0, 5, 0x86, 0xdd][..], &packet].concat()), 0);
        }
        assert_eq!(run(0x86dd, &packet), 0);
        assert!(program().len() < 256, "jumps are one byte");
    }
}
