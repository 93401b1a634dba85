//! `down`: delete what belongs to the gallery, in an order that strands nothing.

use super::deploy::{Look, carry_out, look};
use super::global::Global;
use super::session::Session;
use crate::aws::Access;
use crate::error::Error;
use crate::event::{Purpose, Report};
use crate::plan;

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
    session.introduce(report);
    let make_plan = |seen: &_| plan::down(&session.names, seen, args.delete_images);
    let look = look(&session, |seen| Ok(make_plan(seen))).await?;
    look.report(Purpose::Down, report);
    let Look { seen, plan, .. } = look;
    if plan.is_empty() {
        return Ok(());
    }
    confirm(&session.names.gallery, args, global.yes, report)?;
    carry_out(&session, &seen, &plan, make_plan, report).await
}

fn confirm(gallery: &str, args: &Args, yes: bool, report: &dyn Report) -> Result<(), Error> {
    let flag = format!("--confirm-name {gallery}");
    match &args.confirm_name {
        Some(name) if name == gallery => return Ok(()),
        Some(name) => return Err(Error::Unconfirmed { what: format!("the gallery is called `{gallery}`, not `{name}`"), flag }),
        None => {}
    }
    match report.ask("There is no undo. Type the gallery's name to go on:") {
        Some(name) if name == gallery => Ok(()),
        Some(_) => Err(Error::Cancelled),
        None if yes => Err(Error::Unconfirmed { what: "--yes does not suffice to delete a gallery".into(), flag }),
        None => Err(Error::Unconfirmed { what: "down needs the gallery's name, and nobody is there to ask".into(), flag }),
    }
}
