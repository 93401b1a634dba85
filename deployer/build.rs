//! Puts what `cargo xtask bundle` made (`target/bundle`) into the program: the indexer's zips and the page's files.
//!
//! It copies them to `OUT_DIR` and writes `bundle.rs` there, which `src/bundle.rs` includes: the tables `INDEXERS` and `SITE`.
//! A missing bundle gives empty tables, so that a plain `cargo build` works; the commands that need it say what is missing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    let manifest_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    let bundle = manifest_dir.join("../target/bundle");
    // Cargo takes a watched path that does not exist for changed, at every build; an empty folder it can watch.
    fs::create_dir_all(&bundle)?;
    println!("cargo::rerun-if-changed={}", bundle.display());
    println!("cargo::rerun-if-changed=build.rs");

    let copies = out_dir.join("bundle");
    if copies.exists() {
        fs::remove_dir_all(&copies)?;
    }
    fs::create_dir_all(&copies)?;
    let code = indexers(&bundle, &copies)? + &site(&bundle.join("site"), &copies)?;
    fs::write(out_dir.join("bundle.rs"), code)
}

/// The table of the indexer's zips, each with the hash that Lambda calls `CodeSha256` (L13).
fn indexers(bundle: &Path, copies: &Path) -> io::Result<String> {
    let mut code = "const INDEXERS: &[IndexerZip] = &[\n".to_owned();
    for (architecture, variant) in [("x86_64", "X86_64"), ("arm64", "Arm64")] {
        let name = format!("indexer-{architecture}.zip");
        let zip = match fs::read(bundle.join(&name)) {
            Ok(zip) => zip,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let code_sha256 = STANDARD.encode(Sha256::digest(&zip));
        let copy = copies.join(&name);
        fs::write(&copy, &zip)?;
        writeln!(
            code,
            "    IndexerZip {{ architecture: Architecture::{variant}, bytes: include_bytes!({copy:?}), code_sha256: {code_sha256:?} }},"
        )
        .expect("a String takes everything");
    }
    Ok(code + "];\n")
}

/// The table of the page's files, sorted by path; empty where the page was not built.
fn site(dir: &Path, copies: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    if dir.is_dir() {
        list_files(dir, &mut files)?;
    }
    files.sort();
    let mut code = "const SITE: &[SiteFile] = &[\n".to_owned();
    for (index, file) in files.iter().enumerate() {
        let relative = file.strip_prefix(dir).expect("listed below it").to_str().expect("the page's own names");
        let path = relative.replace(std::path::MAIN_SEPARATOR, "/");
        let copy = copies.join(format!("site-{index}"));
        fs::copy(file, &copy)?;
        writeln!(code, "    SiteFile {{ path: {path:?}, bytes: include_bytes!({copy:?}) }},").expect("a String takes everything");
    }
    Ok(code + "];\n")
}

fn list_files(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            list_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
