//! The folder of one local AWS.
//!
//! | file | what |
//! | --- | --- |
//! | `lock`, `running`, `state/`, `objects/`, `tmp/` | the server's own, see `launcher.py` |
//! | `ministack.log`, `ministack.log.old` | what the server said in this run and in the one before |
//! | `admin.json` | the administrator's key, readable by the owner only |
//! | `port` | the port of the last run, so that URLs stay the same |

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::time::SystemTime;

use super::{Credentials, LocalError};

/// How much of the log an error shows.
const TAIL_LINES: usize = 15;

/// A store that exists. Removed with this value when it is a temporary one.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    temporary: bool,
}

impl Store {
    /// The store in `folder`, or a temporary one. Both are open to their owner only.
    pub(super) fn open(folder: Option<PathBuf>) -> Result<Self, LocalError> {
        if let Some(folder) = folder {
            private_folders().recursive(true).create(&folder).map_err(LocalError::file("create", &folder))?;
            // The server has another working folder.
            let folder = folder.canonicalize().map_err(LocalError::file("find", &folder))?;
            return Ok(Self { folder, temporary: false });
        }
        loop {
            let nanoseconds = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.subsec_nanos());
            let folder = std::env::temp_dir().join(format!("gallery-deploy-{}-{nanoseconds}", process::id()));
            match private_folders().create(&folder) {
                Ok(()) => return Ok(Self { folder, temporary: true }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(LocalError::file("create", &folder)(error)),
            }
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.temporary
    }

    /// Writes `text` to the file `name` at once or not at all; the owner alone may read it.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, LocalError> {
        let path = self.folder.join(name);
        let beside = self.folder.join(format!("{name}.new"));
        OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&beside, &path))
            .map_err(LocalError::file("write", &path))?;
        Ok(path)
    }

    /// The port of the last run.
    pub(super) fn port(&self) -> Option<u16> {
        fs::read_to_string(self.folder.join("port")).ok()?.trim().parse().ok()
    }

    /// The administrator's key of an earlier run. An unreadable file counts as none: a new key is made then.
    pub(super) fn admin(&self) -> Option<Credentials> {
        serde_json::from_slice(&fs::read(self.folder.join("admin.json")).ok()?).ok()
    }

    pub(super) fn remember_admin(&self, credentials: &Credentials) -> Result<(), LocalError> {
        let text = serde_json::json!({
            "access_key_id": credentials.access_key_id,
            "secret_access_key": credentials.secret_access_key,
        });
        self.write("admin.json", &text.to_string()).map(drop)
    }

    /// A new log; the one before is kept beside it.
    pub(super) fn new_log(&self) -> Result<File, LocalError> {
        let path = self.log();
        match fs::rename(&path, path.with_extension("log.old")) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(LocalError::file("move", &path)(error)),
            _ => {}
        }
        File::create(&path).map_err(LocalError::file("create", &path))
    }

    /// The end of the log.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("ministack.log")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.temporary {
            // The server removes it when it ends; this is for one that never started or was killed.
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

fn private_folders() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_temporary_store_goes_away_and_its_key_is_private() {
        let store = Store::open(None).unwrap();
        let credentials = Credentials { access_key_id: "AKIAEXAMPLE".to_owned(), secret_access_key: "example".to_owned() };
        store.remember_admin(&credentials).unwrap();
        assert_eq!(store.admin(), Some(credentials));
        let folder = store.folder().to_owned();
        assert_eq!(fs::metadata(folder.join("admin.json")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        drop(store);
        assert!(!folder.exists());
    }

    #[test]
    fn the_tail_is_the_end_of_the_log() {
        let store = Store::open(None).unwrap();
        let mut log = store.new_log().unwrap();
        for line in 1..=20 {
            writeln!(log, "line {line}").unwrap();
        }
        assert!(store.log_tail().starts_with("line 6\n"));
        assert!(store.log_tail().ends_with("line 20"));
        store.new_log().unwrap();
        assert_eq!(store.log_tail(), "");
    }
}
