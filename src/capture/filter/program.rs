use crate::capture::Frame;

/// An instruction of classic BPF (`struct sock_filter`, linux/filter.h).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Instruction {
    pub code: u16,
    pub jump_true: u8,
    pub jump_false: u8,
    pub k: u32,
}

/// Codes of the instructions that our programs use.
pub mod code {
    pub const LD_WORD: u16 = 0x20;
    pub const LD_HALF: u16 = 0x28;
    pub const LD_BYTE: u16 = 0x30;
    pub const LD_WORD_X: u16 = 0x40;
    pub const LD_HALF_X: u16 = 0x48;
    pub const LD_BYTE_X: u16 = 0x50;
    pub const LD_IMMEDIATE: u16 = 0x00;
    pub const LD_MEMORY: u16 = 0x60;
    pub const LD_LENGTH: u16 = 0x80;
    pub const LDX_IMMEDIATE: u16 = 0x01;
    pub const LDX_MEMORY: u16 = 0x61;
    pub const ST: u16 = 0x02;
    pub const STX: u16 = 0x03;
    pub const ADD_X: u16 = 0x0c;
    pub const MULTIPLY: u16 = 0x24;
    pub const XOR_X: u16 = 0xac;
    pub const AND: u16 = 0x54;
    pub const LSH: u16 = 0x64;
    pub const RSH: u16 = 0x74;
    pub const JUMP: u16 = 0x05;
    pub const JUMP_EQUAL: u16 = 0x15;
    pub const JUMP_GREATER: u16 = 0x25;
    pub const JUMP_AT_LEAST: u16 = 0x35;
    pub const JUMP_SET: u16 = 0x45;
    pub const RETURN: u16 = 0x06;
    pub const RETURN_A: u16 = 0x16;
    pub const TAX: u16 = 0x07;
}

/// Loads from here on ask the kernel about the frame (SKF_AD_OFF), and not for its bytes.
const ANCILLARY: u32 = 0xffff_f000;
pub const VLAN_TAG: u32 = ANCILLARY + 44;
pub const VLAN_TAG_PRESENT: u32 = ANCILLARY + 48;

/// A program as the kernel runs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program(pub(super) Vec<Instruction>);

impl Program {
    pub fn instructions(&self) -> &[Instruction] {
        &self.0
    }

    /// Runs it as the kernel does: a load beyond the frame's end leaves the frame out. Jumps go forward, so that it ends.
    pub fn passes(&self, frame: &Frame<'_>) -> bool {
        let mut machine = Machine { frame, a: 0, x: 0, memory: [0; 2] };
        let mut at = 0;
        while let Some(instruction) = self.0.get(at) {
            let Instruction { code, jump_true, jump_false, k } = *instruction;
            at += 1;
            match code {
                code::RETURN => return k > 0,
                code::JUMP => at += k as usize,
                code::JUMP_EQUAL | code::JUMP_GREATER | code::JUMP_AT_LEAST | code::JUMP_SET => {
                    at += usize::from(if machine.holds(code, k) { jump_true } else { jump_false });
                }
                _ => {
                    if machine.step(code, k).is_none() {
                        return false;
                    }
                }
            }
        }
        false
    }
}

struct Machine<'a> {
    frame: &'a Frame<'a>,
    a: u32,
    x: u32,
    memory: [u32; 2],
}

impl Machine<'_> {
    fn holds(&self, code: u16, k: u32) -> bool {
        match code {
            code::JUMP_EQUAL => self.a == k,
            code::JUMP_GREATER => self.a > k,
            code::JUMP_AT_LEAST => self.a >= k,
            _ => self.a & k != 0,
        }
    }

    /// `None` where the frame is too short, or for a code that we do not use.
    fn step(&mut self, code: u16, k: u32) -> Option<()> {
        match code {
            code::LD_WORD if k >= ANCILLARY => self.a = self.ancillary(k)?,
            code::LD_WORD => self.a = self.load::<4>(k)?,
            code::LD_HALF => self.a = self.load::<2>(k)?,
            code::LD_BYTE => self.a = self.load::<1>(k)?,
            code::LD_WORD_X => self.a = self.load::<4>(self.x.checked_add(k)?)?,
            code::LD_HALF_X => self.a = self.load::<2>(self.x.checked_add(k)?)?,
            code::LD_BYTE_X => self.a = self.load::<1>(self.x.checked_add(k)?)?,
            code::LD_IMMEDIATE => self.a = k,
            code::LD_MEMORY => self.a = *self.memory.get(k as usize)?,
            code::LD_LENGTH => self.a = self.frame.wire_len,
            code::LDX_IMMEDIATE => self.x = k,
            code::LDX_MEMORY => self.x = *self.memory.get(k as usize)?,
            code::ST => *self.memory.get_mut(k as usize)? = self.a,
            code::STX => *self.memory.get_mut(k as usize)? = self.x,
            code::ADD_X => self.a = self.a.wrapping_add(self.x),
            code::AND => self.a &= k,
            code::LSH => self.a = self.a.checked_shl(k)?,
            code::RSH => self.a = self.a.checked_shr(k)?,
            code::TAX => self.x = self.a,
            _ => return None,
        }
        Some(())
    }

    fn load<const N: usize>(&self, at: u32) -> Option<u32> {
        let bytes = self.frame.bytes.get(at as usize..)?.first_chunk::<N>()?;
        Some(bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)))
    }

    fn ancillary(&self, k: u32) -> Option<u32> {
        match k {
            VLAN_TAG => Some(self.frame.vlan.map_or(0, |tag| u32::from(tag.tci))),
            VLAN_TAG_PRESENT => Some(u32::from(self.frame.vlan.is_some())),
            _ => None,
        }
    }
}
