//! Every setting, read back with the `aws` command line.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{ACCOUNT, REGION, World};
use serde_json::{Value, json};

fn s3api(world: &World, call: &str, bucket: &str) -> Value {
    world.aws.call(&["s3api", call, "--bucket", bucket])
}

/// A bucket policy, without the key `Sid`, which is nobody's business.
fn bucket_policy(world: &World, bucket: &str) -> Value {
    let answer = s3api(world, "get-bucket-policy", bucket);
    let mut policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement.as_object_mut().unwrap().remove("Sid");
    }
    policy
}

/// Names and values of a list of `{Key, Value}`, without the hash of what was applied.
fn tags(list: &Value) -> Vec<(String, String)> {
    let mut tags: Vec<(String, String)> = list
        .as_array()
        .unwrap_or_else(|| panic!("no list of tags: {list}"))
        .iter()
        .map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].as_str().unwrap().to_owned()))
        .filter(|(name, value)| name != "gallery-deploy:desired" || !value.starts_with("v1:"))
        .collect();
    tags.sort();
    tags
}

fn own_tag() -> Vec<(String, String)> {
    vec![("gallery-deploy:gallery".to_owned(), "holiday".to_owned())]
}

/// A bucket also says which of the two it is.
fn bucket_tags(holds: &str) -> Vec<(String, String)> {
    [own_tag(), vec![("gallery-deploy:holds".to_owned(), holds.to_owned())]].concat()
}

/// IAM is global, so what lies there says of which region it is.
fn own_tags_in_iam() -> Vec<(String, String)> {
    [own_tag(), vec![("gallery-deploy:region".to_owned(), REGION.to_owned())]].concat()
}

fn strings(list: &Value) -> Vec<&str> {
    let mut strings: Vec<&str> = list.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect();
    strings.sort_unstable();
    strings
}

/// One string, or a list of them: policies may say either.
fn one_or_many(value: &Value) -> Vec<&str> {
    value.as_str().map_or_else(|| strings(value), |one| vec![one])
}

#[test]
fn the_images_bucket() {
    let world = World::deployed();
    let bucket = world.images_bucket();
    assert_eq!(s3api(&world, "get-bucket-location", &bucket)["LocationConstraint"], REGION);
    assert_eq!(
        s3api(&world, "get-public-access-block", &bucket)["PublicAccessBlockConfiguration"],
        json!({ "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": false })
    );
    assert_eq!(
        s3api(&world, "get-bucket-ownership-controls", &bucket)["OwnershipControls"]["Rules"],
        json!([{ "ObjectOwnership": "BucketOwnerEnforced" }])
    );
    let encryption = s3api(&world, "get-bucket-encryption", &bucket);
    let default = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    assert_eq!(default["SSEAlgorithm"], "AES256");
    assert_eq!(s3api(&world, "get-bucket-versioning", &bucket)["Status"], "Enabled");
    assert_eq!(tags(&s3api(&world, "get-bucket-tagging", &bucket)["TagSet"]), bucket_tags("images"));

    let lifecycle = s3api(&world, "get-bucket-lifecycle-configuration", &bucket);
    let rules = lifecycle["Rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["Status"] == "Enabled"), "{lifecycle}");
    let days = |pointer: &str| rules.iter().find_map(|rule| rule.pointer(pointer)).cloned();
    assert_eq!(days("/AbortIncompleteMultipartUpload/DaysAfterInitiation"), Some(json!(1)));
    let old = |prefix: &str| {
        let rule =
            rules.iter().find(|rule| rule["Filter"]["Prefix"] == prefix && rule["NoncurrentVersionExpiration"].is_object());
        rule.and_then(|rule| rule["NoncurrentVersionExpiration"]["NoncurrentDays"].as_i64())
    };
    assert_eq!((old("images/"), old("aws/lambda/async/holiday-indexer/")), (Some(30), Some(1)));
    // No picture expires: only what Lambda leaves there of events that failed.
    let below: Vec<&Value> = rules.iter().map(|rule| &rule["Filter"]["Prefix"]).collect();
    assert!(
        below.iter().all(|prefix| [&json!("images/"), &json!("aws/lambda/async/holiday-indexer/")].contains(prefix)),
        "{lifecycle}"
    );
    let expiring: Vec<&Value> = rules.iter().filter(|rule| rule["Expiration"].is_object()).collect();
    assert_eq!(expiring.len(), 1, "{lifecycle}");
    assert_eq!(expiring[0]["Filter"], json!({ "Prefix": "aws/lambda/async/holiday-indexer/" }));
    assert_eq!(expiring[0]["Expiration"], json!({ "Days": 30 }));

    let cors = s3api(&world, "get-bucket-cors", &bucket);
    let rules = cors["CORSRules"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0]["AllowedOrigins"], json!([world.site_origin()]));
    assert_eq!(strings(&rules[0]["AllowedMethods"]), ["DELETE", "GET", "HEAD", "POST", "PUT"]);
    assert_eq!(rules[0]["AllowedHeaders"], json!(["*"]));
    assert_eq!(rules[0]["ExposeHeaders"], json!(["ETag"]));

    // The endpoint is plain HTTP, so that plain HTTP is not refused.
    let policy = bucket_policy(&world, &bucket);
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 1, "{policy}");
    assert_eq!(statements[0]["Effect"], "Allow");
    assert_eq!(statements[0]["Principal"], "*");
    assert_eq!(one_or_many(&statements[0]["Action"]), ["s3:GetObject"]);
    assert_eq!(one_or_many(&statements[0]["Resource"]), [format!("arn:aws:s3:::{bucket}/images/*")]);
}

#[test]
fn the_site_bucket() {
    let world = World::deployed();
    let bucket = world.site_bucket();
    assert_eq!(s3api(&world, "get-bucket-location", &bucket)["LocationConstraint"], REGION);
    let access = &s3api(&world, "get-public-access-block", &bucket)["PublicAccessBlockConfiguration"];
    assert_eq!(
        access,
        &json!({ "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": false })
    );
    let encryption = s3api(&world, "get-bucket-encryption", &bucket);
    let default = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    assert_eq!(default["SSEAlgorithm"], "AES256");
    let lifecycle = s3api(&world, "get-bucket-lifecycle-configuration", &bucket);
    let rules = lifecycle["Rules"].as_array().unwrap();
    assert_eq!((rules.len(), &rules[0]["AbortIncompleteMultipartUpload"]), (1, &json!({ "DaysAfterInitiation": 1 })));
    assert_eq!(
        s3api(&world, "get-bucket-ownership-controls", &bucket)["OwnershipControls"]["Rules"],
        json!([{ "ObjectOwnership": "BucketOwnerEnforced" }])
    );
    assert_eq!(tags(&s3api(&world, "get-bucket-tagging", &bucket)["TagSet"]), bucket_tags("page"));
    let cors = world.aws.attempt(&["s3api", "get-bucket-cors", "--bucket", &bucket]);
    assert_eq!(cors.unwrap_err().code, "NoSuchCORSConfiguration");

    let policy = bucket_policy(&world, &bucket);
    let root = format!("arn:aws:s3:::{bucket}");
    let statements = policy["Statement"].as_array().unwrap();
    assert!(!statements.is_empty(), "{policy}");
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(one_or_many(&statement["Action"]), ["s3:GetObject"], "{policy}");
        for resource in one_or_many(&statement["Resource"]) {
            assert!(resource.starts_with(&format!("{root}/")) && resource != format!("{root}/*"), "{resource}");
        }
    }
}

#[test]
fn the_index() {
    let world = World::deployed();
    let table = &world.aws.call(&["dynamodb", "describe-table", "--table-name", "holiday-index"])["Table"];
    assert_eq!(
        table["KeySchema"],
        json!([
            { "AttributeName": "gallery", "KeyType": "HASH" },
            { "AttributeName": "file_path", "KeyType": "RANGE" }
        ])
    );
    let types = table["AttributeDefinitions"].as_array().unwrap();
    assert!(types.iter().all(|attribute| attribute["AttributeType"] == "S") && types.len() == 2, "{table}");
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert_ne!(table["DeletionProtectionEnabled"], true);
    let listed = world.aws.call(&["dynamodb", "list-tags-of-resource", "--resource-arn", table["TableArn"].as_str().unwrap()]);
    assert_eq!(tags(&listed["Tags"]), own_tag());
    let expiry = world.aws.call(&["dynamodb", "describe-time-to-live", "--table-name", "holiday-index"]);
    assert_eq!(
        expiry["TimeToLiveDescription"],
        json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at" }),
        "rows of deleted pictures go"
    );
    let backups = world.aws.call(&["dynamodb", "describe-continuous-backups", "--table-name", "holiday-index"]);
    let point_in_time = &backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    assert_eq!(point_in_time["PointInTimeRecoveryStatus"], "DISABLED");
}

#[test]
fn the_indexer() {
    let world = World::deployed();
    let name = "holiday-indexer";
    let function_arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}");
    let role_arn = format!("arn:aws:iam::{ACCOUNT}:role/gallery-deploy/holiday/holiday-indexer-{REGION}");
    let table_arn = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/holiday-index");

    let function = world.aws.call(&["lambda", "get-function", "--function-name", name]);
    let configuration = &function["Configuration"];
    assert_eq!(configuration["FunctionArn"], function_arn);
    assert_eq!(configuration["Runtime"], "provided.al2023");
    assert_eq!(configuration["Architectures"], json!(["x86_64"]));
    assert_eq!(configuration["MemorySize"], 128);
    assert_eq!(configuration["Timeout"], 30);
    assert_eq!(configuration["Role"], role_arn);
    let bucket = world.images_bucket();
    let variables = json!({
        "GALLERY_TABLE": "holiday-index",
        "GALLERY_BUCKET": bucket,
        "GALLERY_BUCKET_URL": format!("https://{bucket}.s3.{REGION}.amazonaws.com"),
        "GALLERY_ACCEPTED_TYPES": "image/jpeg,image/png,image/gif,image/webp,image/avif",
        "GALLERY_MAX_SIZE": "26214400",
    });
    assert_eq!(configuration["Environment"]["Variables"], variables);
    assert_eq!(function["Tags"]["gallery-deploy:gallery"], "holiday");
    let retries = world.aws.call(&["lambda", "get-function-event-invoke-config", "--function-name", name]);
    assert_eq!((&retries["MaximumRetryAttempts"], &retries["MaximumEventAgeInSeconds"]), (&json!(2), &json!(21_600)));
    assert_eq!(retries["DestinationConfig"], json!({ "OnFailure": { "Destination": format!("arn:aws:s3:::{bucket}") } }));

    let role = &world.aws.call(&["iam", "get-role", "--role-name", "holiday-indexer-eu-central-1"])["Role"];
    assert_eq!(role["Arn"], role_arn);
    // By the role, `stages` finds the page.
    let site = ("gallery-deploy:site".to_owned(), world.site_bucket());
    assert_eq!(tags(&role["Tags"]), [own_tags_in_iam(), vec![site]].concat());
    let trust = role["AssumeRolePolicyDocument"]["Statement"].as_array().unwrap();
    assert_eq!(trust.len(), 1);
    assert_eq!(trust[0]["Principal"], json!({ "Service": "lambda.amazonaws.com" }));
    assert_eq!(one_or_many(&trust[0]["Action"]), ["sts:AssumeRole"]);
    let attached = world.aws.call(&["iam", "list-attached-role-policies", "--role-name", "holiday-indexer-eu-central-1"]);
    assert_eq!(attached["AttachedPolicies"], json!([]));
    let policies = world.aws.call(&["iam", "list-role-policies", "--role-name", "holiday-indexer-eu-central-1"]);
    let bucket_arn = format!("arn:aws:s3:::{bucket}");
    let images_arn = format!("{bucket_arn}/images/*");
    let failed_arn = format!("{bucket_arn}/aws/lambda/async/holiday-indexer/*");
    let logs_arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/holiday-indexer:*");
    for policy in strings(&policies["PolicyNames"]) {
        let call = ["iam", "get-role-policy", "--role-name", "holiday-indexer-eu-central-1", "--policy-name", policy];
        let document = &world.aws.call(&call)["PolicyDocument"];
        for statement in document["Statement"].as_array().unwrap() {
            for action in one_or_many(&statement["Action"]) {
                let on: &[&str] = match action {
                    "s3:GetObject" => &[&images_arn],
                    "s3:ListBucket" => &[&bucket_arn],
                    "s3:PutObject" => &[&failed_arn],
                    "dynamodb:PutItem" => &[&table_arn],
                    "logs:CreateLogStream" | "logs:PutLogEvents" => &[&logs_arn],
                    other => panic!(
                        "{other}: the indexer reads images, writes the index, its own logs and failed events, nothing else"
                    ),
                };
                assert_eq!(one_or_many(&statement["Resource"]), on, "{action}");
            }
        }
    }

    let groups = world.aws.call(&["logs", "describe-log-groups"]);
    let group = &groups["logGroups"][0];
    assert_eq!((&group["logGroupName"], &group["retentionInDays"]), (&json!("/aws/lambda/holiday-indexer"), &json!(14)));
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/holiday-indexer");
    let listed = world.aws.call(&["logs", "list-tags-for-resource", "--resource-arn", &arn]);
    assert_eq!(listed["tags"]["gallery-deploy:gallery"], "holiday");
}

#[test]
fn the_way_from_the_bucket_to_the_indexer() {
    let world = World::deployed();
    let bucket = world.images_bucket();
    let policy = world.aws.call(&["lambda", "get-policy", "--function-name", "holiday-indexer"]);
    let policy: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 1, "{policy}");
    let statement = &statements[0];
    assert!(statement["Sid"].as_str().unwrap().starts_with("gallery-deploy-"), "{statement}");
    assert_eq!(statement["Principal"], json!({ "Service": "s3.amazonaws.com" }));
    assert_eq!(statement["Action"], "lambda:InvokeFunction");
    let conditions = statement["Condition"].to_string();
    assert!(conditions.contains(&format!("arn:aws:s3:::{bucket}")) && conditions.contains(ACCOUNT), "{conditions}");

    let notification = s3api(&world, "get-bucket-notification-configuration", &bucket);
    let entries = notification["LambdaFunctionConfigurations"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{notification}");
    assert!(entries[0]["Id"].as_str().unwrap().starts_with("gallery-deploy-"), "{notification}");
    assert_eq!(entries[0]["LambdaFunctionArn"], format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:holiday-indexer"));
    // All that can change what is visible: expiry and archives, too.
    assert_eq!(
        strings(&entries[0]["Events"]),
        [
            "s3:IntelligentTiering",
            "s3:LifecycleExpiration:*",
            "s3:LifecycleTransition",
            "s3:ObjectCreated:*",
            "s3:ObjectRemoved:*",
            "s3:ObjectRestore:Completed",
            "s3:ObjectRestore:Delete",
        ]
    );
    let rules = entries[0]["Filter"]["Key"]["FilterRules"].as_array().unwrap();
    assert_eq!((rules.len(), &rules[0]["Value"]), (1, &json!("images/")));
    assert!(rules[0]["Name"].as_str().unwrap().eq_ignore_ascii_case("prefix"));
}

#[test]
fn the_user_of_the_page() {
    let world = World::deployed();
    let name = format!("holiday-client-{REGION}");
    let user = &world.aws.call(&["iam", "get-user", "--user-name", &name])["User"];
    assert_eq!(user["Path"], "/gallery-deploy/holiday/");
    assert_eq!(tags(&user["Tags"]), own_tags_in_iam());
    let keys = world.aws.call(&["iam", "list-access-keys", "--user-name", &name]);
    let keys = keys["AccessKeyMetadata"].as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["Status"]), (1, &json!("Active")));
    assert_eq!(keys[0]["AccessKeyId"], world.page().text("access_key_id"));
    let attached = world.aws.call(&["iam", "list-attached-user-policies", "--user-name", &name]);
    assert_eq!(attached["AttachedPolicies"], json!([]));

    let policies = world.aws.call(&["iam", "list-user-policies", "--user-name", &name]);
    let names = strings(&policies["PolicyNames"]);
    assert_eq!(names.len(), 2, "{names:?}");
    let mut granted = Vec::new();
    for policy in names {
        let document = world.aws.call(&["iam", "get-user-policy", "--user-name", &name, "--policy-name", policy]);
        for statement in document["PolicyDocument"]["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow");
            for action in one_or_many(&statement["Action"]) {
                for resource in one_or_many(&statement["Resource"]) {
                    granted.push(format!("{action} {resource}"));
                }
            }
        }
    }
    granted.sort();
    let images = format!("arn:aws:s3:::{}/images/*", world.images_bucket());
    let table = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/holiday-index");
    let expected = [
        format!("dynamodb:Query {table}"),
        format!("s3:AbortMultipartUpload {images}"),
        format!("s3:GetObject {images}"),
        format!("s3:PutObject {images}"),
    ];
    assert_eq!(granted, expected);
}

#[test]
fn every_key_of_gallery_yaml_takes_effect() {
    let world = World::new();
    world.configure(
        r#"
name: holiday
region: eu-central-1
account: "000000000000"
images:
  bucket: my-own-images
  versioning: false
  abort_uploads_after_days: 3
  expire_old_versions_after_days: 7
  cors_origins: ["https://example.com"]
  max_size_mib: 5
  accepted_types: [image/png]
index: { table: my-own-index, point_in_time_recovery: true, deletion_protection: true }
indexer: { function: my-own-indexer, role: my-own-role, memory: 256, timeout: 60, log_retention_days: 30 }
client: { user: my-own-user }
site: { bucket: my-own-site, title: "Our \"holiday\" <2026>" }
tags: { team: travel }
"#,
    );
    let run = world.run(&["up", "--yes"]).succeeds();
    let origin = format!("http://my-own-site.s3.localhost:{}", world.proxy.port());
    assert_eq!(run.only_line(), format!("{origin}/index.html"));
    assert_eq!(
        world.inventory(),
        [
            "bucket my-own-images",
            "bucket my-own-site",
            "function my-own-indexer",
            "log group /aws/lambda/my-own-indexer",
            "role my-own-role",
            "table my-own-index",
            "user my-own-user",
        ]
    );
    assert_ne!(s3api(&world, "get-bucket-versioning", "my-own-images")["Status"], "Enabled");
    let lifecycle = s3api(&world, "get-bucket-lifecycle-configuration", "my-own-images").to_string();
    assert!(lifecycle.contains(r#""DaysAfterInitiation":3"#) && lifecycle.contains(r#""NoncurrentDays":7"#), "{lifecycle}");
    let cors = s3api(&world, "get-bucket-cors", "my-own-images");
    assert_eq!(strings(&cors["CORSRules"][0]["AllowedOrigins"]), [origin.as_str(), "https://example.com"]);
    let tagged = tags(&s3api(&world, "get-bucket-tagging", "my-own-images")["TagSet"]);
    assert!(tagged.contains(&("team".to_owned(), "travel".to_owned())), "{tagged:?}");

    let backups = world.aws.call(&["dynamodb", "describe-continuous-backups", "--table-name", "my-own-index"]);
    let point_in_time = &backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    assert_eq!(point_in_time["PointInTimeRecoveryStatus"], "ENABLED");
    let table = world.aws.call(&["dynamodb", "describe-table", "--table-name", "my-own-index"]);
    assert_eq!(table["Table"]["DeletionProtectionEnabled"], true);

    let function = world.aws.call(&["lambda", "get-function-configuration", "--function-name", "my-own-indexer"]);
    assert_eq!((&function["MemorySize"], &function["Timeout"]), (&json!(256), &json!(60)));
    assert_eq!(function["Environment"]["Variables"]["GALLERY_TABLE"], "my-own-index");
    assert_eq!(world.aws.call(&["logs", "describe-log-groups"])["logGroups"][0]["retentionInDays"], 30);

    let config = gallery_tests::PageConfig::read(&world.http, &format!("{origin}/index.html")).0;
    assert_eq!(config["max_size_mib"], 5);
    assert_eq!(config["accepted_types"], json!(["image/png"]));
    assert_eq!(config["title"], "Our \"holiday\" <2026>");

    // Protected, so that `down` refuses until the configuration says otherwise.
    let down = ["down", "--confirm-name", "holiday", "--delete-images"];
    let skip = ["--skip", "table/my-own-index"];
    world.run(&down).exits(6).says("my-own-index").says(&skip.join(" "));
    // Or the rest goes without it.
    world.run(&[&down[..], &skip].concat()).succeeds().says("KEPT: is protected against deletion");
    assert_eq!(world.inventory(), ["table my-own-index"]);
}

#[test]
fn a_changed_setting_is_changed_in_place() {
    let world = World::deployed();
    let key = world.page().text("access_key_id").to_owned();
    world.configure(
        "name: holiday\nregion: eu-central-1\nimages: { expire_old_versions_after_days: 90 }\nindexer: { memory: 192 }\n",
    );
    world.run(&["up", "--yes"]).succeeds();
    let lifecycle = s3api(&world, "get-bucket-lifecycle-configuration", &world.images_bucket()).to_string();
    assert!(lifecycle.contains(r#""NoncurrentDays":90"#), "{lifecycle}");
    let function = world.aws.call(&["lambda", "get-function-configuration", "--function-name", "holiday-indexer"]);
    assert_eq!(function["MemorySize"], 192);
    assert_eq!(world.page().text("access_key_id"), key);
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(world.proxy.writes(), []);
}
