//! What somebody else put onto ours, where it is not wholly ours: kept, and told.

use gallery_tests::{ACCOUNT, Gallery, REGION, World};
use serde_json::json;

use super::buckets::{edit_lifecycle, edit_notification, edit_tags};
use super::function::{add, statement_id};
use super::site::put_object;

#[test]
fn what_is_not_ours_is_kept_and_told() {
    let world = World::new();
    let gallery = &Gallery::new(&world, "elm");
    gallery.run(&["up", "--yes"]).succeeds();
    let (images, function) = (gallery.images_bucket(), gallery.function());
    let theirs = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:theirs");

    edit_tags(gallery, &images, |tags| tags.push(json!({ "Key": "cost-center", "Value": "7" })));
    gallery.aws(&["iam", "tag-user", "--user-name", &gallery.user(), "--tags", "Key=cost-center,Value=7"]);
    edit_lifecycle(gallery, &images, |rules| {
        rules
            .as_array_mut()
            .unwrap()
            .push(json!({ "ID": "theirs", "Status": "Enabled", "Filter": { "Prefix": "tmp/" }, "Expiration": { "Days": 9 } }));
    });
    add(gallery, "theirs", "arn:aws:s3:::their-bucket");
    edit_notification(gallery, |entries| {
        let entry = json!({ "Id": "theirs", "LambdaFunctionArn": theirs, "Events": ["s3:ObjectTagging:*"] });
        entries.as_array_mut().unwrap().push(entry);
    });
    let role = gallery.role();
    let nothing = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "s3:*", "Resource": "*" }] });
    let more = ["--policy-name", "theirs", "--policy-document", &nothing.to_string()];
    gallery.aws(&[&["iam", "put-role-policy", "--role-name", &role], &more[..]].concat());
    let managed = gallery.aws(&[&["iam", "create-policy"], &more[..]].concat())["Policy"]["Arn"].as_str().unwrap().to_owned();
    gallery.aws(&["iam", "attach-role-policy", "--role-name", &role, "--policy-arn", &managed]);
    put_object(gallery, "robots.txt", "User-agent: *");

    let told = gallery.run(&["plan"]).succeeds().says("No changes.").stdout;
    let expected = [
        ("bucket", &images, "tag `cost-center` and lifecycle rule `theirs` are not ours; they are kept".to_owned()),
        ("role", &role, format!("policy `theirs` and policy `{managed}` are not ours; they are kept")),
        ("permission", &function, "statement `theirs` is not ours; it is kept".to_owned()),
        ("notification", &images, format!("entry for `{theirs}` is not ours; it is kept")),
        ("user", &gallery.user(), "tag `cost-center` is not ours; it is kept".to_owned()),
        ("page", &gallery.site_bucket(), "object `robots.txt` is not ours; it is kept".to_owned()),
    ];
    let expected: String = expected.iter().map(|(kind, name, note)| format!("  ! {kind:<12} {name}\n      {note}\n")).collect();
    assert_eq!(told, expected);
    // A quiet run stays quiet.
    assert!(!gallery.run(&["up"]).succeeds().stderr.contains("kept"));

    // All that is theirs lies where ours is written: tags, rules, entries, statements.
    gallery.configure("images: { expire_old_versions_after_days: 9 }\nindexer: { memory: 256 }\ntags: { team: travel }\n");
    edit_notification(gallery, |entries| entries.as_array_mut().unwrap().retain(|entry| entry["Id"] == "theirs"));
    gallery.aws(&["lambda", "remove-permission", "--function-name", &function, "--statement-id", &statement_id(gallery)]);
    gallery.run(&["up", "--yes"]).succeeds().says("not ours; they are kept");
    assert_eq!(gallery.run(&["plan"]).succeeds().says("No changes.").stdout, told);
}
