//! S3.

use gallery_tests::{ACCOUNT, Key, REGION};

use crate::{Stage, TRUST, accepts, refuses, refuses_at_first};

const CREATE: &str = "s3api create-bucket --bucket some-bucket --create-bucket-configuration LocationConstraint=eu-central-1";

/// A stage with a bucket that was made past the proxy.
fn stage(behaviours: &[&str]) -> Stage {
    let stage = Stage::with(behaviours);
    accepts(&stage.world.aws, CREATE);
    stage
}

/// `s3api CALL --bucket some-bucket REST`.
fn on(call: &str, rest: &str) -> String {
    format!("s3api {call} --bucket some-bucket {rest}").trim_end().to_owned()
}

fn policy(resource: &str, action: &str) -> String {
    let statement = format!(r#"{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"{resource}"}}"#);
    on("put-bucket-policy", &format!(r#"--policy {{"Version":"2012-10-17","Statement":[{statement}]}}"#))
}

const OPEN: &str = "--public-access-block-configuration BlockPublicPolicy=false,RestrictPublicBuckets=false";

#[test]
fn s1_s2_a_bucket_is_made_in_the_region_of_the_call_by_whoever_comes_first() {
    let stage = Stage::with(&["S1", "S2"]);
    let create = "s3api create-bucket --bucket some-bucket";
    refuses(&stage.aws, create, "IllegalLocationConstraintException", "unspecified location constraint");
    let other = format!("{create} --create-bucket-configuration LocationConstraint=eu-west-1");
    refuses(&stage.aws, &other, "IllegalLocationConstraintException", "eu-west-1 location constraint");
    accepts(&stage.aws, CREATE);
    refuses(&stage.aws, CREATE, "BucketAlreadyOwnedByYou", "you already own it");
    let stranger = stage.world.aws.with_key(&Key { id: "111111111111".to_owned(), secret: "test".to_owned() });
    let theirs = CREATE.replace("some-bucket", "their-bucket");
    accepts(&stranger, &theirs);
    refuses(&stage.aws, &theirs, "BucketAlreadyExists", "shared by all users");
}

#[test]
fn s3_s4_names_are_not_free_at_once_and_reads_lie() {
    let stage = Stage::with(&["S3", "S4"]);
    accepts(&stage.aws, CREATE);
    refuses_at_first(&stage.aws, 2, &on("get-bucket-versioning", ""), "NoSuchBucket", "does not exist");
    let cors = |method: &str| {
        on(
            "put-bucket-cors",
            &format!(r#"--cors-configuration {{"CORSRules":[{{"AllowedMethods":["{method}"],"AllowedOrigins":["*"]}}]}}"#),
        )
    };
    accepts(&stage.aws, &cors("GET"));
    refuses_at_first(&stage.aws, 1, &on("get-bucket-cors", ""), "NoSuchCORSConfiguration", "");
    accepts(&stage.aws, &cors("PUT"));
    let method = || accepts(&stage.aws, &on("get-bucket-cors", ""))["CORSRules"][0]["AllowedMethods"][0].clone();
    assert_eq!((method(), method()), ("GET".into(), "PUT".into()));
    accepts(&stage.aws, &on("delete-bucket", ""));
    accepts(&stage.aws, &on("head-bucket", ""));
    assert_eq!(method(), "PUT");
    refuses(&stage.aws, &on("get-bucket-cors", ""), "NoSuchBucket", "does not exist");
    refuses_at_first(&stage.aws, 2, CREATE, "OperationAborted", "conflicting conditional operation");
}

#[test]
fn s5_a_bucket_is_found_in_its_region_by_its_owner() {
    let stage = stage(&["S5", "expected-owner"]);
    // The command line would follow the redirect; the raw answer shows it.
    let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    for method in [hyper::Method::HEAD, hyper::Method::GET] {
        let url = format!("{}/some-bucket?tagging", stage.world.endpoint());
        let answer = stage.world.http.send(method.clone(), &url, &[("authorization", credential)]);
        assert_eq!((answer.status.as_u16(), answer.header("x-amz-bucket-region")), (301, REGION));
        assert_eq!(answer.text().contains("PermanentRedirect"), method == hyper::Method::GET);
    }
    accepts(&stage.aws, &on("head-bucket", &format!("--expected-bucket-owner {ACCOUNT}")));
    refuses(&stage.aws, &on("get-bucket-location", "--expected-bucket-owner 111111111111"), "AccessDenied", "Access Denied");
}

#[test]
fn s6_s7_public_policies_are_blocked_for_a_while_or_for_good() {
    let stage = stage(&["S6"]);
    accepts(&stage.aws, &on("put-public-access-block", OPEN));
    let public = policy("arn:aws:s3:::some-bucket/*", "s3:GetObject");
    refuses_at_first(&stage.aws, 2, &public, "AccessDenied", "Access Denied");
    stage.world.proxy.behave("S7");
    for _ in 0..3 {
        refuses(&stage.aws, &public, "AccessDenied", "BlockPublicPolicy");
    }
    accepts(
        &stage.aws,
        &policy("arn:aws:s3:::some-bucket/*", "s3:GetObject")
            .replace("\"Principal\":\"*\"", &format!(r#""Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}}"#)),
    );
    let account = stage.world.http.get(&format!("{}/v20180820/configuration/publicAccessBlock", stage.world.endpoint()));
    assert!(account.text().contains("<BlockPublicPolicy>true</BlockPublicPolicy>"), "{}", account.text());
}

#[test]
fn bucket_policies_and_rules_are_checked_before_they_replace_what_is_there() {
    let stage = stage(&["bucket-policy", "bucket-rules", "bucket-policy-status"]);
    accepts(&stage.aws, &on("put-public-access-block", OPEN));
    refuses(&stage.aws, &on("get-bucket-policy-status", ""), "NoSuchBucketPolicy", "");
    let ours = "arn:aws:s3:::some-bucket/*";
    accepts(&stage.aws, &policy(ours, "s3:GetObject"));
    refuses(&stage.aws, &policy("arn:aws:s3:::other-bucket/*", "s3:GetObject"), "MalformedPolicy", "invalid resource");
    refuses(&stage.aws, &policy(ours, "lambda:InvokeFunction"), "MalformedPolicy", "invalid action");
    refuses(&stage.aws, &on("put-bucket-policy", "--policy nonsense"), "MalformedPolicy", "valid JSON");
    let large = policy(&format!("{ours}{}", "x".repeat(21_000)), "s3:GetObject");
    refuses(&stage.aws, &large, "MalformedPolicy", "maximum allowed document size");
    assert_eq!(accepts(&stage.aws, &on("get-bucket-policy-status", ""))["PolicyStatus"]["IsPublic"], true);

    let cors =
        on("put-bucket-cors", r#"--cors-configuration {"CORSRules":[{"AllowedMethods":["PATCH"],"AllowedOrigins":["*"]}]}"#);
    refuses(&stage.aws, &cors, "InvalidRequest", "Unsupported method is PATCH");
    accepts(&stage.aws, &cors.replace("PATCH", "PUT"));
    let lifecycle = |action: &str| {
        let rule = format!(r#"{{"ID":"r","Status":"Enabled","Filter":{{"Prefix":""}}{action}}}"#);
        on("put-bucket-lifecycle-configuration", &format!(r#"--lifecycle-configuration {{"Rules":[{rule}]}}"#))
    };
    refuses(&stage.aws, &lifecycle(""), "InvalidRequest", "At least one action");
    accepts(&stage.aws, &lifecycle(r#","Expiration":{"Days":1}"#));
}

#[test]
fn s14_tags_of_aws_itself_are_not_ours_to_write() {
    let stage = stage(&["S14"]);
    let tag = |tags: &str| on("put-bucket-tagging", &format!("--tagging TagSet=[{tags}]"));
    refuses(&stage.aws, &tag("{Key=aws:made-by,Value=stack}"), "InvalidTag", "cannot be added");
    accepts(&stage.world.aws, &tag("{Key=aws:made-by,Value=stack}"));
    refuses(&stage.aws, &tag("{Key=a,Value=b}"), "InvalidTag", "cannot be removed");
    accepts(&stage.aws, &tag("{Key=aws:made-by,Value=stack},{Key=a,Value=b}"));
}

#[test]
fn uploads_in_parts_and_copies_that_s3_does_not_take() {
    let stage = stage(&["part-sizes", "copy-to-itself"]);
    let small = stage.world.file("small", "a part");
    let large = stage.world.file("large", vec![0; 5 * 1024 * 1024]);
    let of = |call: &str, more: &str| on(call, &format!("--key k {more}"));
    let upload = |files: &[&str]| {
        let id = accepts(&stage.aws, &of("create-multipart-upload", ""))["UploadId"].as_str().unwrap().to_owned();
        let part = |(number, file): (usize, &&str)| {
            let sent = accepts(&stage.aws, &of("upload-part", &format!("--upload-id {id} --part-number {number} --body {file}")));
            format!(r#"{{"ETag":{},"PartNumber":{number}}}"#, sent["ETag"])
        };
        let parts: Vec<String> = (1..).zip(files).map(part).collect();
        of("complete-multipart-upload", &format!(r#"--upload-id {id} --multipart-upload {{"Parts":[{}]}}"#, parts.join(",")))
    };
    refuses(&stage.aws, &upload(&[&small, &large]), "EntityTooSmall", "smaller than the minimum");
    accepts(&stage.aws, &upload(&[&small]));
    accepts(&stage.aws, &upload(&[&large, &small]));

    let copy = |more: &str| of("copy-object", &format!("--copy-source some-bucket/k{more}"));
    refuses(&stage.aws, &copy(""), "InvalidRequest", "copy an object to itself");
    accepts(&stage.aws, &copy(" --metadata-directive REPLACE"));
    accepts(&stage.aws, &on("copy-object", "--key other --copy-source some-bucket/k"));
}

#[test]
fn s11_s17_objects_are_missing_for_a_while_and_slow_to_go() {
    let stage = stage(&["S11", "S17", "key-length"]);
    let file = stage.world.file("object", "text");
    accepts(&stage.aws, &on("put-bucket-versioning", "--versioning-configuration Status=Enabled"));
    accepts(&stage.aws, &on("put-object", &format!("--key k --body {file}")));
    let long = "k".repeat(1025);
    refuses(&stage.aws, &on("put-object", &format!("--key {long} --body {file}")), "KeyTooLongError", "too long");
    let copy = stage.world.file("copy", "");
    refuses_at_first(&stage.aws, 2, &on("get-object", &format!("--key k {copy}")), "NoSuchKey", "does not exist");

    let version = accepts(&stage.aws, &on("list-object-versions", ""))["Versions"][0]["VersionId"].clone();
    let delete = on("delete-objects", &format!(r#"--delete {{"Objects":[{{"Key":"k","VersionId":{version}}}]}}"#));
    assert_eq!(accepts(&stage.aws, &delete)["Errors"][0]["Code"], "InternalError");
    assert!(accepts(&stage.aws, &delete).get("Errors").is_none());
    refuses_at_first(&stage.aws, 2, &on("delete-bucket", ""), "BucketNotEmpty", "not empty");
}

#[test]
fn s15_s16_a_notification_goes_only_where_s3_may_call() {
    let stage = stage(&["S15", "S16"]);
    let function = |name: &str| format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}");
    let entry = |id: &str, name: &str, prefix: &str| {
        format!(
            r#"{{"Id":"{id}","LambdaFunctionArn":"{}","Events":["s3:ObjectCreated:*"],"Filter":{{"Key":{{"FilterRules":[{{"Name":"prefix","Value":"{prefix}"}}]}}}}}}"#,
            function(name)
        )
    };
    let put = |entries: &str| {
        let configuration = format!(r#"{{"LambdaFunctionConfigurations":[{entries}]}}"#);
        on("put-bucket-notification-configuration", &format!("--notification-configuration {configuration}"))
    };
    let ours = entry("ours", "f", "images/");
    let (code, words) = ("InvalidArgument", "Unable to validate the following destination configurations");
    refuses(&stage.aws, &put(&ours), code, words);

    let zip = stage.zip();
    accepts(&stage.aws, &format!("iam create-role --role-name r --assume-role-policy-document {TRUST}"));
    accepts(
        &stage.aws,
        &format!(
            "lambda create-function --function-name f --runtime provided.al2023 --handler bootstrap --role arn:aws:iam::{ACCOUNT}:role/r \
             --zip-file {zip}"
        ),
    );
    refuses(&stage.aws, &put(&ours), code, words);
    accepts(
        &stage.aws,
        &format!(
            "lambda add-permission --function-name f --statement-id s --action lambda:InvokeFunction --principal s3.amazonaws.com \
             --source-arn arn:aws:s3:::some-bucket --source-account {ACCOUNT}"
        ),
    );
    refuses_at_first(&stage.aws, 2, &put(&ours), code, words);
    let filter = accepts(&stage.aws, &on("get-bucket-notification-configuration", ""));
    assert_eq!(filter["LambdaFunctionConfigurations"][0]["Filter"]["Key"]["FilterRules"][0]["Name"], "Prefix");

    // Somebody's entry that points nowhere spoils the whole; entries that overlap are ambiguous.
    refuses(&stage.aws, &put(&format!("{ours},{}", entry("theirs", "gone", "other/"))), code, words);
    refuses(&stage.aws, &put(&format!("{ours},{}", entry("theirs", "f", "images/a"))), code, "ambiguously defined");
    accepts(&stage.aws, &put(&format!("{ours},{}", entry("theirs", "f", "other/"))));
    accepts(&stage.aws, &format!("{} --skip-destination-validation", put(&entry("theirs", "gone", "other/"))));
}

#[test]
fn who_may_not_list_does_not_learn_that_an_object_is_missing() {
    let stage = stage(&["missing-is-denied"]);
    let allows = |actions: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#)
    };
    let reader = stage.aws.with_key(&stage.user("reader", &allows(r#""s3:GetObject""#)));
    let lister = stage.aws.with_key(&stage.user("lister", &allows(r#"["s3:GetObject","s3:ListBucket"]"#)));
    let copy = stage.world.file("copy", "");
    let get = on("get-object", &format!("--key missing {copy}"));
    refuses(&reader, &get, "AccessDenied", "Access Denied");
    refuses(&lister, &get, "NoSuchKey", "");
    accepts(&stage.world.aws, &on("put-public-access-block", OPEN));
    accepts(&stage.world.aws, &policy("arn:aws:s3:::some-bucket/*", "s3:GetObject"));
    let anonymous = stage.world.http.get(&format!("{}/some-bucket/missing", stage.world.endpoint()));
    assert_eq!(anonymous.status, 403);
}

#[test]
fn s9_acls_stay_as_long_as_they_let_others_in() {
    let stage = stage(&["S9"]);
    let enforce = on("put-bucket-ownership-controls", "--ownership-controls Rules=[{ObjectOwnership=BucketOwnerEnforced}]");
    accepts(&stage.aws, &enforce);
    accepts(
        &stage.world.aws,
        &on("put-bucket-ownership-controls", "--ownership-controls Rules=[{ObjectOwnership=ObjectWriter}]"),
    );
    accepts(&stage.world.aws, &on("put-bucket-acl", &format!("--grant-read id={}", "5".repeat(64))));
    refuses(&stage.aws, &enforce, "InvalidBucketAclWithObjectOwnership", "cannot have ACLs set");
    accepts(&stage.aws, &on("put-bucket-acl", "--acl private"));
    accepts(&stage.aws, &enforce);
}
