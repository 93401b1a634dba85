//! The whole state of a gallery, setting by setting, as the `aws` command line reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{PageConfig, World};

/// Every setting of every resource: `site bucket/get-bucket-policy/Policy/Statement/0/Effect` → `"Allow"`.
///
/// What differs from run to run without meaning anything is left out: dates, random ids, the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Value>);

/// The object that holds the page's key.
const CONFIG: &str = "config.json";

/// Dates, sizes, random ids and how often a row was written; and of encryption what nobody sets.
const MEANINGLESS: [&str; 23] = [
    "BucketKeyEnabled",
    "CreateDate",
    "CreationDateTime",
    "EarliestRestorableDateTime",
    "ItemCount",
    "LastModified",
    "LastUpdateToPayPerRequestDateTime",
    "LastUsedDate",
    "LatestRestorableDateTime",
    "RevisionId",
    "RoleId",
    "RoleLastUsed",
    "TableId",
    "TableSizeBytes",
    "UserId",
    "VersionId",
    "creationTime",
    "storedBytes",
    "Owner",
    "rev",
    "seq",
    "uploaded_at",
    "version",
];

/// Lists whose order means nothing, and what tells their entries apart.
const UNORDERED: [(&str, &str); 6] = [
    ("TagSet", "Key"),
    ("Tags", "Key"),
    ("Events", ""),
    ("Statement", "Sid"),
    ("AttributeDefinitions", "AttributeName"),
    ("AccessKeyMetadata", "Status"),
];

/// Calls on a bucket, a call that only fails if it is gone first.
const BUCKET: [&str; 13] = [
    "get-bucket-location",
    "get-bucket-versioning",
    "get-bucket-encryption",
    "get-bucket-lifecycle-configuration",
    "get-bucket-cors",
    "get-bucket-policy",
    "get-public-access-block",
    "get-bucket-ownership-controls",
    "get-bucket-acl",
    "get-bucket-tagging",
    "get-bucket-notification-configuration",
    "get-bucket-website",
    "list-object-versions",
];

impl Snapshot {
    /// Reads everything that `world`'s gallery has, or could have, under its default names.
    pub fn of(world: &World) -> Self {
        let mut reader = Reader { world, settings: BTreeMap::new() };
        reader.bucket("images bucket", &world.images_bucket());
        if let Some(objects) = reader.bucket("site bucket", &world.site_bucket()) {
            reader.site(&objects);
        }
        reader.table(&format!("{}-index", world.name));
        reader.role(&format!("{}-indexer-{}", world.name, crate::REGION));
        reader.user(&format!("{}-client-{}", world.name, crate::REGION));
        reader.function(&format!("{}-indexer", world.name));
        Self(reader.settings)
    }

    /// The same but for the settings whose names begin so.
    #[must_use]
    pub fn without(mut self, beginning: &str) -> Self {
        self.0.retain(|setting, _| !setting.starts_with(beginning));
        self
    }

    /// What is different in `other`, a setting a line: `- SETTING = BEFORE`, `+ SETTING = AFTER`. Empty if nothing is.
    pub fn difference(&self, other: &Self) -> String {
        let mut lines = String::new();
        let settings: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        for setting in settings {
            let (before, after) = (self.0.get(setting), other.0.get(setting));
            if before != after {
                for (sign, value) in [('-', before), ('+', after)] {
                    if let Some(value) = value {
                        writeln!(lines, "{sign} {setting} = {value}").unwrap();
                    }
                }
            }
        }
        lines
    }

    /// Asserts that `other` is the same, setting by setting.
    ///
    /// # Panics
    /// It is not; the message is the difference.
    #[track_caller]
    pub fn assert_same(&self, other: &Self, when: &str) {
        let difference = self.difference(other);
        assert!(difference.is_empty(), "{when}:\n{difference}");
    }
}

struct Reader<'a> {
    world: &'a World,
    settings: BTreeMap<String, Value>,
}

impl Reader<'_> {
    /// Makes a call and records its answer, or the code with which it is refused. `None`: refused.
    fn record(&mut self, resource: &str, call: &[&str]) -> Option<Value> {
        let prefix = format!("{resource}/{}", call[1]);
        match self.world.aws.attempt(call) {
            Ok(answer) => {
                let answer = normal(answer);
                self.flatten(&prefix, &answer);
                Some(answer)
            }
            Err(refusal) => {
                self.settings.insert(prefix, json!(refusal.code));
                None
            }
        }
    }

    fn flatten(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.flatten(&format!("{path}/{name}"), value)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, value)| self.flatten(&format!("{path}/{index}"), value));
            }
            _ => drop(self.settings.insert(path.to_owned(), value.clone())),
        }
    }

    /// Its settings, and the list of its objects.
    fn bucket(&mut self, resource: &str, name: &str) -> Option<Value> {
        self.record(resource, &["s3api", BUCKET[0], "--bucket", name])?;
        BUCKET[1..].iter().fold(None, |_, call| self.record(resource, &["s3api", call, "--bucket", name]))
    }

    /// The headers of every file, the manifest, `config.json` and its key.
    fn site(&mut self, objects: &Value) {
        let bucket = self.world.site_bucket();
        let versions = objects["Versions"].as_array().cloned().unwrap_or_default();
        for key in versions.iter().filter_map(|version| version["Key"].as_str()) {
            self.record(&format!("site file {key}"), &["s3api", "head-object", "--bucket", &bucket, "--key", key]);
        }
        let keys: Vec<_> = versions.iter().filter_map(|version| version["Key"].as_str()).collect();
        if keys.contains(&".gallery-deploy/site.json") {
            let file = self.world.file("snapshot", "");
            let key = ".gallery-deploy/site.json";
            self.world.aws.call(&["s3api", "get-object", "--bucket", &bucket, "--key", key, &file]);
            let manifest = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            self.flatten("manifest", &manifest);
        }
        if keys.contains(&CONFIG) {
            let follows_from_key =
                |setting: &str| setting.ends_with("/ETag") || setting.ends_with("/Metadata/gallery-deploy-seal");
            let prefix = format!("site file {CONFIG}/");
            self.settings.retain(|setting, _| !(setting.starts_with(&prefix) && follows_from_key(setting)));
            self.key();
        }
    }

    /// `config.json` without the key, and whether that is the user's and does what the page asks of it: looks into the index, and uploads.
    fn key(&mut self) {
        let page = self.world.page();
        let PageConfig(mut config) = self.world.page();
        let fields = config.as_object_mut().unwrap();
        fields.remove("access_key_id");
        fields.remove("secret_access_key");
        self.flatten("config.json", &config);

        let user = format!("{}-client-{}", self.world.name, crate::REGION);
        let listed = self.world.aws.attempt(&["iam", "list-access-keys", "--user-name", &user]).unwrap_or_default();
        let keys = listed["AccessKeyMetadata"].as_array().cloned().unwrap_or_default();
        let live = keys.iter().any(|key| key["AccessKeyId"] == page.text("access_key_id") && key["Status"] == "Active");
        self.settings.insert("key/is the user's".into(), json!(live));
        let values = r#"{":gallery":{"S":"rome"}}"#;
        let condition = "gallery = :gallery";
        let query = ["dynamodb", "query", "--table-name", page.text("table"), "--key-condition-expression", condition];
        let query = [&query[..], &["--expression-attribute-values", values]].concat();
        let reads = self.world.aws.with_key(&page.key()).attempt(&query).is_ok();
        self.settings.insert("key/reads the index".into(), json!(reads));
        self.settings.insert("key/uploads".into(), json!(self.uploads(&page)));
    }

    /// Whether the page's key uploads a picture. It is given up before the call that would leave one more.
    fn uploads(&self, page: &PageConfig) -> bool {
        let aws = self.world.aws.with_key(&page.key());
        let s3api = |call: &str, more: &[&str]| {
            let place = ["--bucket", &self.world.images_bucket(), "--key", "images/rome/upload.png"];
            aws.attempt(&[&["s3api", call], &place[..], more].concat())
        };
        let Ok(upload) = s3api("create-multipart-upload", &[]) else { return false };
        let id = upload["UploadId"].as_str().unwrap();
        let part = self.world.file("part", crate::picture("a part"));
        let sent = s3api("upload-part", &["--upload-id", id, "--part-number", "1", "--body", &part]);
        sent.is_ok() && s3api("abort-multipart-upload", &["--upload-id", id]).is_ok()
    }

    fn table(&mut self, name: &str) {
        let Some(table) = self.record("table", &["dynamodb", "describe-table", "--table-name", name]) else { return };
        let arn = table["Table"]["TableArn"].as_str().unwrap().to_owned();
        self.record("table", &["dynamodb", "list-tags-of-resource", "--resource-arn", &arn]);
        self.record("table", &["dynamodb", "describe-continuous-backups", "--table-name", name]);
        self.record("table", &["dynamodb", "describe-time-to-live", "--table-name", name]);
        self.record("table", &["dynamodb", "scan", "--table-name", name]);
    }

    fn role(&mut self, name: &str) {
        if self.record("role", &["iam", "get-role", "--role-name", name]).is_none() {
            return;
        }
        self.record("role", &["iam", "list-attached-role-policies", "--role-name", name]);
        let policies = self.record("role", &["iam", "list-role-policies", "--role-name", name]);
        for policy in strings(policies, "PolicyNames") {
            let call = ["iam", "get-role-policy", "--role-name", name, "--policy-name", &policy];
            self.record(&format!("role policy {policy}"), &call);
        }
    }

    fn user(&mut self, name: &str) {
        if self.record("user", &["iam", "get-user", "--user-name", name]).is_none() {
            return;
        }
        for call in ["list-attached-user-policies", "list-groups-for-user", "list-user-tags"] {
            self.record("user", &["iam", call, "--user-name", name]);
        }
        let keys = self.world.aws.call(&["iam", "list-access-keys", "--user-name", name]);
        let status = |key: &Value| key["Status"].clone();
        let keys: Vec<Value> = keys["AccessKeyMetadata"].as_array().unwrap().iter().map(status).collect();
        self.settings.insert("user/keys".into(), json!(keys));
        let policies = self.record("user", &["iam", "list-user-policies", "--user-name", name]);
        for policy in strings(policies, "PolicyNames") {
            let call = ["iam", "get-user-policy", "--user-name", name, "--policy-name", &policy];
            self.record(&format!("user policy {policy}"), &call);
        }
    }

    /// Ids of roles are random: what matters is whether the tag holds that of the role that is there.
    fn binding(&mut self) {
        let name = format!("{}-indexer-{}", self.world.name, crate::REGION);
        let role = self.world.aws.attempt(&["iam", "get-role", "--role-name", &name]).unwrap_or_default();
        let bound = self.settings.remove("function/list-tags/Tags/gallery-deploy:role-id");
        self.settings.insert("function/is bound to its role".into(), json!(bound.as_ref() == role["Role"].get("RoleId")));
    }

    fn function(&mut self, name: &str) {
        if let Some(function) = self.record("function", &["lambda", "get-function-configuration", "--function-name", name]) {
            let arn = function["FunctionArn"].as_str().unwrap().to_owned();
            self.record("function", &["lambda", "list-tags", "--resource", &arn]);
            self.binding();
            self.record("function", &["lambda", "get-function-concurrency", "--function-name", name]);
            self.record("function", &["lambda", "get-policy", "--function-name", name]);
            self.record("function", &["lambda", "get-function-event-invoke-config", "--function-name", name]);
        }
        let group = format!("/aws/lambda/{name}");
        let groups = self.record("log group", &["logs", "describe-log-groups", "--log-group-name-prefix", &group]);
        if groups.is_some_and(|groups| groups["logGroups"].as_array().is_some_and(|groups| !groups.is_empty())) {
            self.record("log group", &["logs", "list-tags-log-group", "--log-group-name", &group]);
        }
    }
}

fn strings(answer: Option<Value>, field: &str) -> Vec<String> {
    let answer = answer.unwrap_or_default();
    let items = answer[field].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Without what means nothing, policies as documents, lists without an order sorted.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            // The local AWS tells SSE-S3 only sometimes; anything else is a setting.
            if fields.get("ServerSideEncryption").is_some_and(|how| how == "AES256") {
                fields.remove("ServerSideEncryption");
            }
            // It follows from the key that is in it.
            if fields.get("Key").is_some_and(|key| key == CONFIG) {
                fields.remove("ETag");
            }
            // Of an object it is the text that tells a date; that of a lifecycle rule is a setting.
            if fields.get("Expiration").is_some_and(Value::is_string) {
                fields.remove("Expiration");
            }
            let fields = fields.into_iter().filter(|(name, _)| !MEANINGLESS.contains(&name.as_str()));
            fields.map(|(name, value)| (name.clone(), sorted(&name, normal(value)))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(normal).collect(),
        // A policy is given as text.
        Value::String(text) if text.starts_with('{') => serde_json::from_str(&text).map_or(Value::String(text), normal),
        other => other,
    }
}

fn sorted(name: &str, mut value: Value) -> Value {
    if let (Some((_, key)), Some(items)) = (UNORDERED.iter().find(|(list, _)| *list == name), value.as_array_mut()) {
        items.sort_by_key(|item| item.get(*key).unwrap_or(item).to_string());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(settings: &[(&str, Value)]) -> Snapshot {
        Snapshot(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn a_difference_names_the_setting_and_both_values() {
        let before = snapshot(&[("a/x", json!(1)), ("a/y", json!(2))]);
        let after = snapshot(&[("a/x", json!(1)), ("a/y", json!(3)), ("a/z", json!(null))]);
        assert_eq!(before.difference(&before), "");
        assert_eq!(before.difference(&after), "- a/y = 2\n+ a/y = 3\n+ a/z = null\n");
    }

    #[test]
    fn dates_are_left_out_and_tags_and_policies_compared_as_what_they_are() {
        let answer = json!({
            "CreateDate": "today",
            "Expiration": "expiry-date=\"today\", rule-id=\"r\"",
            "Rules": [{ "Expiration": { "Days": 30 } }],
            "TagSet": [{ "Key": "b" }, { "Key": "a" }],
            "Policy": "{\"Statement\":[{\"Sid\":\"2\"},{\"Sid\":\"1\"}]}",
        });
        let expected = json!({
            "Rules": [{ "Expiration": { "Days": 30 } }],
            "TagSet": [{ "Key": "a" }, { "Key": "b" }],
            "Policy": { "Statement": [{ "Sid": "1" }, { "Sid": "2" }] },
        });
        assert_eq!(normal(answer), expected);
    }
}
