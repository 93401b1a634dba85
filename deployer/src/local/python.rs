//! Python environments with pinned packages, made on first use.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::process::Command;
use tokio::time::sleep;

use super::LocalError;
use super::group::Group;

/// What MiniStack asks for.
const OLDEST: (u32, u32) = (3, 10);

/// Tried in this order: the user's own choice first, then the newest.
const NAMES: [&str; 7] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/// Prints `MAJOR MINOR`, and `venv` where virtual environments can be made (Debian packs that apart).
const PROBE: &str = "import sys; print(*sys.version_info[:2]); import ensurepip, venv; print('venv')";

/// Prints `MAJOR MINOR`.
const VERSION: &str = "import sys; print(*sys.version_info[:2])";

/// Runs a module as `python -m` does, and ends with its whole process group when standard input closes: so it does not outlive this process,
/// whatever that dies of.
const MODULE: &str = "\
import os, runpy, signal, sys, threading
def watch():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=watch, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)
";

/// Written last into an environment.
const COMPLETE: &str = "complete";

/// A virtual environment that holds exactly the packages of a requirements file.
#[derive(Debug, Clone, Copy)]
pub struct Environment<'a> {
    /// What the folder is called, with the version, such as `ministack-1.5.33`.
    pub name: &'a str,
    /// pip's format, every requirement pinned with its hashes.
    pub requirements: &'a str,
}

impl Environment<'_> {
    /// The Python of the environment below `parent`, made if it is not there yet. Safe for several processes at once: one makes it, the
    /// others wait. One that was cut off half-way is made anew.
    ///
    /// # Errors
    /// No usable Python, no network, a package that does not have its hash, or a folder that cannot be written.
    pub async fn ensure(&self, parent: &Path, progress: &(dyn Fn(&str) + Sync)) -> Result<PathBuf, LocalError> {
        let folder = parent.join(self.folder_name());
        let python = folder.join("bin/python");
        if is_ready(&folder, &python).await {
            return Ok(python);
        }
        fs::create_dir_all(parent).map_err(LocalError::file("create", parent))?;
        let _lock = lock(&folder.with_extension("lock"), progress).await?;
        if !is_ready(&folder, &python).await {
            progress(&format!("Installing {} (once)", self.name));
            self.make(&folder, &python).await?;
        }
        Ok(python)
    }

    /// `NAME-HASH`: another set of packages is another environment.
    fn folder_name(&self) -> String {
        let digest = Sha256::digest(self.requirements);
        let hash: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        // `with_extension` must not take the last part of the version for an extension.
        format!("{}-{hash}.venv", self.name)
    }

    async fn make(&self, folder: &Path, python: &Path) -> Result<(), LocalError> {
        let base = find().await?;
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(LocalError::file("remove", folder))?;
        }
        run(Command::new(base).args(["-I", "-c", MODULE, "venv"]).arg(folder), "make a Python environment", folder).await?;
        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, self.requirements).map_err(LocalError::file("write", &requirements))?;
        // The user's own pip settings count (a mirror, a proxy, a certificate), hence no `--isolated`.
        let mut pip = Command::new(python);
        pip.args(["-I", "-c", MODULE, "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"])
            .args(["--require-hashes", "--only-binary", ":all:", "--requirement"])
            .arg(&requirements);
        run(&mut pip, "install the packages", folder).await?;
        let complete = folder.join(COMPLETE);
        fs::write(&complete, "").map_err(LocalError::file("write", &complete))
    }
}

/// Whether an environment is complete, and its Python the one that it was made with: when the system has moved to another one since, the
/// packages lie where that does not look.
async fn is_ready(folder: &Path, python: &Path) -> bool {
    if !folder.join(COMPLETE).exists() {
        return false;
    }
    let made_with = fs::read_to_string(folder.join("pyvenv.cfg")).ok().and_then(|settings| made_with(&settings));
    let probe = Command::new(python).args(["-I", "-c", VERSION]).stdin(Stdio::null()).kill_on_drop(true).output().await;
    let now = probe.ok().and_then(|output| judge(&output)).map(|(version, _)| version);
    now.is_some() && now == made_with
}

/// The version in `pyvenv.cfg`, which `venv` writes: `version = 3.11.2`.
fn made_with(settings: &str) -> Option<(u32, u32)> {
    let version = settings.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "version").then(|| value.trim())
    })?;
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// An exclusive lock on the file `path`, until the result is dropped or the process ends.
async fn lock(path: &Path, progress: &(dyn Fn(&str) + Sync)) -> Result<File, LocalError> {
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(LocalError::file("open", path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(LocalError::file("lock", path)(source)),
            Err(TryLockError::WouldBlock) => {
                if !told {
                    progress("Waiting for another process that installs the same");
                    told = true;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The first Python on the PATH that is new enough and makes virtual environments.
async fn find() -> Result<&'static str, LocalError> {
    let mut found = Vec::new();
    let mut without_venv = None;
    for name in NAMES {
        let probe = Command::new(name).args(["-I", "-c", PROBE]).stdin(Stdio::null()).kill_on_drop(true).output().await;
        // Not there, or a version manager's stand-in for one that is not installed.
        let Some((version, venv)) = probe.ok().and_then(|output| judge(&output)) else { continue };
        if version < OLDEST {
            found.push(format!("{name} {}.{}", version.0, version.1));
        } else if venv {
            return Ok(name);
        } else {
            without_venv = without_venv.or(Some(name));
        }
    }
    match without_venv {
        Some(python) => Err(LocalError::NoVenv { python: python.to_owned() }),
        None if found.is_empty() => Err(LocalError::NoPython { found: "none".to_owned() }),
        None => Err(LocalError::NoPython { found: format!("only {}", found.join(", ")) }),
    }
}

/// What [`PROBE`] said: the version, and whether it makes virtual environments. `None`: it did not run.
fn judge(output: &Output) -> Option<((u32, u32), bool)> {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let version = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((version, words.next() == Some("venv")))
}

async fn run(command: &mut Command, step: &'static str, folder: &Path) -> Result<(), LocalError> {
    let failed = |output: String| LocalError::Install { step, folder: folder.to_owned(), output };
    // Standard input stays open, and nothing comes from it: see MODULE.
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let stdin = child.stdin.take();
    let mut group = Group::tied_to(&child);
    let output = child.wait_with_output().await.map_err(|error| failed(error.to_string()))?;
    // It has come to its end.
    drop(stdin);
    if let Some(group) = &mut group {
        group.untie();
    }
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(failed(String::from_utf8_lossy(&text).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn output(stdout: &str) -> Output {
        Output { status: ExitStatus::from_raw(0), stdout: stdout.into(), stderr: Vec::new() }
    }

    #[test]
    fn a_probe_tells_the_version_and_the_venv_module() {
        assert_eq!(judge(&output("3 11\nvenv\n")), Some(((3, 11), true)));
        assert_eq!(judge(&output("3 9\n")), Some(((3, 9), false)));
        assert_eq!(judge(&output("")), None);
    }

    #[test]
    fn an_environment_tells_the_python_that_made_it() {
        let settings = "home = /usr/bin\nimplementation = CPython\nversion = 3.11.2\nexecutable = /usr/bin/python3.11\n";
        assert_eq!(made_with(settings), Some((3, 11)));
        assert_eq!(made_with("home = /usr/bin\nversion_info = 3.11.2.final.0\n"), None);
        assert_eq!(made_with(""), None);
    }

    #[test]
    fn other_requirements_are_another_folder() {
        let one = Environment { name: "ministack-1.5.33", requirements: "a==1" };
        let two = Environment { name: "ministack-1.5.33", requirements: "a==2" };
        assert_ne!(one.folder_name(), two.folder_name());
        assert!(one.folder_name().starts_with("ministack-1.5.33-"));
    }
}
