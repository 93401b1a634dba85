//! The page's key: no answer is lost without its key being deleted, and of two runs at once one gives way (I5).

use super::super::alone::Alone;
use super::super::key::{observe, put};
use super::super::wait::Shown;
use super::{Answer, NO_HEADER, OK, alone, aws, clients, event, sent};
use crate::error::Error;
use crate::resource::Seen;
use crate::resource::key::{ClientConfig, ClientKey, KeyPair, KeyPlan, Secret, config_json, seal};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};

const NO_CONFIG: Answer = (404, NO_HEADER, "<Error><Code>NoSuchKey</Code></Error>");
const QUOTA: Answer =
    (409, NO_HEADER, "<ErrorResponse><Error><Code>LimitExceeded</Code><Message>2 keys</Message></Error></ErrorResponse>");
const PRECONDITION: Answer = (412, NO_HEADER, "<Error><Code>PreconditionFailed</Code></Error>");

fn wanted() -> ClientKey {
    let config = ClientConfig {
        region: "us-west-2".into(),
        endpoint: None,
        images_bucket: "i".into(),
        table: "t".into(),
        max_size_mib: 1,
        accepted_types: Vec::new(),
        title: "G".into(),
    };
    ClientKey { user: "u".into(), bucket: "b".into(), config }
}

/// A new key, over what was seen.
fn a_new_key(over: Option<&str>) -> KeyPlan {
    KeyPlan { keep: None, write: true, over: over.map(Into::into), delete: Vec::new() }
}

fn plain((status, header, body): Answer) -> ReplayEvent {
    event(status, &[header], body)
}

/// The answer that lists these keys.
fn keys(ids: &[&str]) -> ReplayEvent {
    let member =
        |id: &&str| format!("<member><UserName>u</UserName><AccessKeyId>{id}</AccessKeyId><Status>Active</Status></member>");
    let members: String = ids.iter().map(member).collect();
    let list = format!("<AccessKeyMetadata>{members}</AccessKeyMetadata><IsTruncated>false</IsTruncated>");
    let body = format!("<ListAccessKeysResponse><ListAccessKeysResult>{list}</ListAccessKeysResult></ListAccessKeysResponse>");
    event(200, &[], &body)
}

/// The answer that tells a new key.
fn made(id: &str) -> ReplayEvent {
    let key = format!(
        "<AccessKey><UserName>u</UserName><AccessKeyId>{id}</AccessKeyId><Status>Active</Status><SecretAccessKey>s</SecretAccessKey></AccessKey>"
    );
    let body = format!("<CreateAccessKeyResponse><CreateAccessKeyResult>{key}</CreateAccessKeyResult></CreateAccessKeyResponse>");
    event(200, &[], &body)
}

fn known() -> ReplayEvent {
    let identity = "<Arn>arn:u</Arn><UserId>U</UserId><Account>123456789012</Account>";
    let result = format!("<GetCallerIdentityResult>{identity}</GetCallerIdentityResult>");
    event(200, &[], &format!("<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"))
}

/// A `config.json` with the key `id` and this title, as a run writes it.
fn config(id: &str, title: &str) -> ReplayEvent {
    config_with(id, title, &[])
}

/// The same, answered with more headers.
fn config_with(id: &str, title: &str, more: &[(&'static str, &'static str)]) -> ReplayEvent {
    let key = KeyPair { access_key_id: id.into(), secret: Secret::new("s") };
    let body = config_json(&ClientConfig { title: title.into(), ..wanted().config }, &key);
    let seal: &'static str = seal(body.as_bytes()).leak();
    let headers = [
        ("etag", "\"new\""),
        ("content-type", "application/json; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("x-amz-meta-gallery-deploy-seal", seal),
    ];
    event(200, &[&headers[..], more].concat(), &body)
}

/// How it ends with these answers, and what was called: `Action=…` of IAM and STS, else the method.
async fn run<const N: usize>(plan: &KeyPlan, answers: [Vec<ReplayEvent>; N]) -> (Result<(), Error>, Vec<String>) {
    let (aws, replay) = clients("us-west-2", answers.into_iter().flatten().collect());
    let alone = Alone { shown: Shown::new(true), ..alone(&aws) };
    let result = put(&aws, &wanted(), plan, alone.progress()).await;
    (result, calls(&replay))
}

fn calls(replay: &StaticReplayClient) -> Vec<String> {
    let name = |(call, body): (String, String)| match body.strip_prefix("Action=").and_then(|rest| rest.split('&').next()) {
        Some("DeleteAccessKey") => {
            let id = body.split("AccessKeyId=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
            format!("DeleteAccessKey {id}")
        }
        Some(action) => action.to_owned(),
        None => call.split(' ').next().unwrap_or_default().to_owned(),
    };
    sent(replay).into_iter().map(name).collect()
}

/// Before another key is made, the key of a lost answer, which nobody knows, is deleted.
#[tokio::test(start_paused = true)]
async fn a_lost_key_leaves_no_orphan() {
    let denied = (403, NO_HEADER, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
    let answers =
        vec![keys(&["OLD"]), plain((500, NO_HEADER, "")), keys(&["OLD", "ORPHAN"]), plain(NO_CONFIG), plain(OK), keys(&["OLD"])];
    let (result, calls) = run(&a_new_key(None), [answers, vec![plain(denied)]]).await;
    assert!(matches!(result, Err(Error::Aws(_))));
    let expected = ["ListAccessKeys", "CreateAccessKey", "ListAccessKeys", "GET", "DeleteAccessKey ORPHAN", "ListAccessKeys"];
    assert_eq!(calls[..6], expected);
}

/// I1, I5: the list may not show yet the key of a lost answer. The one that is made after it is published, and then what the list shows goes.
#[tokio::test(start_paused = true)]
async fn a_lost_key_that_is_listed_late_is_swept() {
    // Right after the lost answer, and before the next attempt.
    let lost = vec![keys(&[]), plain((500, NO_HEADER, "")), keys(&[]), keys(&[])];
    let published = vec![made("OURS"), known(), plain(OK)];
    let sweep = vec![keys(&["ORPHAN", "OURS"]), config("OURS", "G"), plain(OK)];
    let (result, calls) = run(&a_new_key(None), [[lost, published].into_iter().flatten().collect(), sweep]).await;
    result.expect("it is published");
    let expected = ["ListAccessKeys", "CreateAccessKey", "ListAccessKeys", "ListAccessKeys", "CreateAccessKey"];
    assert_eq!(calls[..5], expected);
    assert_eq!(calls[7..], ["ListAccessKeys", "GET", "DeleteAccessKey ORPHAN"], "{calls:?}");
}

/// The other run's key has been published in the meantime: it is not the orphan.
#[tokio::test(start_paused = true)]
async fn a_published_key_is_no_orphan() {
    let denied = (403, NO_HEADER, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
    let lost = vec![keys(&[]), plain((500, NO_HEADER, "")), keys(&["THEIRS", "ORPHAN"]), config("THEIRS", "G"), plain(OK)];
    let (_, calls) = run(&a_new_key(None), [lost, vec![keys(&["THEIRS"]), plain(denied)]]).await;
    assert_eq!(calls.iter().filter(|call| call.starts_with("Delete")).collect::<Vec<_>>(), ["DeleteAccessKey ORPHAN"]);
}

/// `config.json` is refused for good: nobody knows of the key, and the next run would make one more.
#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_be_published_is_deleted() {
    let denied = (403, NO_HEADER, "<Error><Code>AccessDenied</Code></Error>");
    let lost = vec![keys(&[]), made("OURS"), known(), plain(denied)];
    let begun = ["ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "PUT", "GET"];
    let (result, calls) = run(&a_new_key(None), [lost, vec![plain(NO_CONFIG), plain(OK)]]).await;
    let is_of_the_put = |result: &Result<(), Error>| matches!(result, Err(Error::Aws(error)) if error.call == "s3:PutObject");
    assert!(is_of_the_put(&result), "{result:?}");
    assert_eq!(calls, [&begun[..], &["DeleteAccessKey OURS"]].concat());
    // An earlier attempt has published it, or nobody can tell.
    for config in [config("OURS", "G"), plain(denied)] {
        let lost = vec![keys(&[]), made("OURS"), known(), plain(denied)];
        let (result, calls) = run(&a_new_key(None), [lost, vec![config]]).await;
        assert!(is_of_the_put(&result), "{result:?}");
        assert_eq!(calls, begun);
    }
}

/// The run that comes second deletes its own key, and is content if the page is as it wanted it.
#[tokio::test(start_paused = true)]
async fn of_two_runs_one_gives_way() {
    for (title, content) in [("G", true), ("Another title", false)] {
        for over in [None, Some("\"old\"")] {
            let lost = vec![keys(&[]), made("OURS"), known(), plain(PRECONDITION), config("THEIRS", title), plain(OK)];
            let after = vec![keys(&["THEIRS"]), config("THEIRS", title), keys(&["THEIRS"]), config("THEIRS", title)];
            let (result, calls) = run(&a_new_key(over), [lost, after]).await;
            let given_way = ["ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "PUT", "GET", "DeleteAccessKey OURS"];
            assert_eq!(calls[..6], given_way);
            match result {
                Ok(()) => assert!(content),
                Err(Error::OtherRun { .. }) => assert!(!content),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// G3: the answer to the first attempt of the write was lost, and the second is refused since the first took effect.
#[tokio::test(start_paused = true)]
async fn our_own_lost_write_is_no_other_run() {
    let answers =
        vec![keys(&["OLD"]), made("OURS"), known(), plain((500, NO_HEADER, "")), plain(PRECONDITION), config("OURS", "G")];
    // Then what nobody publishes any more goes.
    let sweep = vec![keys(&["OLD", "OURS"]), config("OURS", "G"), plain(OK)];
    let (result, calls) = run(&a_new_key(None), [answers, sweep]).await;
    result.expect("it is ours");
    assert_eq!(calls.iter().filter(|call| call.starts_with("Delete")).collect::<Vec<_>>(), ["DeleteAccessKey OLD"]);
}

/// A run that was faster has published its key, and deletes ours while AWS is still getting to know it.
#[tokio::test(start_paused = true)]
async fn a_key_that_another_run_deletes_is_not_waited_for() {
    let unknown = (403, NO_HEADER, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>");
    let theirs = || config("THEIRS", "G");
    // Asked whether it is known and published at once; both then look at what there is.
    let answers = vec![keys(&[]), made("OURS"), plain(unknown), theirs(), plain(PRECONDITION), theirs(), plain(OK)];
    let after = vec![keys(&["THEIRS"]), config("THEIRS", "G"), keys(&["THEIRS"]), config("THEIRS", "G")];
    let (result, calls) = run(&a_new_key(None), [answers, after]).await;
    result.expect("theirs will do");
    assert_eq!(calls[2..7], ["GetCallerIdentity", "GET", "PUT", "GET", "DeleteAccessKey OURS"]);
}

/// I5: the user's two keys are the old one and another run's new one. It is waited for; what never passes is told as another run.
#[tokio::test(start_paused = true)]
async fn a_full_user_is_another_run_at_work() {
    let full = || vec![keys(&["A", "B"]), plain(QUOTA), plain(NO_CONFIG)];
    let mut answers = full();
    answers.extend(vec![keys(&["A", "B"]), plain(QUOTA), config("B", "G")]);
    answers.extend([keys(&["A", "B"]), config("B", "G"), keys(&["A", "B"]), config("B", "G"), plain(OK)]);
    let (result, calls) = run(&a_new_key(None), [answers]).await;
    result.expect("B is published");
    assert_eq!(calls.last().map(String::as_str), Some("DeleteAccessKey A"));

    let (result, _) = run(&a_new_key(None), [(0..20).flat_map(|_| full()).collect()]).await;
    assert!(matches!(result, Err(Error::OtherRun { .. })));
}

/// While the key in `config.json` is dead, another run may be about to publish one: none is deleted.
#[tokio::test]
async fn nothing_is_swept_while_the_published_key_is_dead() {
    let kept = KeyPair { access_key_id: "OURS".into(), secret: Secret::new("s") };
    let plan = KeyPlan { keep: Some(kept), write: false, over: None, delete: vec!["B".into()] };
    let (result, calls) = run(&plan, [vec![keys(&["B"]), config("THEIRS", "G")]]).await;
    result.expect("nothing to do");
    assert_eq!(calls, ["ListAccessKeys", "GET"]);
}

#[tokio::test]
async fn the_write_names_what_it_replaces() {
    for (over, header, value) in [(None, "if-none-match", "*"), (Some("\"old\""), "if-match", "\"old\"")] {
        let answers: [Answer; 1] = [(403, NO_HEADER, "<Error><Code>AccessDenied</Code></Error>")];
        let (aws, replay) = aws("us-west-2", &answers);
        let kept = KeyPair { access_key_id: "OURS".into(), secret: Secret::new("s") };
        let plan = KeyPlan { keep: Some(kept), write: true, over: over.map(Into::into), delete: Vec::new() };
        let alone = Alone { shown: Shown::new(true), ..alone(&aws) };
        put(&aws, &wanted(), &plan, alone.progress()).await.expect_err("refused");
        let request = replay.actual_requests().next().expect("a write");
        assert_eq!(request.headers().get(header), Some(value));
        // Whatever the bucket's default still is.
        assert_eq!(request.headers().get("x-amz-server-side-encryption"), Some("AES256"));
    }
}

/// The public cannot read what KMS has encrypted, even where every byte and header is right.
#[tokio::test]
async fn a_configuration_that_kms_encrypts_is_written_anew() {
    for (encryption, touched) in [(Some("aws:kms"), true), (Some("aws:kms:dsse"), true), (Some("AES256"), false), (None, false)] {
        let header: Vec<_> = encryption.iter().map(|value| ("x-amz-server-side-encryption", *value)).collect();
        // Where it was touched, its key is tried.
        let (aws, _) = clients("us-west-2", vec![config_with("OURS", "G", &header), known()]);
        let Seen::Present(object) = observe(&aws, "b").await.expect("an answer") else { panic!("it is there") };
        assert_eq!(object.deployed.map(|deployed| deployed.touched), Some(touched), "{encryption:?}");
    }
}
