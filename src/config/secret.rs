use std::fmt;
use std::fs;

use serde::{Deserialize, Deserializer};

/// A value that must not show in logs: written as it is, as `env:NAME` or as `file:/path`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn resolve(text: String) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("env:") {
            return std::env::var(name)
                .map(Secret)
                .map_err(|_| format!("the environment has no variable {name}: set it, or use file:/path"));
        }
        if let Some(path) = text.strip_prefix("file:") {
            return fs::read_to_string(path)
                .map(|text| Secret(text.trim().to_owned()))
                .map_err(|error| format!("the secret's file {path} cannot be read: {error}"));
        }
        Ok(Secret(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "no secret" } else { "secret" })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Secret::resolve(String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_a_file_and_never_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        fs::write(&path, "whsec_abc\n").unwrap();
        let secret = Secret::resolve(format!("file:{}", path.display())).unwrap();
        assert_eq!((secret.expose(), format!("{secret:?}").as_str()), ("whsec_abc", "secret"));
        assert!(Secret::resolve("env:FENGSUI_NO_SUCH".into()).unwrap_err().contains("FENGSUI_NO_SUCH"));
    }
}
