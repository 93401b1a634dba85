//! `reindex`: make the index equal the images again, or only say where it differs.

use futures_util::try_join;

use super::global::Global;
use super::session::Session;
use crate::aws::index::{Mode, reindex};
use crate::aws::{Access, bucket, table};
use crate::error::Error;
use crate::event::{Event, Report};
use crate::names::Names;
use crate::plan::Blocked;
use crate::resource::index::Index;
use crate::resource::tags::TagMap;
use crate::resource::{Kind, Seen};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Change nothing; exit with 5 if the index differs from the images
    #[arg(long)]
    check: bool,
    /// Only this gallery, as the page names it
    #[arg(long, value_name = "NAME", value_parser = gallery)]
    gallery: Option<String>,
}

/// The part of a key between `images/` and the next slash.
fn gallery(name: &str) -> Result<String, String> {
    match name {
        "" => Err("a gallery has a name".into()),
        name if name.contains('/') => Err("the name of a gallery holds no slash: `rome`, not `images/rome`".into()),
        name => Ok(name.to_owned()),
    }
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let (access, mode) = if args.check { (Access::ReadOnly, Mode::Check) } else { (Access::ReadWrite, Mode::Repair) };
    let session = Session::open(global, access).await?;
    session.introduce(report).await?;
    let index = Index::new(&session.config, &session.names);
    are_ours(&session).await?;
    if mode == Mode::Repair {
        session.aws.stop.guard_writes();
    }
    let counts = reindex(&session.aws, &index, args.gallery.as_deref(), mode, report).await?;
    if let Some(gallery) = args.gallery.as_deref().filter(|_| counts.images + counts.rows + counts.differences() == 0) {
        report.event(&Event::Note(&format!("There is no gallery `{gallery}`: it has neither images nor rows.")));
    }
    match (mode, counts.differences()) {
        (Mode::Check, 1..) => Err(Error::IndexDiffers { differences: counts.differences() }),
        _ => Ok(()),
    }
}

/// Nothing is compared with, or written into, what belongs to somebody else.
async fn are_ours(session: &Session) -> Result<(), Error> {
    let (aws, names) = (session.looking(), &session.names);
    let table_arn = names.table_arn();
    let (bucket, table) = try_join!(
        bucket::observe(aws, &names.images_bucket, bucket::Extent::Unversioned),
        table::observe(aws, &names.table, &table_arn)
    )?;
    is_ours(names, Kind::ImagesBucket, &names.images_bucket, &bucket, |it| &it.tags)?;
    is_ours(names, Kind::Table, &names.table, &table, |it| &it.tags)
}

fn is_ours<T>(names: &Names, kind: Kind, name: &str, seen: &Seen<T>, tags: impl Fn(&T) -> &TagMap) -> Result<(), Error> {
    match seen {
        Seen::Present(live) if names.tags.owns(tags(live)) => Ok(()),
        Seen::Present(_) | Seen::Absent => Err(Error::NotDeployed(names.gallery.clone())),
        Seen::Unknown(reason) => Err(Error::Blocked { blocked: vec![Blocked::new(kind, name, reason)] }),
    }
}
