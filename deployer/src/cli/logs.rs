//! `logs`: what the indexer has written.

use std::collections::BTreeSet;
use std::time::Duration;

use super::duration::duration;
use super::global::Global;
use super::session::Session;
use crate::aws::{Access, Aws, log_group, log_lines};
use crate::error::Error;
use crate::event::{Event, Report};
use crate::log_line::LogLine;
use crate::plan::Blocked;
use crate::resource::tags::GALLERY;
use crate::resource::{Kind, Seen};

/// Between two looks for new lines.
const PAUSE: Duration = Duration::from_secs(2);

/// CloudWatch shows lines of several functions' instances some seconds late and out of order: so far back each look goes again. Milliseconds.
const OVERLAP: i64 = 30_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Go on with what comes, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// How far back to begin: 15m, 1h30m, 7d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    since: Duration,
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let session = Session::open(global, Access::ReadOnly).await?;
    session.introduce(report).await?;
    is_ours(&session).await?;
    tell(&session.aws, &session.names.log_group, args, report).await
}

/// A log group without tags is Lambda's own (G1), and may be of our function.
async fn is_ours(session: &Session) -> Result<(), Error> {
    let names = &session.names;
    match log_group::observe(&session.aws, &names.log_group, &names.log_group_arn()).await? {
        Seen::Present(group) if names.tags.owns(&group.tags) || !group.tags.contains_key(GALLERY) => Ok(()),
        Seen::Present(_) => Err(Error::NotDeployed(names.gallery.clone())),
        Seen::Absent => Err(Error::NoLog(names.log_group.clone())),
        Seen::Unknown(reason) => {
            let blocked = Blocked::new(Kind::LogGroup, &names.log_group, &reason);
            Err(Error::Blocked { blocked: vec![blocked] })
        }
    }
}

async fn tell(aws: &Aws, group: &str, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let mut since = log_lines::ago(args.since);
    let mut told = Told::default();
    let mut is_silent = true;
    loop {
        let mut next = None;
        loop {
            let page = log_lines::page(aws, group, since, None, next).await?;
            // One look tells no line twice, and may be long.
            for line in page.lines.iter().filter(|line| !args.follow || told.is_new(line)) {
                is_silent = false;
                report.event(&Event::Log(line));
            }
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        if !args.follow {
            if is_silent {
                report.event(&Event::Note("The log has no line in that time; `--since 7d` goes further back."));
            }
            return Ok(());
        }
        since = since.max(told.forget_old());
        tokio::time::sleep(PAUSE).await;
    }
}

/// Which lines have been told, as far back as they may come again.
#[derive(Default)]
struct Told {
    lines: BTreeSet<(i64, String, String)>,
}

impl Told {
    fn is_new(&mut self, line: &LogLine) -> bool {
        // Without an id, lines of one moment are the same if they say the same.
        let message = if line.id.is_empty() { line.message.clone() } else { String::new() };
        self.lines.insert((line.time, line.id.clone(), message))
    }

    /// From when on lines are looked for again; older ones are forgotten.
    fn forget_old(&mut self) -> i64 {
        let from = self.lines.last().map_or(0, |(time, ..)| time.saturating_sub(OVERLAP));
        self.lines = self.lines.split_off(&(from, String::new(), String::new()));
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_once_also_when_it_comes_late() {
        let line = |time: i64, id: &str| LogLine { time, id: id.into(), message: String::new() };
        let mut told = Told::default();
        assert!(told.is_new(&line(100_000, "a")) && told.is_new(&line(100_000, "b")));
        assert_eq!(told.forget_old(), 100_000 - OVERLAP);
        assert!(!told.is_new(&line(100_000, "a")) && told.is_new(&line(90_000, "late")));
        assert!(told.is_new(&line(200_000, "c")));
        assert_eq!((told.forget_old(), told.lines.len()), (200_000 - OVERLAP, 1));
    }
}
