//! What must hold of the images whatever happens: none is lost or overwritten, and the bucket is never more open than it shall be.

use std::fs;

use serde_json::Value;

use crate::World;

/// Whether the images bucket is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    There,
    Gone,
}

impl World {
    /// The picture, a key and what was uploaded, is there byte by byte and was never overwritten nor deleted; and the bucket is never more open than it shall be: only
    /// `images/*`, and only to be read.
    ///
    /// # Panics
    /// It is not so.
    #[track_caller]
    pub fn assert_images_are_safe(&self, picture: Option<(&str, &[u8])>) -> Bucket {
        let bucket = self.images_bucket();
        let s3api = |call: &str| self.aws.attempt(&["s3api", call, "--bucket", &bucket]);
        if s3api("head-bucket").is_err() {
            assert!(picture.is_none(), "the images bucket is gone");
            return Bucket::Gone;
        }
        if let Some((key, bytes)) = picture {
            let file = self.file("picture", "");
            self.aws.call(&["s3api", "get-object", "--bucket", &bucket, "--key", key, &file]);
            assert_eq!(fs::read(file).unwrap(), bytes);
            let versions = s3api("list-object-versions").unwrap();
            let of = |list: &str| versions[list].as_array().into_iter().flatten().filter(|version| version["Key"] == key).count();
            assert_eq!((of("Versions"), of("DeleteMarkers")), (1, 0), "it was never overwritten nor deleted: {versions}");
        }
        let switches = s3api("get-public-access-block").unwrap();
        let switches = &switches["PublicAccessBlockConfiguration"];
        assert!(switches["BlockPublicAcls"] == true && switches["IgnorePublicAcls"] == true, "{switches}");
        if let Ok(answer) = s3api("get-bucket-policy") {
            let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap();
            for statement in policy["Statement"].as_array().unwrap() {
                let images = format!("arn:aws:s3:::{bucket}/images/*");
                let narrow = statement["Action"] == "s3:GetObject" && statement["Resource"] == images.as_str();
                assert!(statement["Effect"] == "Deny" || narrow, "{statement}");
            }
        }
        let grants = s3api("get-bucket-acl").unwrap();
        let everybody = grants["Grants"].to_string().contains("http://acs.amazonaws.com/groups/");
        assert!(!everybody, "{grants}");
        let url = format!("{}/{bucket}", self.undisturbed_endpoint());
        assert_eq!(self.http.get(&url).status, 403, "nobody can list it");
        assert_eq!(self.http.get(&format!("{url}/other")).status, 403, "nobody can read beside images/");
        Bucket::There
    }
}
