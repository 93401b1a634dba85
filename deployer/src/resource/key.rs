//! The page's access key and the `config.json` in which it lies. That it is public is the article's choice.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::compare::{Cause, Compared, Field};
use super::rights::Right;
use super::tags::hex;
use super::user::{AccessKey, arns};
use crate::place::Place;

/// What may differ of the page's key and of its configuration.
pub const FIELDS: &[Field] = &[Field::AccessKey, Field::Config, Field::OtherKeys];

/// The object that holds the page's configuration, in the site bucket.
pub const CONFIG_KEY: &str = "config.json";

/// A secret: cannot be printed and cannot be serialised by accident.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, to sign with or to write into `config.json`.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// What the page must know, apart from the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientConfig {
    pub region: String,
    /// `None`: the real AWS.
    pub endpoint: Option<String>,
    pub images_bucket: String,
    pub table: String,
    pub max_size_mib: u32,
    pub accepted_types: Vec<String>,
    pub title: String,
}

impl ClientConfig {
    /// Whether its page takes images that the page of `other` refuses.
    pub fn accepts_more(&self, other: &Self) -> bool {
        self.max_size_mib > other.max_size_mib || self.accepted_types.iter().any(|kind| !other.accepted_types.contains(kind))
    }
}

/// An access key with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    pub access_key_id: String,
    pub secret: Secret,
}

/// `config.json` as it was read back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Deployed {
    #[serde(flatten)]
    pub config: ClientConfig,
    access_key_id: String,
    secret_access_key: Secret,
    /// Somebody else wrote it last: it does not carry the [`seal`] of its content, has other headers, or is encrypted otherwise.
    #[serde(skip)]
    pub touched: bool,
    /// AWS does not take the key that it holds. Only asked where it was touched.
    #[serde(skip)]
    pub refused: bool,
}

/// The object `config.json` as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigObject {
    /// Named by a write that replaces it (`If-Match`), so that what another run wrote meanwhile is never overwritten.
    pub etag: String,
    /// `None`: it cannot be understood.
    pub deployed: Option<Deployed>,
}

/// Goes along with `config.json` as metadata, so that a change by somebody else is noticed: a hash of what was written.
pub fn seal(body: &[u8]) -> String {
    hex(&Sha256::digest(body)[..12])
}

impl Deployed {
    /// The key that the page uses.
    pub fn key(&self) -> KeyPair {
        KeyPair { access_key_id: self.access_key_id.clone(), secret: self.secret_access_key.clone() }
    }
}

/// The body of `config.json`.
pub fn config_json(config: &ClientConfig, key: &KeyPair) -> String {
    let ClientConfig { region, endpoint, images_bucket, table, max_size_mib, accepted_types, title } = config;
    let body = json!({
        "region": region, "endpoint": endpoint, "images_bucket": images_bucket, "table": table,
        "access_key_id": key.access_key_id, "secret_access_key": key.secret.reveal(),
        "max_size_mib": max_size_mib, "accepted_types": accepted_types, "title": title,
    });
    format!("{body:#}\n")
}

/// The page's key as it shall be: one active key, in `config.json`, and no other.
#[derive(Debug, Clone)]
pub struct ClientKey {
    pub user: String,
    pub bucket: String,
    pub config: ClientConfig,
}

/// What `apply` has to do about the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlan {
    /// The key to keep; `None` makes a new one.
    pub keep: Option<KeyPair>,
    /// Whether `config.json` is to be written.
    pub write: bool,
    /// The ETag of the `config.json` that was seen; `None`: there was none. It is written over this one only.
    pub over: Option<String>,
    /// Ids of the user's other keys, those first that open nothing any more. They are deleted once `config.json` holds the right one.
    pub delete: Vec<String>,
}

impl ClientKey {
    /// The key is kept when `config.json` holds one that the user still has and that is active.
    pub fn compare(&self, seen: Option<&ConfigObject>, keys: &[AccessKey]) -> (Compared, KeyPlan) {
        let mut fields = Compared::of(FIELDS);
        let deployed = seen.and_then(|object| object.deployed.as_ref());
        let known = deployed.and_then(|deployed| keys.iter().find(|key| key.id == deployed.access_key_id));
        let keep = deployed.filter(|it| known.is_some_and(|key| key.active) && !it.refused).map(Deployed::key);
        // Without `config.json` nothing tells whether there ever was one.
        let drift = deployed.map(|_| Cause::Drift);
        if keep.is_none() {
            let before = match (deployed, known) {
                (None, _) => "none",
                (Some(_), None) => "deleted",
                (Some(_), Some(key)) if !key.active => "inactive",
                (Some(_), Some(_)) => "refused",
            };
            fields.push(Field::AccessKey, json!(before), json!("new"), drift);
        }
        match deployed {
            None => fields.push(Field::Config, json!(null), json!(self.config), None),
            Some(live) if live.config != self.config => {
                let cause = if live.touched { Cause::Drift } else { Cause::Config };
                fields.push(Field::Config, json!(live.config), json!(self.config), Some(cause));
            }
            Some(live) if live.touched => {
                fields.push(Field::Config, json!("written by somebody else"), json!("as it shall be"), Some(Cause::Drift));
            }
            Some(_) => {}
        }
        let kept_id = keep.as_ref().map(|key| key.access_key_id.as_str());
        let mut others: Vec<&AccessKey> = keys.iter().filter(|key| Some(key.id.as_str()) != kept_id).collect();
        // The one in `config.json` is dead, or it would be kept.
        others.sort_by_key(|key| (known.is_none_or(|known| known.id != key.id), key.active));
        let delete: Vec<String> = others.into_iter().map(|key| key.id.clone()).collect();
        // That a key goes when it is replaced goes without saying.
        let others: Vec<&String> = delete.iter().filter(|id| known.is_none_or(|known| known.id != **id)).collect();
        if !others.is_empty() {
            fields.push(Field::OtherKeys, json!(others), json!([]), drift);
        }
        let write = fields.fields.iter().any(|change| change.field != Field::OtherKeys);
        (fields, KeyPlan { keep, write, over: seen.map(|object| object.etag.clone()), delete })
    }
}

/// What it takes to look at the page's key and to make one; the rest comes with the user and with the page. `path` is that of the user.
pub fn rights(place: &Place, site_bucket: &str, path: &str, user: &str) -> Vec<Right> {
    vec![
        Right::to_look("Objects", &["s3:GetObject"], &[place.s3_arn(&format!("{site_bucket}/{CONFIG_KEY}"))]),
        Right::to_change("User", &["iam:CreateAccessKey"], &arns(place, path, user)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> ClientKey {
        let config = ClientConfig {
            region: "us-west-2".into(),
            endpoint: None,
            images_bucket: "images".into(),
            table: "index".into(),
            max_size_mib: 25,
            accepted_types: vec!["image/png".into()],
            title: "Gallery".into(),
        };
        ClientKey { user: "client".into(), bucket: "site".into(), config }
    }

    fn deployed(id: &str) -> ConfigObject {
        let key = KeyPair { access_key_id: id.into(), secret: Secret::new("s") };
        let deployed = serde_json::from_str(&config_json(&wanted().config, &key)).unwrap();
        ConfigObject { etag: format!("etag of {id}"), deployed: Some(deployed) }
    }

    fn key(id: &str, active: bool) -> AccessKey {
        AccessKey { id: id.into(), active }
    }

    #[test]
    fn a_living_key_is_kept() {
        let (fields, plan) = wanted().compare(Some(&deployed("A")), &[key("A", true)]);
        assert_eq!(fields.fields, []);
        assert_eq!(plan.keep.map(|key| key.access_key_id).as_deref(), Some("A"));
    }

    #[test]
    fn a_lost_dead_or_missing_key_is_replaced() {
        for (deployed, keys) in [(None, vec![]), (Some(deployed("A")), vec![]), (Some(deployed("A")), vec![key("A", false)])] {
            let (fields, plan) = wanted().compare(deployed.as_ref(), &keys);
            assert_eq!(fields.fields[0].field, Field::AccessKey);
            assert_eq!(plan.keep, None);
        }
    }

    #[test]
    fn other_keys_go() {
        let (fields, plan) = wanted().compare(Some(&deployed("A")), &[key("A", true), key("B", true)]);
        assert_eq!(fields.fields[0].field, Field::OtherKeys);
        assert_eq!((plan.write, plan.delete), (false, vec!["B".to_owned()]));
    }

    /// I5: if room must be made, no key goes first that another run may be about to publish.
    #[test]
    fn what_opens_nothing_any_more_goes_first() {
        let (_, plan) = wanted().compare(Some(&deployed("C")), &[key("A", true), key("B", false), key("C", false)]);
        assert_eq!(plan.delete, ["C", "B", "A"]);
        assert_eq!(plan.over.as_deref(), Some("etag of C"));
        let unreadable = ConfigObject { etag: "e".into(), deployed: None };
        let (_, plan) = wanted().compare(Some(&unreadable), &[]);
        assert_eq!((plan.keep, plan.write, plan.over.as_deref()), (None, true, Some("e")));
    }

    #[test]
    fn who_wrote_the_configuration_last_tells_why_it_differs() {
        let cause_of = |change: fn(&mut Deployed)| {
            let mut live = deployed("A");
            change(live.deployed.as_mut().unwrap());
            let (fields, plan) = wanted().compare(Some(&live), &[key("A", true)]);
            (fields.fields.into_iter().map(|change| (change.field, change.cause)).collect::<Vec<_>>(), plan.keep.is_some())
        };
        let title = |live: &mut Deployed| live.config.title = "Other".into();
        assert_eq!(cause_of(title), (vec![(Field::Config, Some(Cause::Config))], true));
        let touched = |live: &mut Deployed| live.touched = true;
        assert_eq!(cause_of(touched), (vec![(Field::Config, Some(Cause::Drift))], true));
        let broken = |live: &mut Deployed| (live.touched, live.refused) = (true, true);
        let fields = vec![(Field::AccessKey, Some(Cause::Drift)), (Field::Config, Some(Cause::Drift))];
        assert_eq!(cause_of(broken), (fields, false));
    }

    #[test]
    fn a_secret_never_shows() {
        assert!(!format!("{:?}", deployed("A")).contains("\"s\""));
    }
}
