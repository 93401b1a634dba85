//! Plan → AWS: the only code that writes.
//!
//! # Expected flow
//! Every change starts as soon as the changes that it waits for have come far enough; independent ones run at once. Events tell what happens.
//!
//! # Guarantees
//! Nothing is done that the plan does not name. After a failure, what does not depend on it goes on; what depends on it is not started.
//!
//! # Assumptions
//! The plan was made from a look a moment ago. Each step is *ensure*: what exists already and is ours is brought into shape.
//!
//! # Errors
//! Each failure is reported when it happens; the outcome counts them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::aws::turns::{Gate, Turns};
use crate::aws::wait::{Progress, Shown};
use crate::aws::{self, Aws};
use crate::error::Error;
use crate::event::{Event, Report, Subject};
use crate::plan::{Action, Change, Mark, Plan, Step};
use crate::resource::Kind;
use crate::resource::rights::Right;

/// What became of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub created: usize,
    pub updated: usize,
    pub deleted: usize,
    pub failed: usize,
    /// Of those that failed, the ones that met another run.
    pub met: usize,
    /// Begun and not finished, since what it waits for failed or the run was to stop.
    pub cut_off: usize,
    pub not_started: usize,
}

impl Outcome {
    pub fn is_complete(self) -> bool {
        self.failed == 0 && self.cut_off == 0 && self.not_started == 0
    }

    fn done(&mut self, action: Action) {
        match action {
            Action::Create => self.created += 1,
            Action::Update => self.updated += 1,
            Action::Delete => self.deleted += 1,
        }
    }
}

/// Passes everything on, and counts how often a call had to be made again.
struct Counting<'a> {
    report: &'a dyn Report,
    again: AtomicUsize,
}

impl Report for Counting<'_> {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Waiting { attempts: 1.., .. }) {
            self.again.fetch_add(1, Ordering::Relaxed);
        }
        self.report.event(event);
    }

    fn output(&self, name: &str, value: &str) -> Result<(), Error> {
        self.report.output(name, value)
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.report.ask(question)
    }
}

/// Applies `plan` in the region of `aws`, until `aws.stop` is set.
/// `rights` are those that the plan takes: what is denied is answered with the missing statement.
pub async fn apply(aws: &Aws, region: &str, rights: &[Right], plan: &Plan, report: &dyn Report) -> Outcome {
    let subjects: Vec<Subject> = plan.changes.iter().map(Subject::from).collect();
    let mut begun = vec![false; plan.changes.len()];
    // What they need has failed, and that was told.
    let mut told = begun.clone();
    let turns = Turns::new(plan);
    let mut turned = turns.subscribe();
    let mut running = FuturesUnordered::new();
    let mut outcome = Outcome::default();
    loop {
        for index in ready(plan, &turns, &begun) {
            if aws.stop.is_set() {
                break;
            }
            begun[index] = true;
            let (change, subject) = (&plan.changes[index], &subjects[index]);
            report.event(&Event::Started { subject });
            let turns = &turns;
            running.push(async move {
                let begun = Instant::now();
                let counting = Counting { report, again: AtomicUsize::new(0) };
                let shown = Shown::new(was_seen(plan, change));
                let progress = Progress { subject, report: &counting, stop: &aws.stop, shown: &shown, turns };
                let result = execute(aws, region, change, progress).await;
                let result = result.map_err(|error| error.of_change(subject));
                (index, result, begun.elapsed(), counting.again.into_inner() + 1)
            });
        }
        let ended = tokio::select! {
            biased;
            ended = running.next() => ended,
            // One has come further, so others may begin.
            () = turned() => continue,
        };
        let Some((index, result, elapsed, attempts)) = ended else { break };
        let subject = &subjects[index];
        match result {
            Ok(()) => {
                turns.reach(subject.kind, Mark::Done);
                outcome.done(subject.action);
                report.event(&Event::Done { subject, elapsed, attempts });
            }
            Err(error) => {
                turns.end(subject.kind);
                let is_cut_off = error.is_stopped();
                if is_cut_off {
                    outcome.cut_off += 1;
                    report.event(&Event::CutOff { subject });
                } else {
                    outcome.failed += 1;
                    outcome.met += usize::from(matches!(error, Error::OtherRun { .. }));
                    report.event(&Event::Failed { subject, error: &error.allowed_by(rights), elapsed });
                }
                let lost = strand(plan, &turns, &begun);
                // What the end of the whole run cuts off is told at the end, with all that is left.
                let told_at_the_end = is_cut_off && aws.stop.is_set();
                if !lost.is_empty() && !told_at_the_end {
                    for index in &lost {
                        told[*index] = true;
                    }
                    outcome.not_started += lost.len();
                    let lost: Vec<Subject> = lost.iter().map(|index| subjects[*index].clone()).collect();
                    report.event(&Event::NotStarted { subjects: &lost, needs: Some(subject) });
                }
            }
        }
    }
    let is_left = |(index, subject): (usize, &Subject)| (!begun[index] && !told[index]).then(|| subject.clone());
    let left: Vec<Subject> = subjects.iter().enumerate().filter_map(is_left).collect();
    outcome.not_started += left.len();
    if !left.is_empty() {
        report.event(&Event::NotStarted { subjects: &left, needs: None });
    }
    outcome
}

/// Whether the look has shown all that the change is about: the thing itself, or what it is a part of, and what it begins after. What this plan makes
/// may be unknown to some servers for minutes (§0.1), whoever has been told of it.
fn was_seen(plan: &Plan, change: &Change) -> bool {
    let is_made =
        |kind: Kind| !kind.is_a_part() && plan.changes.iter().any(|other| other.kind == kind && other.action == Action::Create);
    let seen = change.action == Action::Update || change.kind.is_a_part();
    seen && !change.order.begin.iter().any(|(kind, _)| is_made(*kind))
}

/// The changes that can start.
fn ready(plan: &Plan, turns: &Turns, begun: &[bool]) -> Vec<usize> {
    let waiting = plan.changes.iter().enumerate().filter(|(index, _)| !begun[*index]);
    waiting.filter(|(_, change)| turns.gate(change.order.begin) == Gate::Open).map(|(index, _)| index).collect()
}

/// What cannot start any more since something came to no good end: what waits for it, and what waits for that. Nobody waits for them any longer.
fn strand(plan: &Plan, turns: &Turns, begun: &[bool]) -> Vec<usize> {
    let mut lost = Vec::new();
    loop {
        let before = lost.len();
        for (index, change) in plan.changes.iter().enumerate() {
            if !begun[index] && turns.gate(change.order.begin) == Gate::Never && turns.end(change.kind) {
                lost.push(index);
            }
        }
        if lost.len() == before {
            return lost;
        }
    }
}

async fn execute(aws: &Aws, region: &str, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    match &change.step {
        Step::PutBucket(bucket) => aws::bucket::put(aws, bucket, change, region, progress).await,
        Step::CloseBucket { name } => aws::bucket::close(aws, name, change, progress).await,
        Step::DeleteBucket { name, objects, close } => aws::empty::delete_bucket(aws, name, *objects, *close, progress).await,
        Step::PutTable(table) => aws::table::put(aws, table, change, progress).await,
        Step::DeleteTable { name } => aws::table::delete(aws, name, progress).await,
        Step::PutRole(role) => aws::role::put(aws, role, change, progress).await,
        Step::DeleteRole { name, stand_in } => {
            // As long as the role is there, the next run looks for what stood in for it.
            aws::role::delete_stand_in(aws, stand_in, progress).await?;
            aws::role::delete(aws, name, progress).await
        }
        Step::PutLogGroup(group) => aws::log_group::put(aws, group, change, progress).await,
        Step::DeleteLogGroup { name } => aws::log_group::delete(aws, name, progress).await,
        Step::PutFunction(function) => aws::function::put(aws, function, change, progress).await,
        Step::DeleteFunction { name } => aws::function::delete(aws, name, progress).await,
        Step::PutPermission { permission, new_function } => aws::permission::put(aws, permission, *new_function, progress).await,
        Step::PutAsyncInvocation(settings) => aws::async_invocation::put(aws, settings, progress).await,
        Step::PutNotification { notification, new_bucket } => {
            aws::notification::put(aws, notification, *new_bucket, progress).await
        }
        Step::DeleteNotification { bucket } => aws::notification::delete(aws, bucket, progress).await,
        Step::FillIndex { index, table_arn, mark } => aws::index::fill(aws, index, table_arn, *mark, progress).await,
        Step::PutUser(user) => aws::user::put(aws, user, change, progress).await,
        Step::DeleteUser { name } => aws::user::delete(aws, name, progress).await,
        Step::PutAssets { bucket, files } => aws::upload::upload(aws, bucket, files, progress).await,
        Step::PutKey { key, plan } => aws::key::put(aws, key, plan, progress).await,
        Step::PutPages { bucket, files, manifest, delete } => {
            aws::site::publish(aws, bucket, files, manifest.as_deref(), delete, progress).await
        }
    }
}
