//! `down`: delete what belongs to the gallery, in an order that strands nothing.

use std::cell::Cell;
use std::future::ready;

use futures_util::join;

use super::deploy::{Look, carry_out, look};
use super::global::Global;
use super::session::Session;
use crate::aws::{Access, counts};
use crate::error::Error;
use crate::event::{Event, Purpose, Report};
use crate::plan;
use crate::resource::Kind;
use crate::status::Stored;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gallery's name, instead of typing it
    #[arg(long, value_name = "NAME")]
    confirm_name: Option<String>,
    /// Delete the images bucket with all that is in it, too
    #[arg(long)]
    delete_images: bool,
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let session = Session::open(global, Access::ReadWrite).await?;
    let stored = Cell::new(None);
    let make_plan = |seen: &_| plan::down(&session.names, seen, args.delete_images, stored.get());
    let bucket = &session.names.images_bucket;
    let count = async {
        match args.delete_images {
            true => counts::versions(session.looking(), bucket).await,
            false => counts::images(session.looking(), bucket).await.map(Stored::from),
        }
    };
    let (look, counted) = join!(look(&session, ready(Ok(())), |(), seen| Ok(make_plan(seen)), report), count);
    let ((), mut look) = look?;
    // Where they cannot be counted, the plan has no number.
    stored.set(counted.ok());
    look.plan = make_plan(&look.seen);
    look.report(Purpose::Down, report);
    let Look { seen, plan, .. } = look;
    if plan.is_empty() {
        return Ok(());
    }
    confirm(&session.names.gallery, args, global.yes, report)?;
    carry_out(&session, &seen, &plan, make_plan, report).await?;
    if plan.kept.iter().any(|kept| kept.kind == Kind::ImagesBucket && kept.name == *bucket) {
        let extent = stored.get().map(|stored| format!(" ({})", stored.extent())).unwrap_or_default();
        let still = format!("bucket {bucket}{extent}");
        let later = "`gallery-deploy down --delete-images` removes it; `up` uses it again".to_owned();
        report.event(&Event::Hints(&[("Still there", still), ("Later", later)]));
    }
    Ok(())
}

fn confirm(gallery: &str, args: &Args, yes: bool, report: &dyn Report) -> Result<(), Error> {
    let flag = format!("--confirm-name {gallery}");
    match &args.confirm_name {
        Some(name) if name == gallery => return Ok(()),
        Some(name) => return Err(Error::Unconfirmed { what: format!("the gallery is called `{gallery}`, not `{name}`"), flag }),
        None => {}
    }
    match report.ask("Type the gallery's name to go on:") {
        Some(name) if name == gallery => Ok(()),
        Some(_) => Err(Error::Cancelled),
        None if yes => Err(Error::Unconfirmed { what: "--yes does not suffice to delete a gallery".into(), flag }),
        None => Err(Error::Unconfirmed { what: "down needs the gallery's name, and nobody is there to ask".into(), flag }),
    }
}
