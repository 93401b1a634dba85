//! Many objects, and rows that are wrong.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::World;

/// Calls under way at once.
const AT_ONCE: usize = 32;

impl World {
    /// Does something while S3 tells nobody of what comes and goes in `bucket`.
    pub fn unheard(&self, bucket: &str, what: impl FnOnce()) {
        let live = self.aws.call(&["s3api", "get-bucket-notification-configuration", "--bucket", bucket]).to_string();
        let put = |configuration: &str| {
            let call = ["s3api", "put-bucket-notification-configuration", "--bucket", bucket, "--notification-configuration"];
            self.aws.call(&[&call[..], &[configuration]].concat());
        };
        put("{}");
        what();
        put(&live);
    }

    /// Puts so many objects into the images bucket while S3 tells nobody. `object`: the key and the content of each.
    pub fn put_unheard(&self, objects: usize, object: impl Fn(usize) -> (String, Vec<u8>)) {
        let bucket = self.images_bucket();
        let (runtime, aws) = self.sdk();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let uploads = async {
            let mut uploads = JoinSet::new();
            for number in 0..objects {
                let place = Arc::clone(&places).acquire_owned().await.unwrap();
                let (key, content) = object(number);
                let request = aws.s3.put_object().bucket(&bucket).key(key).body(content.into());
                uploads.spawn(async move {
                    request.send().await.unwrap();
                    drop(place);
                });
            }
            uploads.join_all().await;
        };
        self.unheard(&bucket, || runtime.block_on(uploads));
    }

    /// Makes the rows of these objects of `gallery` say a wrong size.
    pub fn spoil_rows(&self, gallery: &str, keys: impl Iterator<Item = String>) {
        let (runtime, aws) = self.sdk();
        let text = |text: &str| AttributeValue::S(text.to_owned());
        runtime.block_on(async {
            for key in keys {
                let request = aws.dynamodb.update_item().table_name(format!("{}-index", self.name));
                let request = request.key("gallery", text(gallery)).key("file_path", text(&key));
                let request = request.update_expression("SET #size = :size").expression_attribute_names("#size", "size");
                request.expression_attribute_values(":size", AttributeValue::N("1".to_owned())).send().await.unwrap();
            }
        });
    }
}
