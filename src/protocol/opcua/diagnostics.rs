//! DiagnosticInfo with its texts looked up (OPC 10000-4 section 7.12).

use super::codes;
use super::types::{DiagnosticInfo, DiagnosticLevel};
use crate::event::{Diagnostic, clean_text};

/// Levels of all diagnostics of one answer that are told.
const MAX_TOLD: usize = 32;
/// Characters of a text.
const MAX_TEXT: usize = 512;

/// Tells a diagnostic of a request's part, or of the service as a whole.
pub fn add(told: &mut Vec<Diagnostic>, item: Option<u32>, info: &DiagnosticInfo<'_>, texts: &[&[u8]]) {
    for (level, depth) in info.iter().zip(0..) {
        if told.len() < MAX_TOLD {
            told.push(diagnostic(item, depth, level, texts));
        }
    }
}

fn diagnostic(item: Option<u32>, depth: u8, level: &DiagnosticLevel<'_>, texts: &[&[u8]]) -> Diagnostic {
    let text = |index: Option<i32>| {
        let index = usize::try_from(index?).ok()?;
        texts.get(index).map(|text| clean_text(text, MAX_TEXT))
    };
    Diagnostic {
        item,
        depth,
        namespace_uri: text(level.namespace_uri),
        symbolic_id: text(level.symbolic_id),
        locale: text(level.locale),
        text: text(level.localized_text),
        additional_info: level.additional_info.map(|info| clean_text(info, MAX_TEXT)),
        inner_status: level.inner_status.map(|status| codes::error(status.0)),
    }
}
