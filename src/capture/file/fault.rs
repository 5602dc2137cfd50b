//! What is wrong with a capture file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::event::Lang;

/// `Display` says it in English.
#[derive(Debug)]
pub enum FileError {
    Open { path: PathBuf, error: io::Error },
    Read { path: PathBuf, place: Place, error: io::Error },
    Empty { path: PathBuf },
    NotACapture { path: PathBuf, magic: String },
    Truncated { path: PathBuf, place: Place },
    Damaged { path: PathBuf, place: Place, damage: Damage },
}

/// Where in a file something is wrong, counted from its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub offset: u64,
    /// The offset counts bytes of what was compressed.
    pub inside: bool,
}

/// Why the bytes of a capture can be none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Damage {
    RecordHeader,
    ShortBlock,
    Block,
    Interfaces,
    UnknownInterface,
    NoInterface,
    Length(usize),
    /// The decompressor's own words.
    Compression(String),
}

impl FileError {
    pub fn say(&self, lang: Lang) -> String {
        let (key, path, more) = match self {
            FileError::Open { path, error } => ("open", path, vec![("error", error.to_string())]),
            FileError::Read { path, place, error } => {
                ("read", path, vec![("place", place.say(lang)), ("error", error.to_string())])
            }
            FileError::Empty { path } => ("empty", path, Vec::new()),
            FileError::NotACapture { path, magic } => ("no_capture", path, vec![("magic", magic.clone())]),
            FileError::Truncated { path, place } => ("truncated", path, vec![("place", place.say(lang))]),
            FileError::Damaged { path, place, damage } => {
                ("damaged", path, vec![("place", place.say(lang)), ("damage", damage.say(lang))])
            }
        };
        let args: Vec<_> = more.into_iter().chain([("path", path.display().to_string())]).collect();
        lang.say(&format!("capture.fault.{key}"), &args)
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

impl std::error::Error for FileError {}

impl Place {
    fn say(self, lang: Lang) -> String {
        let key = if self.inside { "capture.place.decompressed" } else { "capture.place.byte" };
        lang.say(key, &[("offset", self.offset.to_string())])
    }
}

impl Damage {
    fn say(&self, lang: Lang) -> String {
        let (key, more) = match self {
            Damage::RecordHeader => ("record_header", None),
            Damage::ShortBlock => ("short_block", None),
            Damage::Block => ("block", None),
            Damage::Interfaces => ("interfaces", None),
            Damage::UnknownInterface => ("unknown_interface", None),
            Damage::NoInterface => ("no_interface", None),
            Damage::Length(wanted) => ("length", Some(("wanted", wanted.to_string()))),
            Damage::Compression(error) => ("compression", Some(("error", error.clone()))),
        };
        lang.say(&format!("capture.damage.{key}"), more.as_slice())
    }
}
