//! Two changes of one thing at once, and answers that get lost.

use std::sync::Barrier;
use std::thread;

use gallery_tests::World;
use hyper::Method;

use crate::{Stage, TRUST, accepts, refuses};

/// Sends the same request five times at once, as the local AWS's root user. The statuses, sorted.
fn five_at_once(world: &World, service: &str, method: &Method, path: &str) -> Vec<u16> {
    let credential =
        format!("AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
    let start = Barrier::new(5);
    let send = || {
        start.wait();
        let answer = world.http.send(method.clone(), &format!("{}{path}", world.endpoint()), &[("authorization", &credential)]);
        answer.status.as_u16()
    };
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let calls: Vec<_> = (0..5).map(|_| scope.spawn(send)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}

#[test]
fn s3_a_bucket_takes_one_change_at_a_time() {
    let stage = Stage::with(&["S3-at-once"]);
    accepts(&stage.aws, "s3api create-bucket --bucket busy-bucket --create-bucket-configuration LocationConstraint=eu-central-1");
    let statuses = five_at_once(&stage.world, "s3", &Method::DELETE, "/busy-bucket?cors");
    assert!(statuses.first() == Some(&204) && statuses.last() == Some(&409), "{statuses:?}");
    accepts(&stage.aws, "s3api delete-bucket-cors --bucket busy-bucket");
}

#[test]
fn l8_a_change_of_a_function_s_policy_beside_another_is_lost() {
    let stage = Stage::with(&["L8-at-once"]);
    let statuses = five_at_once(&stage.world, "lambda", &Method::DELETE, "/2015-03-31/functions/f/policy/s");
    // There is no such function: who is told so was heard, the others were not.
    assert!(statuses.first() == Some(&204) && statuses.last() == Some(&404), "{statuses:?}");
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
