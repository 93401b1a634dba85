//! Galleries that are found in an account: each has a role, and its path and tags say whose it is.

use crate::names::{IAM_ROOT, Names};
use crate::place::Place;
use crate::resource::tags::{GALLERY, REGION, SITE, STAGE, TagMap};

/// A gallery, or a stage of one, that is deployed or was not taken down to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deployed {
    /// As `name` of its gallery.yaml.
    pub name: String,
    /// `None` is the main gallery.
    pub stage: Option<String>,
    /// `None`: somebody took the tag away.
    pub region: Option<String>,
    /// When its role was made: RFC 3339, UTC.
    pub since: Option<String>,
    /// The bucket with its page.
    pub site_bucket: Option<String>,
}

impl Deployed {
    /// What the path and the tags of a role say. `None`: it is not ours.
    pub fn of(path: &str, tags: &TagMap, since: Option<String>) -> Option<Self> {
        let (name, stage) = of_path(path)?;
        let tag = |key: &str| tags.get(key).cloned();
        // A path stays as it is; tags can be changed by anybody.
        let stage = stage.map(ToOwned::to_owned);
        let is_same = tag(GALLERY).is_none_or(|tag| tag == name) && tag(STAGE).is_none_or(|tag| Some(tag) == stage);
        is_same.then(|| Self { name: name.to_owned(), stage, region: tag(REGION), since, site_bucket: tag(SITE) })
    }

    /// `NAME` or `NAME-STAGE`.
    pub fn full_name(&self) -> String {
        self.stage.as_ref().map_or_else(|| self.name.clone(), |stage| format!("{}-{stage}", self.name))
    }

    /// Whether it is the gallery that has these names.
    pub fn is(&self, names: &Names) -> bool {
        of_path(&names.iam_path) == Some((&self.name, self.stage.as_deref()))
            && self.region.as_ref().is_none_or(|region| *region == names.place.region)
    }

    /// The address of its page. `place` is where anything of the account is.
    pub fn site_url(&self, place: &Place) -> Option<String> {
        let (region, bucket) = self.region.clone().zip(self.site_bucket.as_deref())?;
        Some(Place { region, ..place.clone() }.site_url(bucket))
    }
}

/// Name and stage.
fn of_path(path: &str) -> Option<(&str, Option<&str>)> {
    let rest = path.strip_prefix(IAM_ROOT)?.strip_suffix('/')?;
    match rest.split('/').collect::<Vec<_>>()[..] {
        [name] if !name.is_empty() => Some((name, None)),
        [name, stage] if !name.is_empty() && !stage.is_empty() => Some((name, Some(stage))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> TagMap {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn path_and_tags_say_whose_a_role_is() {
        let all = tags(&[(GALLERY, "holiday"), (STAGE, "pr"), (REGION, "eu-west-1"), (SITE, "page")]);
        let found = Deployed::of("/gallery-deploy/holiday/pr/", &all, None).expect("ours");
        assert_eq!((found.full_name().as_str(), found.region.as_deref()), ("holiday-pr", Some("eu-west-1")));
        let place = Place { account: "123456789012".into(), region: "us-west-2".into(), endpoint: None };
        assert_eq!(found.site_url(&place).as_deref(), Some("https://page.s3.eu-west-1.amazonaws.com/index.html"));
        let untagged = Deployed::of("/gallery-deploy/holiday/", &TagMap::new(), None).expect("ours by its path");
        assert_eq!((untagged.full_name().as_str(), untagged.site_url(&place)), ("holiday", None));
    }

    #[test]
    fn other_roles_are_nobody_s_gallery() {
        for path in
            ["/", "/gallery-deploy/", "/gallery-deploy//", "/gallery-deploy/a/b/c/", "/service-role/", "/gallery-deploy/a"]
        {
            assert_eq!(Deployed::of(path, &TagMap::new(), None), None, "{path}");
        }
        assert_eq!(Deployed::of("/gallery-deploy/holiday/", &tags(&[(GALLERY, "other")]), None), None);
        assert_eq!(Deployed::of("/gallery-deploy/holiday/", &tags(&[(STAGE, "pr")]), None), None);
    }
}
