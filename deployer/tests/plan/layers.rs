//! `plan`, `desired` and `resource` cannot reach the network: nothing that they import can, nor what that imports.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PURE: [&str; 3] = ["plan", "resource", "desired"];
/// What talks to AWS, or decides how it is told.
const OTHERS: [&str; 8] = ["aws", "apply", "observe", "cli", "report", "local", "event", "main"];
/// Words by which a file would reach the network or another program.
const REACH: [&str; 12] = [
    "aws_sdk_",
    "aws_smithy_runtime",
    "aws_config",
    "tokio",
    "hyper",
    "rustls",
    "futures_util",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "process::Command",
];

/// The files of a module of the crate.
fn files(module: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.join(module)];
    let mut files: Vec<PathBuf> = Some(src.join(format!("{module}.rs"))).into_iter().filter(|file| file.exists()).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "`{module}` has no file");
    files
}

/// The text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules of the crate that `code` names: `crate::aws::…`, and each of `crate::{aws, plan::Plan}`.
fn imports(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let Some(list) = after.strip_prefix('{') else {
            found.insert(word(after));
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (at, character) in list.char_indices() {
            match character {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                _ if begins && !character.is_whitespace() => {
                    found.insert(word(&list[at..]));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn imports_are_found_alone_and_in_lists() {
    let code = code(
        "use crate::{\n    aws::{Aws, Access},\n    plan::Plan,\n};\nuse crate::names::Names; // crate::cli\nfn f() -> crate::error::Error {}",
    );
    assert_eq!(imports(&code).into_iter().collect::<Vec<_>>(), ["aws", "error", "names", "plan"]);
}

#[test]
fn what_is_pure_cannot_reach_the_network() {
    let mut seen: BTreeSet<String> = PURE.map(str::to_owned).into();
    let mut left: Vec<String> = seen.iter().cloned().collect();
    while let Some(module) = left.pop() {
        for file in files(&module) {
            let code = code(&fs::read_to_string(&file).expect("text"));
            for word in REACH {
                assert!(
                    !code.contains(word),
                    "{} names `{word}`, and `plan`, `desired` or `resource` rest on it",
                    file.display()
                );
            }
            for import in imports(&code) {
                assert!(!OTHERS.contains(&import.as_str()), "{} imports `{import}`", file.display());
                if seen.insert(import.clone()) {
                    left.push(import);
                }
            }
        }
    }
    // They were looked into, and what they rest on was.
    assert!(seen.len() > PURE.len() + 3 && seen.contains("place"), "{seen:?}");
}
