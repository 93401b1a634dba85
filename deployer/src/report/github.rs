//! What GitHub Actions reads beside the log: annotations, the summary of the job, outputs of the step.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::gathered::{Gathered, bare};
use super::markdown::page;
use crate::error::{Error, exit};
use crate::event::{Event, Report};

/// Where GitHub reads.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// `GITHUB_STEP_SUMMARY`
    pub summary: Option<PathBuf>,
    /// `GITHUB_OUTPUT`
    pub output: Option<PathBuf>,
}

impl Files {
    /// Those of this process.
    pub fn look() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { summary: path("GITHUB_STEP_SUMMARY"), output: path("GITHUB_OUTPUT") }
    }
}

/// The reporter for GitHub Actions.
pub struct GitHub {
    files: Files,
    state: Mutex<State>,
}

struct State {
    gathered: Gathered,
    /// Where annotations go, if any are wanted.
    log: Option<Box<dyn Write + Send>>,
}

impl GitHub {
    /// `log`: what GitHub reads as the step's log, for annotations.
    pub fn new(files: Files, log: Option<Box<dyn Write + Send>>) -> Self {
        Self { files, state: Mutex::new(State { gathered: Gathered::default(), log }) }
    }
}

impl Report for GitHub {
    fn event(&self, event: &Event<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.gathered.follow(event);
        match event {
            Event::Failed { error, .. } => state.annotate(&annotations(error)),
            Event::Ended { error } => {
                // Each failure had its own.
                if let Some(error) = error.filter(|error| !matches!(error, Error::Incomplete { .. })) {
                    state.annotate(&annotations(error));
                }
                self.write(&state.gathered);
            }
            _ => {}
        }
    }

    fn output(&self, name: &str, value: &str) -> Result<(), Error> {
        if name == "site_url" {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).gathered.site_url = Some(value.to_owned());
        }
        Ok(())
    }

    fn ask(&self, _: &str) -> Option<String> {
        None
    }
}

impl GitHub {
    /// Nothing can be done about files that cannot be written; the log says the same.
    fn write(&self, gathered: &Gathered) {
        if let Some(path) = &self.files.summary
            && (gathered.plan.is_some() || !gathered.errors.is_empty())
        {
            append(path, &page(gathered)).ok();
        }
        if let Some(path) = &self.files.output {
            let mut lines = format!("changed={}\nexit_reason={}\n", gathered.changed(), exit::name(gathered.exit_code));
            if let Some(url) = &gathered.site_url {
                lines += &format!("site_url={}\n", url.replace(['\n', '\r'], ""));
            }
            append(path, &lines).ok();
        }
    }
}

impl State {
    fn annotate(&mut self, annotations: &[String]) {
        if let Some(log) = &mut self.log {
            for annotation in annotations {
                writeln!(log, "{annotation}").and_then(|()| log.flush()).ok();
            }
        }
    }
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

/// One for each problem of a configuration, else one; none where only an exit code was asked for.
fn annotations(error: &Error) -> Vec<String> {
    if matches!(error.exit_code(), exit::CHANGES | exit::DRIFT) {
        return Vec::new();
    }
    let Error::Config(config) = error else {
        let said = error.facts().into_iter().find(|(label, _)| *label == "AWS says").map(|(_, said)| said);
        let text = said.into_iter().chain(error.help()).collect::<Vec<_>>().join("\n");
        let text = if text.is_empty() { error.summary() } else { text };
        return vec![format!("::error title={}::{}", property(&error.summary()), escape(&bare(&text)))];
    };
    let file = config.path().display().to_string();
    let problems = config.problems().iter().map(|problem| {
        let place = problem.position.map(|at| format!(",line={},col={}", at.line, at.column)).unwrap_or_default();
        let words = [&problem.label, problem.help.as_deref().unwrap_or_default()];
        let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
        let text = if words.is_empty() { problem.summary.clone() } else { words.join("; ") };
        format!("::error file={}{place},title={}::{}", property(&file), property(&problem.summary), escape(&text))
    });
    problems.collect()
}

/// The data of a command: on one line, as GitHub reads it.
pub(super) fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command: nor may it end before its time.
fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_command_ends_it() {
        assert_eq!(escape("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }

    #[test]
    fn what_aws_says_is_one_annotation() {
        use crate::aws::error::{AwsError, Class};
        let message = "no policy allows it\n::set-output name=x::y";
        let denied = AwsError::told("iam:CreateRole", "r", Class::Denied, "AccessDenied", message);
        let annotations = annotations(&Error::from(denied));
        assert_eq!(annotations.len(), 1);
        assert!(!annotations[0].contains('\n') && annotations[0].starts_with("::error title=not allowed"), "{annotations:?}");
    }
}
