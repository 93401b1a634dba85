//! Who may do what: the key that is published with the page, those who have none, and the indexer.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread;

use gallery_tests::{Aws, Key, REGION, World};
use hyper::{Method, StatusCode};

/// Codes for "you may not". What has no body in its answer has the status instead.
const DENIED: [&str; 4] = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"];

/// Those of the calls that were not denied, with what happened instead.
fn not_denied(aws: &Aws, calls: &[String]) -> Vec<String> {
    let attempt = |call: &String| {
        let arguments: Vec<&str> = call.split(' ').collect();
        match aws.attempt(&arguments) {
            Ok(answer) => Some(format!("{call}: allowed, answers {answer}")),
            Err(refusal) if DENIED.contains(&refusal.code.as_str()) => None,
            Err(refusal) => Some(format!("{call}: {}", refusal.text)),
        }
    };
    // Four at a time: the command line takes longer to start than the call.
    thread::scope(|scope| {
        let parts: Vec<_> = calls
            .chunks(calls.len().div_ceil(4))
            .map(|part| scope.spawn(move || part.iter().filter_map(attempt).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

#[test]
fn the_page_s_key_can_do_what_the_page_does() {
    let world = World::deployed();
    let page = world.page();
    let aws = world.aws.with_key(&page.key());
    let bucket = world.images_bucket();
    let body = world.file("body", gallery_tests::picture("first"));
    let copy = world.file("copy", b"");
    let object =
        |call: &'static str, key: &'static str| ["s3api", call, "--bucket", &bucket, "--key", key].map(str::to_owned).to_vec();
    let call = |arguments: Vec<String>, more: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        aws.call(&arguments)
    };

    call(object("put-object", "images/rome/a.png"), &["--body", &body, "--if-none-match", "*"]);
    let again = aws.attempt(&[
        "s3api",
        "put-object",
        "--bucket",
        &bucket,
        "--key",
        "images/rome/a.png",
        "--body",
        &body,
        "--if-none-match",
        "*",
    ]);
    assert_eq!(again.unwrap_err().code, "PreconditionFailed");
    call(object("get-object", "images/rome/a.png"), &[&copy]);
    assert_eq!(std::fs::read(&copy).unwrap(), gallery_tests::picture("first"));
    call(object("head-object", "images/rome/a.png"), &[]);

    let key = "images/rome/large.png";
    let started = call(object("create-multipart-upload", key), &[]);
    let upload = started["UploadId"].as_str().unwrap().to_owned();
    let part = call(object("upload-part", key), &["--upload-id", &upload, "--part-number", "1", "--body", &body]);
    let parts = serde_json::json!({ "Parts": [{ "ETag": part["ETag"], "PartNumber": 1 }] }).to_string();
    call(object("complete-multipart-upload", key), &["--upload-id", &upload, "--multipart-upload", &parts]);
    let aborted = call(object("create-multipart-upload", key), &[]);
    call(object("abort-multipart-upload", key), &["--upload-id", aborted["UploadId"].as_str().unwrap()]);

    assert_eq!(
        gallery_tests::eventually("two entries", || {
            let entries = page.gallery(&world.aws, "rome");
            (entries.len() == 2).then_some(entries)
        })
        .len(),
        2
    );
}

#[test]
fn the_page_s_key_can_do_nothing_else() {
    let world = World::deployed();
    let (images, site) = (world.images_bucket(), world.site_bucket());
    world.put_image("images/rome/a.png", b"picture");
    world.put_image("private/b.png", b"not under images/");
    let body = world.file("body", b"body");
    let nowhere = world.file("nowhere", b"");
    let user = format!("holiday-client-{REGION}");
    let role = format!("arn:aws:iam::000000000000:role/gallery-deploy/holiday/holiday-indexer-{REGION}");
    let policy =
        world.file("policy.json", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#);
    let cors = world.file("cors.json", r#"{"CORSRules":[{"AllowedMethods":["GET"],"AllowedOrigins":["*"]}]}"#);
    let item = world.file("item.json", r#"{"gallery":{"S":"rome"},"file_path":{"S":"images/rome/forged.png"}}"#);
    let delete = world.file("delete.json", r#"{"Objects":[{"Key":"images/rome/a.png"}]}"#);
    let calls = [
        // Other objects, other ways to the same objects.
        format!("s3api get-object --bucket {images} --key private/b.png {nowhere}"),
        format!("s3api head-object --bucket {images} --key private/b.png"),
        format!("s3api put-object --bucket {images} --key private/c.png --body {body}"),
        format!("s3api put-object --bucket {images} --key imagesX/c.png --body {body}"),
        format!("s3api create-multipart-upload --bucket {images} --key private/c.png"),
        format!("s3api put-object --bucket {site} --key index.html --body {body}"),
        format!("s3api put-object --bucket {site} --key images/a.png --body {body}"),
        format!("s3api delete-object --bucket {images} --key images/rome/a.png"),
        format!("s3api delete-objects --bucket {images} --delete file://{delete}"),
        format!("s3api put-object-tagging --bucket {images} --key images/rome/a.png --tagging TagSet=[{{Key=a,Value=b}}]"),
        format!("s3api copy-object --bucket {images} --key images/rome/c.png --copy-source {images}/private/b.png"),
        // Lists.
        "s3api list-buckets".to_owned(),
        format!("s3api list-objects-v2 --bucket {images}"),
        format!("s3api list-objects-v2 --bucket {images} --prefix images/rome/"),
        format!("s3api list-object-versions --bucket {images}"),
        format!("s3api list-multipart-uploads --bucket {images}"),
        format!("s3api list-objects-v2 --bucket {site}"),
        // Settings of buckets.
        format!("s3api get-bucket-policy --bucket {images}"),
        format!("s3api put-bucket-policy --bucket {images} --policy file://{policy}"),
        format!("s3api delete-bucket-policy --bucket {images}"),
        format!("s3api get-bucket-cors --bucket {images}"),
        format!("s3api put-bucket-cors --bucket {images} --cors-configuration file://{cors}"),
        format!("s3api put-bucket-versioning --bucket {images} --versioning-configuration Status=Suspended"),
        format!("s3api delete-public-access-block --bucket {images}"),
        format!("s3api delete-bucket --bucket {site}"),
        "s3api create-bucket --bucket made-by-the-page --create-bucket-configuration LocationConstraint=eu-central-1".to_owned(),
        // The index, beside queries.
        "dynamodb scan --table-name holiday-index".to_owned(),
        format!("dynamodb get-item --table-name holiday-index --key file://{item}"),
        format!("dynamodb put-item --table-name holiday-index --item file://{item}"),
        format!("dynamodb delete-item --table-name holiday-index --key file://{item}"),
        "dynamodb describe-table --table-name holiday-index".to_owned(),
        "dynamodb delete-table --table-name holiday-index".to_owned(),
        "dynamodb list-tables".to_owned(),
        // Everything else.
        "iam list-users".to_owned(),
        format!("iam create-access-key --user-name {user}"),
        format!("iam put-user-policy --user-name {user} --policy-name more --policy-document file://{policy}"),
        "iam create-user --user-name made-by-the-page".to_owned(),
        format!("sts assume-role --role-arn {role} --role-session-name page"),
        "lambda list-functions".to_owned(),
        "lambda get-function --function-name holiday-indexer".to_owned(),
        format!("lambda invoke --function-name holiday-indexer {nowhere}"),
        "logs describe-log-groups".to_owned(),
    ];
    assert_eq!(not_denied(&world.aws.with_key(&world.page().key()), &calls), [""; 0]);
}

#[test]
fn without_a_key_images_can_be_read_and_nothing_else() {
    let world = World::deployed();
    let (images, site) = (world.images_bucket(), world.site_bucket());
    world.put_image("images/rome/a.png", b"picture");
    world.put_image("private/b.png", b"not under images/");
    let stray = world.file("stray", b"not a part of the page");
    world.aws.call(&["s3api", "put-object", "--bucket", &site, "--key", "stray.txt", "--body", &stray]);

    let read = world.http.get(&format!("{}/{images}/images/rome/a.png", world.endpoint()));
    assert_eq!((read.status, read.header("content-type"), &read.body[..]), (StatusCode::OK, "image/png", &b"picture"[..]));

    let refused = [
        (Method::GET, format!("{images}/private/b.png")),
        (Method::GET, format!("{images}/imagesX")),
        (Method::GET, images.clone()),
        (Method::GET, format!("{images}?list-type=2&prefix=images/")),
        (Method::GET, format!("{images}?versions")),
        (Method::GET, format!("{images}?uploads")),
        (Method::GET, format!("{images}?policy")),
        (Method::GET, format!("{images}?cors")),
        (Method::PUT, format!("{images}/images/rome/new.png")),
        (Method::PUT, format!("{images}/images/rome/a.png")),
        (Method::POST, format!("{images}/images/rome/new.png?uploads")),
        (Method::DELETE, format!("{images}/images/rome/a.png")),
        (Method::DELETE, images.clone()),
        (Method::GET, site.clone()),
        (Method::GET, format!("{site}/stray.txt")),
        (Method::GET, format!("{site}/.gallery-deploy/site.json")),
        (Method::PUT, format!("{site}/index.html")),
        (Method::DELETE, format!("{site}/config.json")),
    ];
    for (method, path) in refused {
        let answer = world.http.send(method.clone(), &format!("{}/{path}", world.endpoint()), &[]);
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} /{path}: {}", answer.text());
    }
}

#[test]
fn browsers_may_call_from_the_page_and_from_nowhere_else() {
    let world = World::deployed();
    let image = format!("{}/{}/images/rome/a.png", world.endpoint(), world.images_bucket());
    let ask = |origin: &str, method: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", "authorization,content-type,if-none-match,x-amz-content-sha256,x-amz-date"),
        ];
        world.http.send(Method::OPTIONS, &image, &headers)
    };
    for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
        let answer = ask(&world.site_origin(), method);
        assert_eq!(answer.status, StatusCode::OK, "{method}");
        assert_eq!(answer.header("access-control-allow-origin"), world.site_origin());
    }
    for origin in ["https://example.com", "null", &world.endpoint()] {
        assert_eq!(ask(origin, "PUT").status, StatusCode::FORBIDDEN, "{origin}");
    }
}

#[test]
fn the_indexer_s_role_can_do_what_the_indexer_does_and_nothing_else() {
    let world = World::deployed();
    let aws = world.aws.as_role(&world.indexer_role());
    let (bucket, body) = (world.images_bucket(), world.file("body", gallery_tests::picture("first")));
    let failed = "aws/lambda/async/holiday-indexer";
    world.put_image("images/rome/a.png", gallery_tests::picture("a"));
    world.put_image(&format!("{failed}/event"), "an event");
    world.put_image("private/a.png", gallery_tests::picture("a"));
    let object = |call: &str, key: &str| format!("s3api {call} --bucket {bucket} --key {key}");
    let item = r#"{"gallery":{"S":"rome"},"file_path":{"S":"images/rome/a.png"}}"#;
    let copy = world.file("copy", b"");

    for call in [
        format!("{} {copy}", object("get-object", "images/rome/a.png")),
        object("head-object", "images/rome/a.png"),
        format!("{} --body {body}", object("put-object", &format!("{failed}/2026/another"))),
        format!("dynamodb put-item --table-name holiday-index --item {item}"),
    ] {
        aws.call(&call.split(' ').collect::<Vec<_>>());
    }
    // What is gone is not taken for what it may not see.
    let gone = aws.attempt(&["s3api", "head-object", "--bucket", &bucket, "--key", "images/rome/gone.png"]);
    assert_eq!(gone.unwrap_err().code, "404");

    let calls = [
        format!("{} --body {body}", object("put-object", "images/rome/b.png")),
        format!("{} --body {body}", object("put-object", "private/b.png")),
        format!("{} --body {body}", object("put-object", "aws/lambda/async/other/event")),
        format!("{} {copy}", object("get-object", "private/a.png")),
        format!("{} {copy}", object("get-object", &format!("{failed}/event"))),
        object("delete-object", "images/rome/a.png"),
        object("delete-object", &format!("{failed}/event")),
        object("get-object-tagging", "images/rome/a.png"),
        "s3api list-buckets".to_owned(),
        format!("s3api list-object-versions --bucket {bucket}"),
        format!("s3api get-bucket-policy --bucket {bucket}"),
        format!("s3api delete-bucket-policy --bucket {bucket}"),
        format!("s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Suspended"),
        format!("s3api list-objects-v2 --bucket {}", world.site_bucket()),
        "dynamodb scan --table-name holiday-index".to_owned(),
        format!("dynamodb get-item --table-name holiday-index --key {item}"),
        format!("dynamodb delete-item --table-name holiday-index --key {item}"),
        format!("dynamodb put-item --table-name other --item {item}"),
        "dynamodb delete-table --table-name holiday-index".to_owned(),
        "lambda get-function --function-name holiday-indexer".to_owned(),
        "lambda delete-function-event-invoke-config --function-name holiday-indexer".to_owned(),
        format!("iam get-role --role-name holiday-indexer-{REGION}"),
        "iam list-users".to_owned(),
        "logs create-log-group --log-group-name /aws/lambda/other".to_owned(),
        "logs describe-log-groups".to_owned(),
    ];
    assert_eq!(not_denied(&aws, &calls), [""; 0]);
}

/// AWS asks for the stream that is written to, the local AWS for the group. So the role's policy is asked about streams, without a call, and calls
/// are made with the same policy whose resource is the group.
#[test]
fn the_indexer_s_role_can_write_its_own_log_and_no_other() {
    let world = World::deployed();
    let (role, own, other) = (format!("holiday-indexer-{REGION}"), "/aws/lambda/holiday-indexer", "/aws/lambda/other");
    let get = ["iam", "get-role-policy", "--role-name", &role, "--policy-name", "gallery-deploy-indexer"];
    let policy = world.aws.call(&get)["PolicyDocument"].to_string();
    let group_arn = |group: &str| format!("arn:aws:logs:{REGION}:000000000000:log-group:{group}");
    let decisions = |action: &str| {
        [own, other].map(|group| {
            let stream = format!("{}:log-stream:2026/11/27/[$LATEST]1", group_arn(group));
            let ask = ["iam", "simulate-custom-policy", "--policy-input-list", &policy, "--action-names", action];
            let answer = world.aws.call(&[&ask[..], &["--resource-arns", &stream]].concat());
            answer["EvaluationResults"][0]["EvalDecision"].as_str().unwrap().to_owned()
        })
    };
    for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
        assert_eq!(decisions(action), ["allowed", "implicitDeny"], "{action}");
    }
    for action in ["logs:CreateLogGroup", "logs:DeleteLogStream", "logs:GetLogEvents", "logs:PutRetentionPolicy"] {
        assert_eq!(decisions(action), ["implicitDeny", "implicitDeny"], "{action}");
    }

    let streams = format!("{}:*", group_arn(own));
    assert!(policy.contains(&streams), "{policy}");
    let policy = world.file("policy.json", policy.replace(&streams, &group_arn(own)));
    world.aws.call(&["iam", "create-user", "--user-name", "writer"]);
    let put = ["iam", "put-user-policy", "--user-name", "writer", "--policy-name", "p", "--policy-document"];
    world.aws.call(&[&put[..], &[&format!("file://{policy}")]].concat());
    let made = world.aws.call(&["iam", "create-access-key", "--user-name", "writer"]);
    let text = |field: &str| made["AccessKey"][field].as_str().unwrap().to_owned();
    let writer = world.aws.with_key(&Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") });
    world.aws.call(&["logs", "create-log-group", "--log-group-name", other]);
    world.aws.call(&["logs", "create-log-stream", "--log-group-name", other, "--log-stream-name", "s"]);
    let event = r#"[{"timestamp":1790000000000,"message":"line"}]"#;
    let write = format!("logs put-log-events --log-stream-name s --log-events {event} --log-group-name ");
    for call in [format!("logs create-log-stream --log-stream-name s --log-group-name {own}"), format!("{write}{own}")] {
        writer.call(&call.split(' ').collect::<Vec<_>>());
    }
    let calls = [
        format!("{write}{other}"),
        format!("logs create-log-stream --log-stream-name t --log-group-name {other}"),
        format!("logs delete-log-stream --log-stream-name s --log-group-name {own}"),
        format!("logs get-log-events --log-stream-name s --log-group-name {own}"),
        format!("logs filter-log-events --log-group-name {own}"),
        format!("logs put-retention-policy --retention-in-days 1 --log-group-name {own}"),
        format!("logs delete-log-group --log-group-name {own}"),
        "logs create-log-group --log-group-name /aws/lambda/third".to_owned(),
    ];
    assert_eq!(not_denied(&writer, &calls), [""; 0]);
}
