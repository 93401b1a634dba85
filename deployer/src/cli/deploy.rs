//! Plan, apply, look again: what `up`, `down` and `dev` share.

use std::time::{Duration, Instant};

use futures_util::join;

use super::session::Session;
use crate::apply::{Outcome, apply};
use crate::aws::wait::{Pace, Pause};
use crate::caller_policy::rights;
use crate::error::Error;
use crate::event::{Event, Purpose, Report};
use crate::observe::observe;
use crate::plan::{Action, Plan, Why};
use crate::resource::Kind;
use crate::resource::observed::Observed;

/// Bucket configuration is eventually consistent (S4): so long the second look may find the old values.
const VERIFY: Duration = Duration::from_secs(60);

/// A look at AWS, and what follows from it.
pub(super) struct Look {
    pub seen: Observed,
    pub plan: Plan,
    elapsed: Duration,
}

impl Look {
    /// Tells the plan.
    pub(super) fn report(&self, purpose: Purpose, report: &dyn Report) {
        report.event(&Event::Planned { plan: &self.plan, purpose, elapsed: self.elapsed });
    }
}

/// Tells whose gallery it is, looks and plans with `make_plan`, which gets what became ready meanwhile. Who is calling is asked along with everything
/// else where the account is known, and comes first of what can be wrong.
///
/// # Errors
/// No credentials, or another account's; that of `wanted`; a read that failed; what `make_plan` refuses; something that stands in the way.
pub(super) async fn look<T>(
    session: &Session,
    wanted: impl Future<Output = Result<T, Error>>,
    make_plan: impl Fn(&T, &Observed) -> Result<Plan, Error>,
    report: &dyn Report,
) -> Result<(T, Look), Error> {
    let begun = Instant::now();
    let introduce = async {
        session.introduce(report).await?;
        // What is told comes after whose it is.
        report.event(&Event::Looking);
        Ok(())
    };
    let (introduced, wanted, seen): (Result<(), Error>, _, _) =
        join!(introduce, wanted, observe(session.looking(), &session.names, None));
    introduced?;
    let (wanted, seen) = (wanted?, seen?);
    let plan = make_plan(&wanted, &seen)?;
    if plan.blocked.is_empty() {
        Ok((wanted, Look { seen, plan, elapsed: begun.elapsed() }))
    } else {
        Err(Error::Blocked { blocked: plan.blocked }.allowed_by(&rights(&session.names)))
    }
}

/// Applies `plan` and looks again at what it wrote. Once the run is to stop, the calls in flight finish and no other begins.
///
/// # Errors
/// Changes that failed or were not started; a second look that still finds something to change.
pub(super) async fn carry_out(
    session: &Session,
    seen: &Observed,
    plan: &Plan,
    make_plan: impl Fn(&Observed) -> Plan,
    report: &dyn Report,
) -> Result<(), Error> {
    session.aws.stop.guard_writes();
    let begun = Instant::now();
    let rights = rights(&session.names);
    let outcome = apply(&session.aws, &session.names.place.region, &rights, plan, report).await;
    let verified = if outcome.is_complete() { verify(session, seen, plan, make_plan, report).await } else { Ok(()) };
    summarise(outcome, begun.elapsed(), report);
    match outcome {
        Outcome { failed: 0, cut_off: 0, not_started: 0, .. } => verified,
        Outcome { failed, met, cut_off, not_started, .. } => {
            // What waited for those that failed is cut off.
            Err(Error::Incomplete { failed: failed + cut_off, not_started, other_run: met > 0 && met == failed })
        }
    }
}

async fn verify(
    session: &Session,
    seen: &Observed,
    plan: &Plan,
    make_plan: impl Fn(&Observed) -> Plan,
    report: &dyn Report,
) -> Result<(), Error> {
    let begun = Instant::now();
    let written: Vec<Kind> = plan.changes.iter().map(|change| change.kind).collect();
    // What the first look of `down` missed, since a server lagged behind (S4), would stay and stay open: so all is looked at.
    let since = (!plan.is_down).then_some((seen, written.as_slice()));
    let mut pace = Pace::new();
    loop {
        let again = observe(session.looking(), &session.names, since).await?;
        let left = make_plan(&again);
        // Waiting does not help against this.
        if left.blocked.iter().any(|blocked| matches!(blocked.why, Why::Denied { .. })) {
            return Err(Error::Blocked { blocked: left.blocked }.allowed_by(&rights(&session.names)));
        }
        let changed = left.changes;
        let changes = changed.iter().map(|change| format!("{} `{}`", change.kind.word(), change.name));
        let blocked = left.blocked.iter().map(|blocked| format!("{} `{}`", blocked.kind.word(), blocked.name));
        let left: Vec<String> = changes.chain(blocked).collect();
        let elapsed = begun.elapsed();
        if left.is_empty() {
            report.event(&Event::Verified);
            return Ok(());
        }
        let say = || report.event(&Event::Verifying { left: &left, elapsed });
        if pace.pause(elapsed, VERIFY, &session.aws.stop, say).await == Pause::TooLate {
            // What this run has made is gone, or what it has deleted is there again: that is no lag.
            let undone = changed.iter().find(|change| plan.changes.iter().any(|done| change.undoes(done)));
            return Err(match undone {
                Some(change) => {
                    let there = if change.action == Action::Delete { "there again" } else { "gone" };
                    let what = format!("the {} `{}` is {there}", change.kind.word(), change.name);
                    Error::OtherRun { what, last: None }
                }
                None => Error::NotConverged(left),
            });
        }
    }
}

fn summarise(outcome: Outcome, elapsed: Duration, report: &dyn Report) {
    let Outcome { created, updated, deleted, failed, met: _, cut_off, not_started } = outcome;
    report.event(&Event::Summary { created, updated, deleted, failed, cut_off, not_started, elapsed });
}
