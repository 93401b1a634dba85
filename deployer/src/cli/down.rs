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
use crate::plan::{self, Blocked, Target};
use crate::status::Stored;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gallery's name, instead of typing it
    #[arg(long, value_name = "NAME")]
    confirm_name: Option<String>,
    /// Delete the images bucket with all that is in it, too
    #[arg(long)]
    delete_images: bool,
    /// Leave this as it is although it stands in the way, and delete the rest; may be given several times
    #[arg(long, value_name = "KIND/NAME")]
    skip: Vec<Target>,
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let session = Session::open(global, Access::ReadWrite).await?;
    let stored = Cell::new(None);
    let plan_without = |skip: &[Target], seen: &_| plan::down(&session.names, seen, args.delete_images, stored.get(), skip);
    let make_plan = |seen: &_| plan_without(&args.skip, seen);
    let first_plan = |(): &(), seen: &_| {
        let possible: Vec<String> =
            plan_without(&[], seen).blocked.iter().filter(|blocked| blocked.skippable).map(Blocked::target).collect();
        let asked: Vec<String> = args.skip.iter().map(ToString::to_string).filter(|asked| !possible.contains(asked)).collect();
        if asked.is_empty() {
            Ok(make_plan(seen))
        } else {
            Err(Error::NoWayOut { flag: "--skip", can_be: "skipped", asked, possible })
        }
    };
    let bucket = &session.names.images_bucket;
    let count = async {
        match args.delete_images {
            true => counts::versions(session.looking(), bucket).await,
            false => counts::images(session.looking(), bucket).await.map(Stored::from),
        }
    };
    let (look, counted) = join!(look(&session, ready(Ok(())), first_plan, report), count);
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
    if plan.keeps_images {
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
