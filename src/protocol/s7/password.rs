//! Passwords for a controller's protection. A password stays here: what leaves is how good it is, whether it was the right
//! one, and a hash with a key that only this process knows.

use std::collections::VecDeque;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::event::{ProtocolError, S7Password, hex};

/// A password is eight characters, filled up with blanks.
const LENGTH: usize = 8;
/// What each character is mixed with on the wire.
const MASK: u8 = 0x55;
/// Passwords remembered of one connection.
const MAX_SEEN: usize = 32;
/// Shorter ones fall to plain trying.
const MIN_LENGTH: usize = 6;
/// What everybody tries first: defaults of makers and tools, and what people choose everywhere.
const COMMON: &[&str] = &[
    "00000000", "11111111", "12345678", "87654321", "abcdefgh", "abcd1234", "admin", "administ", "basisk", "baseball",
    "changeme", "default", "engineer", "football", "iloveyou", "letmein", "manager", "maintain", "master", "operator",
    "password", "passw0rd", "qwertyui", "secret", "service", "siemens", "simatic", "step7", "supervis", "test1234",
    "toor", "user", "welcome",
];

/// The passwords of one connection, as hashes.
#[derive(Debug, Default)]
pub struct Passwords {
    seen: VecDeque<String>,
}

impl Passwords {
    /// Judges a password as it went by; how it was answered is said with it.
    pub fn judge(&mut self, masked: &[u8], accepted: Option<bool>, error: Option<ProtocolError>) -> S7Password {
        let plain = unmask(masked);
        let keyed_hash = keyed_hash(plain.as_deref().unwrap_or(masked));
        let repeated = self.seen.contains(&keyed_hash);
        if !repeated {
            if self.seen.len() >= MAX_SEEN {
                self.seen.pop_front();
            }
            self.seen.push_back(keyed_hash.clone());
        }
        S7Password { weak: plain.map(|plain| is_weak(&plain)), repeated, keyed_hash, accepted, error }
    }
}

/// Each character is mixed with the mask and with the masked one two places before it: everybody can undo it.
fn unmask(masked: &[u8]) -> Option<Vec<u8>> {
    let masked: &[u8; LENGTH] = masked.try_into().ok()?;
    let before = |i: usize| i.checked_sub(2).map_or(0, |i| masked[i]);
    let plain: Vec<u8> = masked.iter().enumerate().map(|(i, byte)| byte ^ MASK ^ before(i)).collect();
    let end = plain.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |last| last + 1);
    Some(plain[..end].to_vec())
}

fn is_weak(plain: &[u8]) -> bool {
    let known = |common: &&str| common.as_bytes().eq_ignore_ascii_case(plain);
    let digits = plain.iter().all(u8::is_ascii_digit);
    plain.len() < MIN_LENGTH || digits || is_run(plain) || COMMON.iter().any(known)
}

/// Each character is one and the same step from the one before: `aaaaaa`, `abcdef`.
fn is_run(plain: &[u8]) -> bool {
    let mut steps = plain.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let first = steps.next();
    matches!(first, Some(0 | 1 | 0xff)) && steps.all(|step| Some(step) == first)
}

/// Equal for equal passwords within one run, and of no use to who reads it.
fn keyed_hash(password: &[u8]) -> String {
    static KEY: OnceLock<Option<[u8; 32]>> = OnceLock::new();
    let key = KEY.get_or_init(|| {
        let mut key = [0; 32];
        getrandom::fill(&mut key).ok().map(|()| key)
    });
    let Some(mut mac) = key.and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok()) else { return String::new() };
    mac.update(password);
    // Half of it tells passwords apart well enough.
    hex(&mac.finalize().into_bytes()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As an engineering tool masked it; from a public capture.
    const TOOR: [u8; 8] = [0x21, 0x3a, 0x1b, 0x1d, 0x6e, 0x68, 0x1b, 0x1d];

    fn mask(plain: &str) -> Vec<u8> {
        let mut masked: Vec<u8> = Vec::new();
        for (i, byte) in format!("{plain:8}").bytes().enumerate() {
            let before = i.checked_sub(2).map_or(0, |i| masked[i]);
            masked.push(byte ^ MASK ^ before);
        }
        masked
    }

    #[test]
    fn a_password_is_read_as_the_tool_masked_it() {
        assert_eq!(unmask(&TOOR).as_deref(), Some(&b"toor"[..]));
        assert_eq!(mask("toor"), TOOR);
    }

    #[test]
    fn what_everybody_tries_is_weak() {
        let weak = |plain| Passwords::default().judge(&mask(plain), None, None).weak;
        for plain in ["", "toor", "Siemens", "12345678", "aaaaaaaa", "hgfedcba", "20240101"] {
            assert_eq!(weak(plain), Some(true), "{plain}");
        }
        assert_eq!(weak("k7#Qz!pW"), Some(false));
        assert_eq!(Passwords::default().judge(&[1, 2, 3], None, None).weak, None, "of another shape");
    }

    #[test]
    fn the_same_password_has_the_same_hash_and_counts_as_repeated() {
        let mut passwords = Passwords::default();
        let first = passwords.judge(&TOOR, Some(false), None);
        let again = passwords.judge(&TOOR, Some(true), None);
        let other = passwords.judge(&mask("k7#Qz!pW"), None, None);
        assert_eq!((first.repeated, again.repeated, other.repeated), (false, true, false));
        assert_eq!(first.keyed_hash, again.keyed_hash);
        assert_ne!(first.keyed_hash, other.keyed_hash);
        assert!(!format!("{first:?}").contains("toor") && !format!("{first:?}").contains("213a1b1d"));
    }
}
