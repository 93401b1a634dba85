//! Two changes of one thing at once, and answers that get lost.

use std::sync::Barrier;
use std::thread;

use gallery_tests::World;
use hyper::Method;

use crate::{Stage, TRUST, accepts, refuses};

/// A request to a service.
#[derive(Clone, Copy)]
struct Request<'a> {
    service: &'a str,
    method: &'a Method,
    path: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

/// Sends the same request five times at once, as the local AWS's root user. The statuses, sorted.
fn five_at_once(world: &World, Request { service, method, path, headers, body }: Request<'_>) -> Vec<u16> {
    let credential =
        format!("AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
    let headers = [headers, &[("authorization", &credential)]].concat();
    let start = Barrier::new(5);
    let send = || {
        start.wait();
        world.http.send_body(method.clone(), &format!("{}{path}", world.endpoint()), &headers, body).status.as_u16()
    };
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let calls: Vec<_> = (0..5).map(|_| scope.spawn(send)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}

/// The lowest and the highest status of [`five_at_once`]: some are taken, some are refused.
fn five_at_once_end(world: &World, request: Request<'_>, lowest_and_highest: [u16; 2]) {
    let statuses = five_at_once(world, request);
    let ends = [statuses.first(), statuses.last()].map(Option::unwrap).map(|status| *status);
    assert_eq!(ends, lowest_and_highest, "{statuses:?}");
}

/// A request that deletes what its path names.
const fn delete<'a>(service: &'a str, path: &'a str) -> Request<'a> {
    Request { service, method: &Method::DELETE, path, headers: &[], body: "" }
}

/// A request whose body says what is called.
const fn post<'a>(service: &'a str, headers: &'a [(&'a str, &'a str)], body: &'a str) -> Request<'a> {
    Request { service, method: &Method::POST, path: "/", headers, body }
}

#[test]
fn s3_a_bucket_takes_one_change_at_a_time() {
    let stage = Stage::with(&["S3-at-once"]);
    accepts(&stage.aws, "s3api create-bucket --bucket busy-bucket --create-bucket-configuration LocationConstraint=eu-central-1");
    five_at_once_end(&stage.world, delete("s3", "/busy-bucket?cors"), [204, 409]);
    accepts(&stage.aws, "s3api delete-bucket-cors --bucket busy-bucket");
}

#[test]
fn i7_a_user_takes_one_change_at_a_time() {
    let stage = Stage::with(&["I7-at-once"]);
    accepts(&stage.world.aws, "iam create-user --user-name u");
    let tag = "Action=TagUser&Version=2010-05-08&UserName=u&Tags.member.1.Key=a&Tags.member.1.Value=b";
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    five_at_once_end(&stage.world, post("iam", &headers, tag), [200, 409]);
    accepts(&stage.aws, "iam tag-user --user-name u --tags Key=a,Value=b");
}

#[test]
fn g4_a_log_group_takes_one_change_at_a_time() {
    let stage = Stage::with(&["G4-at-once"]);
    accepts(&stage.world.aws, "logs create-log-group --log-group-name /g");
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Logs_20140328.PutRetentionPolicy")];
    let keep = r#"{"logGroupName":"/g","retentionInDays":14}"#;
    five_at_once_end(&stage.world, post("logs", &headers, keep), [200, 400]);
    accepts(&stage.aws, "logs put-retention-policy --log-group-name /g --retention-in-days 14");
}

#[test]
fn l8_a_change_of_a_function_s_policy_beside_another_is_lost() {
    let stage = Stage::with(&["L8-at-once"]);
    // There is no such function: who is told so was heard, the others were not.
    five_at_once_end(&stage.world, delete("lambda", "/2015-03-31/functions/f/policy/s"), [204, 404]);
}

#[test]
fn l6_a_function_takes_one_change_at_a_time() {
    let stage = Stage::with(&["L6-at-once"]);
    // There is no such function: who is told so was heard, the others were not.
    five_at_once_end(&stage.world, delete("lambda", "/2015-03-31/functions/f"), [404, 409]);
}

#[test]
fn g3_what_was_created_may_look_as_if_it_was_not() {
    let stage = Stage::with(&["G3"]);
    // The command line tries again by itself, and hears that it is there.
    let create = format!("iam create-role --role-name r --assume-role-policy-document {TRUST}");
    refuses(&stage.aws, &create, "EntityAlreadyExists", "already exists");
    let statuses: Vec<_> = stage.world.proxy.calls().iter().filter_map(|call| call.status).collect();
    assert_eq!(statuses, [500, 409]);
    accepts(&stage.aws, "iam get-role --role-name r");
}
