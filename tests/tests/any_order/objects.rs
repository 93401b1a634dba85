//! Real changes of real objects, and the events that they raise.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use gallery_deploy::aws::Aws;
use gallery_tests::{Random, picture};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What is no picture.
const OTHER: &[u8] = b"no picture";

/// The images bucket, through the SDK of AWS, past the proxy.
pub(crate) struct Objects {
    pub(crate) aws: Aws,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) bucket: String,
}

/// A key of a case, with its versions and delete markers, the newest last.
pub(crate) struct Key {
    pub(crate) key: String,
    versions: Vec<Version>,
}

struct Version {
    id: String,
    is_marker: bool,
}

/// What S3 is going to tell: the kind of event, the key and the version that came or went.
pub(crate) type Told = (String, String, String);

impl Key {
    pub(crate) fn new(key: String) -> Self {
        Self { key, versions: Vec::new() }
    }
}

impl Objects {
    /// Changes one of the keys in some way, and says what event that raises. `None`: there was nothing to change.
    pub(crate) fn change(&self, random: &mut Random, keys: &mut [Key]) -> Option<Told> {
        let from = random.below(keys.len());
        let source = format!(
            "{}/{}",
            self.bucket,
            percent_encoding::utf8_percent_encode(&keys[from].key, percent_encoding::NON_ALPHANUMERIC)
        );
        let at = random.below(keys.len());
        let Key { key, versions } = &mut keys[at];
        let bytes = if random.below(8) == 0 { OTHER.to_vec() } else { picture(&random.number().to_string()) };
        let is_there = versions.last().is_some_and(|version| !version.is_marker);
        let (event, id) = match random.below(8) {
            0..=2 => ("ObjectCreated:Put", self.runtime.block_on(self.put(key, bytes))),
            3 => ("ObjectCreated:Copy", self.runtime.block_on(self.copy(key, &source))?),
            4 => ("ObjectCreated:CompleteMultipartUpload", self.runtime.block_on(self.put_in_parts(key, bytes))),
            // Without an object there is nothing to hide, and no event.
            5 | 6 if !is_there => return None,
            5 | 6 => ("ObjectRemoved:DeleteMarkerCreated", self.runtime.block_on(self.delete(key, None))),
            _ if versions.is_empty() => return None,
            _ => {
                // A version or a marker, old or newest, for good.
                let version = versions.remove(random.below(versions.len()));
                self.runtime.block_on(self.delete(key, Some(&version.id)));
                return Some(("ObjectRemoved:Delete".to_owned(), key.clone(), version.id));
            }
        };
        versions.push(Version { id: id.clone(), is_marker: event.starts_with("ObjectRemoved") });
        Some((event.to_owned(), key.clone(), id))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> String {
        let request = self.aws.s3.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes));
        request.send().await.unwrap().version_id.unwrap()
    }

    /// `None`: what is not there cannot be copied.
    async fn copy(&self, key: &str, source: &str) -> Option<String> {
        match self.aws.s3.copy_object().bucket(&self.bucket).key(key).copy_source(source).send().await {
            Ok(output) => output.version_id,
            Err(error) => {
                assert!(error.code().is_some_and(|code| code.starts_with("NoSuch")), "{error:?}");
                None
            }
        }
    }

    async fn put_in_parts(&self, key: &str, bytes: Vec<u8>) -> String {
        let (s3, bucket) = (&self.aws.s3, &self.bucket);
        let upload = s3.create_multipart_upload().bucket(bucket).key(key).send().await.unwrap().upload_id.unwrap();
        let part = s3.upload_part().bucket(bucket).key(key).upload_id(&upload).part_number(1).body(ByteStream::from(bytes));
        let etag = part.send().await.unwrap().e_tag.unwrap();
        let part = CompletedPart::builder().part_number(1).e_tag(etag).build();
        let parts = CompletedMultipartUpload::builder().parts(part).build();
        let request = s3.complete_multipart_upload().bucket(bucket).key(key).upload_id(&upload).multipart_upload(parts);
        request.send().await.unwrap().version_id.unwrap()
    }

    /// The version that went, or the delete marker that came.
    async fn delete(&self, key: &str, version: Option<&str>) -> String {
        let request = self.aws.s3.delete_object().bucket(&self.bucket).key(key).set_version_id(version.map(str::to_owned));
        request.send().await.unwrap().version_id.unwrap()
    }

    /// What there is below `prefix`: by key its ETag, size, version, and whether it is shown.
    pub(crate) fn list(&self, prefix: &str) -> BTreeMap<String, Value> {
        let request = self.aws.s3.list_object_versions().bucket(&self.bucket).prefix(prefix).send();
        let answer = self.runtime.block_on(request).unwrap();
        assert_ne!(answer.is_truncated, Some(true));
        let latest = answer.versions().iter().filter(|version| version.is_latest() == Some(true));
        latest
            .map(|version| {
                let (etag, size) = (version.e_tag().unwrap().trim_matches('"'), version.size().unwrap());
                let shown = size != i64::try_from(OTHER.len()).unwrap();
                (version.key().unwrap().to_owned(), json!([etag, size, version.version_id(), shown]))
            })
            .collect()
    }

    /// What the index says of a gallery, but for objects that are gone: the same by key.
    pub(crate) fn rows(&self, gallery: &str) -> BTreeMap<String, Value> {
        let query = self.aws.dynamodb.query().table_name("holiday-index").consistent_read(true);
        let query = query.key_condition_expression("gallery = :gallery");
        let query = query.expression_attribute_values(":gallery", AttributeValue::S(gallery.to_owned()));
        let answer = self.runtime.block_on(query.send()).unwrap();
        assert_eq!(answer.last_evaluated_key, None);
        let rows = answer.items().iter().map(|row| {
            let text = |name: &str| row.get(name).and_then(|value| value.as_s().ok());
            let number = |name: &str| row.get(name).and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
            let is_the_picture =
                (text("media_type"), number("width"), number("height")) == (Some(&"image/gif".to_owned()), Some(30), Some(20));
            let shown = text("hidden").is_none();
            assert_eq!(shown, is_the_picture, "{row:?}");
            (text("hidden"), text("file_path").unwrap().clone(), json!([text("etag"), number("size"), text("version"), shown]))
        });
        rows.filter(|(hidden, ..)| hidden.is_none_or(|why| why != "deleted")).map(|(_, key, row)| (key, row)).collect()
    }
}
