//! What the table of standard structures is made of.

/// A structure: the id of its encoding, its name, and its fields in the order of the wire.
pub type Row = (u32, &'static str, &'static [(&'static str, Kind)]);

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A built-in type.
    One(u8),
    Many(u8),
    /// Another structure, by the id of its encoding.
    Inner(u32),
    Inners(u32),
}
