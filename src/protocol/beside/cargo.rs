//! What a file is, by its first bytes and by its name.

use crate::event::Cargo;

/// Endings of names: what engineering software keeps projects in, what runs, what devices take for firmware.
const PROJECTS: [&str; 26] = [
    ".ap11", ".ap12", ".ap13", ".ap14", ".ap15", ".ap16", ".ap17", ".ap18", ".ap19", ".ap20", ".zap13", ".zap14",
    ".zap15", ".zap16", ".zap17", ".zap18", ".zap19", ".s7p", ".stu", ".sta", ".xef", ".zef", ".acd", ".l5k", ".gxw",
    ".smbp",
];
const SCRIPTS: [&str; 11] = [".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".sh", ".py"];
const PROGRAMS: [&str; 6] = [".exe", ".dll", ".scr", ".sys", ".msi", ".elf"];
const FIRMWARE: [&str; 6] = [".upd", ".fwl", ".fwu", ".sedp", ".ldx", ".nvs"];

/// Where a PE file says that its header begins.
const PE_OFFSET: usize = 0x3c;

pub fn by_content(bytes: &[u8]) -> Option<Cargo> {
    if bytes.starts_with(b"\x7fELF") || is_pe(bytes) {
        return Some(Cargo::Program);
    }
    (bytes.starts_with(b"#!/") || bytes.starts_with(b"@echo off")).then_some(Cargo::Script)
}

fn is_pe(bytes: &[u8]) -> bool {
    let header = bytes.get(PE_OFFSET..PE_OFFSET + 4).filter(|_| bytes.starts_with(b"MZ"));
    let Some(header) = header.and_then(|offset| offset.try_into().ok()).map(u32::from_le_bytes) else { return false };
    let header = usize::try_from(header).unwrap_or(usize::MAX);
    // Where the header lies beyond what was seen, the old header's own size must do.
    bytes.get(header..).and_then(|rest| rest.get(..2)).map_or((0x40..0x400).contains(&header), |magic| magic == b"PE")
}

pub fn by_name(name: &str) -> Option<Cargo> {
    let end = name.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    let end = name.get(end..).unwrap_or_default().to_ascii_lowercase();
    let is_one = |endings: &[&str]| endings.iter().any(|ending| end.ends_with(ending));
    let kinds: [(&[&str], Cargo); 4] = [
        (&PROJECTS, Cargo::Project),
        (&SCRIPTS, Cargo::Script),
        (&PROGRAMS, Cargo::Program),
        (&FIRMWARE, Cargo::Firmware),
    ];
    kinds.into_iter().find(|(endings, _)| is_one(endings)).map(|(_, kind)| kind)
}
