use std::path::PathBuf;

use super::load::RuleText;

/// The rule files of `rules/`, compiled in, so that the one binary is enough.
const FILES: &[(&str, &str)] = &[
    ("files.yar", include_str!("../../rules/files.yar")),
    ("modbus.rules", include_str!("../../rules/modbus.rules")),
    ("opcua.rules", include_str!("../../rules/opcua.rules")),
    ("s7-blocks.yar", include_str!("../../rules/s7-blocks.yar")),
    ("s7comm.rules", include_str!("../../rules/s7comm.rules")),
    ("services.rules", include_str!("../../rules/services.rules")),
];

/// The rules that come with the product.
pub fn shipped() -> Vec<RuleText> {
    let text =
        |(name, text): &(&str, &str)| RuleText { name: PathBuf::from("rules").join(name), text: (*text).to_owned() };
    FILES.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::signature::{Scanner, default_variables, load_texts};

    #[test]
    fn every_file_of_the_folder_is_shipped_and_loads_whole() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let there: BTreeSet<String> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".md"))
            .collect();
        let shipped_names: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(shipped_names, there);
        let report = load_texts(shipped(), &default_variables());
        assert_eq!(report.refusals, []);
        let (scanner, refusals) = Scanner::load(&report.yara);
        assert_eq!(refusals, []);
        let rules = report.set.rules.iter().map(|rule| (&rule.message, &rule.zh));
        for (message, zh) in rules.chain(scanner.listed().iter().map(|(_, rule)| (&rule.message, &rule.zh))) {
            assert!(zh.as_ref().is_some_and(|zh| !zh.is_ascii()), "{message} has no Chinese title");
        }
    }
}
