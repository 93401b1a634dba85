//! `up`: make AWS match `gallery.yaml`.

use futures_util::join;

use super::deploy::{Look, carry_out, look};
use super::global::Global;
use super::session::{Session, load_deployable};
use super::stages::mention_others;
use crate::aws::{Access, Origin};
use crate::bundle;
use crate::desired::Desired;
use crate::error::Error;
use crate::event::{Event, Purpose, Report};
use crate::plan::{self, Action, Adopt, Plan, Step, Target};
use crate::resource::Kind;
use crate::text::plural;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    adoption: Adoption,
}

/// What `up` and `plan` may take over.
#[derive(Debug, clap::Args)]
pub(super) struct Adoption {
    /// Take over what exists and has no owner; may be given several times
    #[arg(long, value_name = "KIND/NAME")]
    adopt: Vec<Target>,
}

impl Adoption {
    pub(super) fn adopt(&self) -> Adopt<'_> {
        if self.adopt.is_empty() { Adopt::Nothing } else { Adopt::Named(&self.adopt) }
    }
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let session = Session::connect(global, load_deployable(global)?, Origin::Environment, Access::ReadWrite).await?;
    let consent = if global.yes { Consent::Given } else { Consent::ToBeAsked };
    deploy(&session, args.adoption.adopt(), consent, report).await?;
    report.output("site_url", &session.names.site_url())
}

/// Looks, and plans what `up` would do to bring about what it shall be.
///
/// # Errors
/// A page that cannot be read; a read that failed; a wish to take over what cannot be taken over; something that stands in the way.
pub(super) async fn look_before_up(session: &Session, adopt: Adopt<'_>, report: &dyn Report) -> Result<(Desired, Look), Error> {
    // Before AWS is asked anything.
    let page = session.page()?;
    let make_plan = |desired: &Desired, seen: &_| {
        if let Adopt::Named(targets) = adopt {
            let adoptable = plan::up(desired, seen, Adopt::Nothing).adoptable();
            let asked: Vec<String> = targets.iter().map(ToString::to_string).filter(|asked| !adoptable.contains(asked)).collect();
            if !asked.is_empty() {
                return Err(Error::NoWayOut { flag: "--adopt", can_be: "taken over", asked, possible: adoptable });
            }
        }
        Ok(plan::up(desired, seen, adopt))
    };
    look(session, session.desired(page), make_plan, report).await
}

/// Whether the user wants the plan to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    ToBeAsked,
}

/// Brings the gallery up.
///
/// # Errors
/// Whatever stands in the way; changes that failed.
pub(super) async fn deploy(session: &Session, adopt: Adopt<'_>, consent: Consent, report: &dyn Report) -> Result<(), Error> {
    let (desired, look) = look_before_up(session, adopt, report).await?;
    let make_plan = |seen: &_| plan::up(&desired, seen, adopt);
    look.report(Purpose::Up, report);
    let Look { seen, plan, .. } = look;
    if !plan.is_empty() {
        if plan.changes.iter().any(|change| matches!(change.step, Step::PutFunction(_))) {
            // Before anything is written: Lambda would take a program that it cannot start.
            bundle::indexer(session.config.indexer.architecture)?.verify()?;
        }
        let mention = async {
            if is_new(&plan) {
                mention_others(session, report).await;
            }
        };
        let work = carry_out(session, &seen, &plan, make_plan, report);
        match consent {
            Consent::ToBeAsked => {
                mention.await;
                confirm(&plan, report)?;
                work.await?;
            }
            // Nobody waits for an answer, so nothing waits for the list.
            Consent::Given => join!(mention, work).1?,
        }
        if !session.is_dev {
            let key = "public, as in the article: it may put and get images and query the index, nothing else".to_owned();
            let next = "`gallery-deploy status` shows counts and errors of the indexer".to_owned();
            report.event(&Event::Hints(&[("Key", key), ("Next", next)]));
        }
    }
    if let Some(policy) = seen.user.present().and_then(|user| user.quarantine()) {
        let note = format!(
            "AWS has quarantined the page's key, because it is public ({policy}): uploads may be refused. See README, \"The page's key\"."
        );
        report.event(&Event::Note(&note));
    }
    Ok(())
}

/// Whether the gallery was not there: then somebody may have changed its name.
pub(super) fn is_new(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| change.kind == Kind::Role && change.action == Action::Create)
}

fn confirm(plan: &Plan, report: &dyn Report) -> Result<(), Error> {
    let changes = plural(plan.changes.len(), "change");
    // What goes is named once more, where nobody can overlook it.
    let goes = plan.changes.iter().filter(|change| change.action == Action::Delete);
    let goes: String = goes.map(|change| format!("  - {} {}\n", change.kind.word(), change.name)).collect();
    let goes = if goes.is_empty() { goes } else { format!("These will be deleted:\n{goes}\n") };
    let which = if plan.changes.len() == 1 { "this change".to_owned() } else { format!("these {changes}") };
    match report.ask(&format!("{goes}Apply {which}? [y/N]")).as_deref() {
        Some("y" | "Y" | "yes") => Ok(()),
        Some(_) => Err(Error::Cancelled),
        None => Err(Error::Unconfirmed { what: format!("{changes} to make, and nobody is there to ask"), flag: "--yes".into() }),
    }
}
