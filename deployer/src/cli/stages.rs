//! `stages`: the galleries of the account, and how `up` mentions those beside its own.

use super::global::Global;
use super::session::Session;
use crate::aws::{Access, discover};
use crate::error::Error;
use crate::event::{Event, Report};

/// So many are told by name.
const NAMED: usize = 5;

pub(super) async fn run(global: &Global, report: &dyn Report) -> Result<(), Error> {
    let session = Session::open(global, Access::ReadOnly).await?;
    session.introduce(report).await?;
    let galleries = discover::deployed(session.looking()).await?;
    report.event(&Event::Galleries { galleries: &galleries, place: &session.names.place });
    Ok(())
}

/// Tells which other galleries there are: whoever has changed `name` or `region` learns that the old one is still there. What this identity may not read is
/// not mentioned.
pub(super) async fn mention_others(session: &Session, report: &dyn Report) {
    let Ok(mut others) = discover::deployed(session.looking()).await else { return };
    others.retain(|gallery| !gallery.is(&session.names));
    let told = others.iter().take(NAMED).map(|gallery| match &gallery.region {
        Some(region) => format!("`{}` in {region}", gallery.full_name()),
        None => format!("`{}`", gallery.full_name()),
    });
    let told: Vec<String> = told.collect();
    let more = others.len() - told.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if !told.is_empty() {
        let names = told.join(", ");
        report
            .event(&Event::Note(&format!("Also deployed in this account: {names}{more} (`gallery-deploy stages` lists them).")));
    }
}
