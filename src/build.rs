//! Finds the built web console. Never runs npm and never uses the network: a build that did would hide what it fetches.

use std::path::{Path, PathBuf};
use std::{env, fs};

const PLACEHOLDER: &str = "<!doctype html><meta charset=\"utf-8\"><title>Fengsui</title>\
<p>控制台尚未构建。请在 src/console/web 中运行 npm ci &amp;&amp; npm run build，然后重新编译。</p>\
<p>The console was not built. Run npm ci &amp;&amp; npm run build in src/console/web, then compile again.</p>";

fn main() {
    let dist = Path::new("src/console/web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-env-changed=CONSOLE_REQUIRED");
    let folder = if dist.join("index.html").is_file() {
        dist.canonicalize().unwrap_or_else(|_| dist.to_owned())
    } else {
        placeholder()
    };
    println!("cargo:rustc-env=FENGSUI_CONSOLE_DIST={}", folder.display());
}

fn placeholder() -> PathBuf {
    if env::var_os("CONSOLE_REQUIRED").is_some_and(|value| value == "1") {
        println!("cargo:error=the web console is not built: run 'npm ci && npm run build' in src/console/web first");
    }
    println!("cargo:warning=the web console is not built; a page that says so takes its place");
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("console");
    if let Err(error) = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("index.html"), PLACEHOLDER)) {
        println!("cargo:error=the placeholder page cannot be written: {error}");
    }
    folder
}
