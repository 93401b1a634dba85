//! Names that `gallery.yaml` has changed since the last deploy. AWS renames nothing: another name would be another resource beside the old one, which nothing would
//! ever delete, and pictures would be left behind. So it is refused, with the way out. What a newer release has deployed is refused, too.

use super::{Plan, Why};
use crate::place::Place;
use crate::resource::Kind;
use crate::resource::observed::Observed;
use crate::resource::site::DeployedNames;

impl Plan {
    /// Blocks what a newer release has deployed: its record says more than this release understands.
    pub(super) fn refuse_newer_release(&mut self, site_bucket: &str, seen: &Observed) {
        if let Some(format) = seen.site.present().and_then(|site| site.newer_format) {
            self.block(Kind::Page, site_bucket, Why::NewerRelease { format });
        }
    }

    /// Blocks every resource that is deployed under another name than `names` and `site_bucket` say. `known` are origins of other pages.
    pub(super) fn refuse_renames(
        &mut self,
        place: &Place,
        names: &DeployedNames,
        site_bucket: &str,
        known: &[String],
        seen: &Observed,
    ) {
        let last = deployed(seen);
        let DeployedNames { images_bucket, table, role, function, user } = names;
        let pairs = [
            (Kind::ImagesBucket, &last.images_bucket, images_bucket),
            (Kind::Table, &last.table, table),
            (Kind::Role, &last.role, role),
            (Kind::Function, &last.function, function),
            (Kind::User, &last.user, user),
        ];
        for (kind, was, wanted) in pairs {
            if !was.is_empty() && was != wanted {
                self.block(kind, was, Why::Renamed { to: wanted.clone() });
            }
        }
        if let Some(was) = other_site(place, site_bucket, known, seen) {
            self.block(Kind::SiteBucket, &was, Why::Renamed { to: site_bucket.to_owned() });
        }
    }
}

/// The names of the last deploy that came to its end; of one that did not, the bucket into which pictures may have been put. Empty: nothing tells.
fn deployed(seen: &Observed) -> DeployedNames {
    if let Some(names) = seen.site.present().and_then(|site| site.manifest.as_ref()).and_then(|manifest| manifest.names.clone()) {
        return names;
    }
    let page = seen.client_config.present().and_then(|config| config.deployed.as_ref());
    let by_page = page.map(|page| &page.config.images_bucket);
    let by_function = || seen.function.present().and_then(|function| function.environment.get("GALLERY_BUCKET"));
    // Where the wanted one is there, another one in the environment is drift.
    let images_bucket = by_page.or_else(by_function).filter(|_| seen.images_bucket.present().is_none());
    DeployedNames { images_bucket: images_bucket.cloned().unwrap_or_default(), ..DeployedNames::default() }
}

/// The bucket of the page that the images bucket trusts, if it is another one and the wanted one holds no page.
fn other_site(place: &Place, wanted: &str, known: &[String], seen: &Observed) -> Option<String> {
    if seen.site.present().is_some_and(crate::resource::site::Observed::completed) {
        return None;
    }
    let origins: Vec<&String> = seen.images_bucket.present()?.cors.iter().flat_map(|rule| &rule.origins).collect();
    let own = place.site_origin(wanted);
    if origins.iter().any(|origin| **origin == own) {
        return None;
    }
    origins
        .into_iter()
        .filter(|origin| !known.contains(origin))
        .find_map(|origin| place.bucket_of_site(origin))
        .map(str::to_owned)
}
