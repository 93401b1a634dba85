//! Which call a request to S3 is: by method, sub-resource, and whether the path names an object.

use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::Call;
use super::classify::header;

/// Sub-resources of a bucket, and what operations call them.
const BUCKET: [(&str, &str); 16] = [
    ("acl", "BucketAcl"),
    ("cors", "BucketCors"),
    ("encryption", "BucketEncryption"),
    ("lifecycle", "BucketLifecycleConfiguration"),
    ("location", "BucketLocation"),
    ("logging", "BucketLogging"),
    ("notification", "BucketNotificationConfiguration"),
    ("object-lock", "ObjectLockConfiguration"),
    ("ownershipControls", "BucketOwnershipControls"),
    ("policy", "BucketPolicy"),
    ("policyStatus", "BucketPolicyStatus"),
    ("publicAccessBlock", "PublicAccessBlock"),
    ("replication", "BucketReplication"),
    ("tagging", "BucketTagging"),
    ("versioning", "BucketVersioning"),
    ("website", "BucketWebsite"),
];

/// Sub-resources of an object.
const OBJECT: [(&str, &str); 5] = [
    ("acl", "ObjectAcl"),
    ("attributes", "ObjectAttributes"),
    ("legal-hold", "ObjectLegalHold"),
    ("retention", "ObjectRetention"),
    ("tagging", "ObjectTagging"),
];

pub(super) fn classify(parts: &Parts) -> Call {
    let (bucket, key) = place(parts);
    let query = parts.uri.query().unwrap_or_default();
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let method = parts.method.as_str();
    let verb = match method {
        "GET" => "Get",
        "PUT" => "Put",
        "DELETE" => "Delete",
        "HEAD" => "Head",
        "OPTIONS" => "Options",
        _ => "Post",
    };
    let of =
        |subresources: &[(&str, &str)]| subresources.iter().find(|(name, _)| has(name)).map(|(_, noun)| format!("{verb}{noun}"));
    let operation = match (method, bucket.is_empty(), key.is_empty()) {
        ("GET", true, _) => "ListBuckets".to_owned(),
        (_, _, true) => of(&BUCKET).unwrap_or_else(|| {
            match method {
                "PUT" => "CreateBucket",
                "GET" if has("versions") => "ListObjectVersions",
                "GET" if has("uploads") => "ListMultipartUploads",
                "GET" => "ListObjects",
                "POST" if has("delete") => "DeleteObjects",
                "POST" => "PostObject",
                _ => return format!("{verb}Bucket"),
            }
            .to_owned()
        }),
        _ => of(&OBJECT).unwrap_or_else(|| {
            match method {
                "POST" if has("uploads") => "CreateMultipartUpload",
                "POST" => "CompleteMultipartUpload",
                "PUT" if has("uploadId") => "UploadPart",
                "PUT" if parts.headers.contains_key("x-amz-copy-source") => "CopyObject",
                "DELETE" if has("uploadId") => "AbortMultipartUpload",
                "GET" if has("uploadId") => "ListParts",
                _ => return format!("{verb}Object"),
            }
            .to_owned()
        }),
    };
    let resource = if key.is_empty() { bucket } else { format!("{bucket}/{key}") };
    Call::new("s3", operation, resource)
}

/// Bucket and key, from `BUCKET.s3.HOST` and `/KEY` or from `/BUCKET/KEY`.
fn place(parts: &Parts) -> (String, String) {
    let path = percent_decode_str(parts.uri.path().trim_start_matches('/')).decode_utf8_lossy().into_owned();
    if let Some((bucket, _)) = header(&parts.headers, "host").split_once(".s3.") {
        return (bucket.to_owned(), path);
    }
    match path.split_once('/') {
        Some((bucket, key)) => (bucket.to_owned(), key.to_owned()),
        None => (path, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;
    use crate::Kind;

    fn seen(method: &str, path: &str, host: &str) -> (String, Kind) {
        let request = Request::builder().method(method).uri(path).header("host", host).body(()).unwrap();
        let call = classify(&request.into_parts().0);
        (call.to_string(), call.kind)
    }

    #[test]
    fn every_shape_of_address_and_call_is_told_apart() {
        let table = [
            ("GET", "/", "s3:ListBuckets ", Kind::Read),
            ("PUT", "/b", "s3:CreateBucket b", Kind::Write),
            ("PUT", "/b/", "s3:CreateBucket b", Kind::Write),
            ("HEAD", "/b", "s3:HeadBucket b", Kind::Read),
            ("DELETE", "/b", "s3:DeleteBucket b", Kind::Write),
            ("GET", "/b?list-type=2&prefix=policy", "s3:ListObjects b", Kind::Read),
            ("GET", "/b?policy", "s3:GetBucketPolicy b", Kind::Read),
            ("PUT", "/b?publicAccessBlock", "s3:PutPublicAccessBlock b", Kind::Write),
            ("DELETE", "/b?cors=", "s3:DeleteBucketCors b", Kind::Write),
            ("POST", "/b?delete", "s3:DeleteObjects b", Kind::Write),
            ("GET", "/b/images/a%20b", "s3:GetObject b/images/a b", Kind::Read),
            ("PUT", "/b/k?x-id=PutObject", "s3:PutObject b/k", Kind::Write),
            ("PUT", "/b/k?partNumber=1&uploadId=u", "s3:UploadPart b/k", Kind::Write),
            ("POST", "/b/k?uploads", "s3:CreateMultipartUpload b/k", Kind::Write),
            ("GET", "/b/k?tagging", "s3:GetObjectTagging b/k", Kind::Read),
            ("OPTIONS", "/b/k", "s3:OptionsObject b/k", Kind::Read),
        ];
        for (method, path, call, kind) in table {
            assert_eq!(seen(method, path, "127.0.0.1:4566"), (call.to_owned(), kind), "{method} {path}");
        }
        assert_eq!(seen("GET", "/index.html", "site.s3.localhost:4566").0, "s3:GetObject site/index.html");
    }
}
