//! `status`: what is deployed, and whether it works.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::join;

use super::global::Global;
use super::session::{Session, load_deployable};
use crate::aws::error::AwsError;
use crate::aws::{Access, Origin, counts, log_lines};
use crate::error::Error;
use crate::event::{Event, Report};
use crate::log_line::Failures;
use crate::observe::observe;
use crate::plan::{self, Adopt, Plan, Why};
use crate::resource::observed::Observed;
use crate::resource::site::MANIFEST_KEY;
use crate::status::{Difference, HOURS, Read, Status};

pub(super) async fn run(global: &Global, report: &dyn Report) -> Result<(), Error> {
    let session = Session::connect(global, load_deployable(global)?, Origin::Environment, Access::ReadOnly).await?;
    session.introduce(report).await?;
    let (aws, names) = (&session.aws, &session.names);
    let page = session.page()?;
    let failed_events = names.failed_events_prefix();
    let (desired, seen, images, rows, failures, failed_events) = join!(
        session.desired(page),
        observe(aws, names, None),
        counts::images(aws, &names.images_bucket),
        counts::rows(aws, &names.table),
        log_lines::failures(aws, &names.log_group, Duration::from_secs(HOURS * 3600)),
        counts::failed_events(aws, &names.images_bucket, &failed_events),
    );
    let (desired, seen) = (desired?, seen?);
    let plan = plan::up(&desired, &seen, Adopt::Nothing);
    is_deployed(&session, &seen, &plan)?;
    let status = Status {
        site_url: seen.site_bucket.present().map(|_| names.site_url()),
        last_deploy: last_deploy(&seen),
        images: or_why(images),
        rows: or_why(rows),
        // A function that was never called has written nothing.
        failures: match failures {
            Err(error) if error.is_not_found() => Ok(Failures { lines: Vec::new(), is_all: true }),
            other => or_why(other),
        },
        failed_events: or_why(failed_events),
        difference: Difference::of(&plan),
        unknown: plan
            .blocked
            .iter()
            .map(|blocked| format!("{} `{}` {}", blocked.kind.word(), blocked.name, blocked.why))
            .collect(),
    };
    report.event(&Event::Status(&status));
    Ok(())
}

/// What may not be read is told; what is somebody else's is not this gallery.
fn is_deployed(session: &Session, seen: &Observed, plan: &Plan) -> Result<(), Error> {
    let is_foreign =
        |why: &Why| !matches!(why, Why::Denied { .. } | Why::Encrypted(_) | Why::Protected | Why::AccountBlocksPublic(_));
    if plan.blocked.iter().any(|blocked| is_foreign(&blocked.why)) {
        return Err(Error::Blocked { blocked: plan.blocked.clone() });
    }
    let Observed { images_bucket, site_bucket, table, role, function, user, .. } = seen;
    let is_there = images_bucket.present().is_some()
        || site_bucket.present().is_some()
        || table.present().is_some()
        || role.present().is_some()
        || function.present().is_some()
        || user.present().is_some();
    if is_there || !plan.blocked.is_empty() { Ok(()) } else { Err(Error::NotDeployed(session.names.gallery.clone())) }
}

/// The manifest is the last write of a deploy.
fn last_deploy(seen: &Observed) -> Option<String> {
    let manifest = seen.site.present()?.objects.get(MANIFEST_KEY)?;
    let since = Duration::from_nanos(u64::try_from(manifest.modified).ok()?);
    DateTime::from_secs(i64::try_from(since.as_secs()).ok()?).fmt(Format::DateTime).ok()
}

fn or_why<T>(read: Result<T, AwsError>) -> Read<T> {
    read.map_err(|error| Error::from(error).summary())
}
