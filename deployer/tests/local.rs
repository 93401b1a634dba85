//! The local AWS, with a real MiniStack.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration};
use gallery_deploy::local::python::Environment;
use gallery_deploy::local::{Kept, LocalAws, LocalError, Options};
use rustix::process::{Pid, Signal, kill_process};

const REGION: &str = "eu-central-1";

/// A folder that goes away with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gallery-deploy-test-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn options(store: Option<&Path>) -> Options {
    Options { store: store.map(Path::to_owned), port: None, region: REGION.to_owned() }
}

async fn start(store: Option<&Path>) -> LocalAws {
    LocalAws::start(options(store), &|_| {}).await.unwrap()
}

/// What the clients of all services share.
fn sdk(local: &LocalAws, secret: &str) -> SdkConfig {
    let credentials = Credentials::new(&local.credentials().access_key_id, secret, None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(local.endpoint())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn sdk_as_admin(local: &LocalAws) -> SdkConfig {
    sdk(local, &local.credentials().secret_access_key)
}

fn admin(local: &LocalAws) -> Client {
    Client::new(&sdk_as_admin(local))
}

async fn create_bucket(s3: &Client, bucket: &str) {
    let place = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuCentral1).build();
    s3.create_bucket().bucket(bucket).create_bucket_configuration(place).send().await.unwrap();
}

async fn put(s3: &Client, bucket: &str, key: &str, content_type: &str, body: &'static [u8]) {
    s3.put_object().bucket(bucket).key(key).content_type(content_type).body(ByteStream::from_static(body)).send().await.unwrap();
}

/// The object's content type and bytes.
async fn get(s3: &Client, bucket: &str, key: &str) -> (String, Vec<u8>) {
    let object = s3.get_object().bucket(bucket).key(key).send().await.unwrap();
    let content_type = object.content_type().unwrap().to_owned();
    (content_type, object.body.collect().await.unwrap().to_vec())
}

/// The processes of a process group that run (not zombies).
fn group(id: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let in_group = |process: &u32| {
        // pid (name) state parent group ...: a name may hold spaces.
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        fields.get(2) == Some(&id.to_string().as_str()) && fields[0] != "Z"
    };
    processes.filter(in_group).collect()
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "waited 30 s for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn sigkill(pid: u32) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL).unwrap();
}

/// Local addresses, as /proc/net writes them, on which the process listens.
fn listeners(pid: u32) -> Vec<String> {
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()?.to_str().map(str::to_owned))
        .collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        for line in fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let listening = fields[3] == "0A";
            if listening && sockets.contains(&format!("socket:[{}]", fields[9])) {
                found.push(fields[1].to_owned());
            }
        }
    }
    found
}

#[tokio::test]
async fn takes_signed_calls_on_the_loopback_only_and_leaves_nothing() {
    let local = start(None).await;
    assert_eq!(local.kept(), Kept::Nothing);
    create_bucket(&admin(&local), "some-bucket").await;

    let wrong = Client::new(&sdk(&local, "not the secret")).list_buckets().send().await.unwrap_err();
    assert_eq!(wrong.code(), Some("SignatureDoesNotMatch"));

    let pid = local.pid().unwrap();
    assert_eq!(listeners(pid), [format!("0100007F:{:04X}", local.port())], "127.0.0.1 and its one port");

    let folder = fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
    assert!(folder.join("state").exists());
    let log = fs::read_to_string(folder.join("ministack.log")).unwrap();
    assert!(log.contains("some-bucket") && !log.contains(&local.credentials().secret_access_key), "{log}");
    local.stop().await.unwrap();
    assert_eq!(group(pid), [0; 0]);
    assert!(!folder.exists());
}

#[tokio::test]
async fn everything_survives_a_stop() {
    let store = Folder::new("stop");
    let local = start(Some(&store.0)).await;
    create_bucket(&admin(&local), "kept").await;
    put(&admin(&local), "kept", "images/a b.png", "image/png", b"picture").await;
    let (endpoint, credentials) = (local.endpoint().to_owned(), local.credentials().clone());
    local.stop().await.unwrap();

    let local = start(Some(&store.0)).await;
    assert_eq!(local.kept(), Kept::Everything);
    assert_eq!((local.endpoint(), local.credentials()), (endpoint.as_str(), &credentials));
    assert_eq!(get(&admin(&local), "kept", "images/a b.png").await, ("image/png".to_owned(), b"picture".to_vec()));
    local.stop().await.unwrap();
}

#[tokio::test]
async fn objects_survive_a_kill_of_the_server() {
    let keys = ["images/holiday/a b+c é%.jpg", "images/日本/🖼.png", "images/holiday/.hidden", "images/holiday/x/y.gif"];
    let store = Folder::new("kill");
    let mut local = start(Some(&store.0)).await;
    let client = admin(&local);
    create_bucket(&client, "saved").await;
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket("saved").versioning_configuration(enabled).send().await.unwrap();
    local.save().await.unwrap();
    create_bucket(&client, "unsaved").await;
    for bucket in ["saved", "unsaved"] {
        for key in keys {
            put(&client, bucket, key, "image/jpeg", b"first").await;
            put(&client, bucket, key, "image/webp", b"second").await;
        }
    }
    client.delete_object().bucket("saved").key(keys[1]).send().await.unwrap();
    let credentials = local.credentials().clone();
    sigkill(local.pid().unwrap());
    assert!(matches!(local.exited().await, LocalError::Died { .. }));
    drop(local);

    let local = start(Some(&store.0)).await;
    assert_eq!(local.kept(), Kept::Objects);
    assert_eq!(local.credentials(), &credentials);
    let client = admin(&local);
    for bucket in ["saved", "unsaved"] {
        let place = client.get_bucket_location().bucket(bucket).send().await.unwrap();
        assert_eq!(place.location_constraint().unwrap().as_str(), REGION);
        let listed = client.list_objects_v2().bucket(bucket).send().await.unwrap();
        let deleted = usize::from(bucket == "saved");
        assert_eq!(listed.contents().len(), keys.len() - deleted, "{bucket}");
        for key in [keys[0], keys[2], keys[3]] {
            assert_eq!(get(&client, bucket, key).await, ("image/webp".to_owned(), b"second".to_vec()), "{bucket}/{key}");
        }
    }
    let versions = client.list_object_versions().bucket("saved").send().await.unwrap();
    assert_eq!((versions.versions().len(), versions.delete_markers().len()), (2 * keys.len(), 1));
    let status = client.get_bucket_versioning().bucket("saved").send().await.unwrap();
    assert_eq!(status.status(), Some(&BucketVersioningStatus::Enabled), "saved before the kill");
    local.stop().await.unwrap();
}

#[tokio::test]
async fn functions_end_with_the_server() {
    for killed in [false, true] {
        let mut local = start(None).await;
        let pid = local.pid().unwrap();
        run_sleeping_function(&local).await;
        until("the function runs", || group(pid).len() > 1).await;
        if killed {
            sigkill(pid);
            local.exited().await;
        } else {
            local.stop().await.unwrap();
        }
        until("nothing is left of the group", || group(pid).is_empty()).await;
    }
}

/// Starts a function that never answers.
async fn run_sleeping_function(local: &LocalAws) {
    let lambda = aws_sdk_lambda::Client::new(&sdk_as_admin(local));
    let role = make_role(local).await;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mode = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", mode).unwrap();
    zip.write_all(b"#!/bin/sh\nexec sleep 600\n").unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    lambda
        .create_function()
        .function_name("sleeper")
        .role(role)
        .runtime(aws_sdk_lambda::types::Runtime::Providedal2023)
        .handler("bootstrap")
        .timeout(60)
        .code(aws_sdk_lambda::types::FunctionCode::builder().zip_file(bytes.into()).build())
        .send()
        .await
        .unwrap();
    let event = aws_sdk_lambda::types::InvocationType::Event;
    lambda.invoke().function_name("sleeper").invocation_type(event).send().await.unwrap();
}

async fn make_role(local: &LocalAws) -> String {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let iam = aws_sdk_iam::Client::new(&sdk_as_admin(local));
    let made = iam.create_role().role_name("sleeper").assume_role_policy_document(trust).send().await.unwrap();
    made.role().unwrap().arn().to_owned()
}

#[tokio::test]
async fn the_given_port_is_used_or_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let wish = || Options { port: Some(port), ..options(None) };
    let error = LocalAws::start(wish(), &|_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), format!("port {port} is in use"));
    drop(taken);
    let local = LocalAws::start(wish(), &|_| {}).await.unwrap();
    assert_eq!(local.port(), port);
    local.stop().await.unwrap();
}

#[tokio::test]
async fn a_remembered_port_gives_way() {
    let store = Folder::new("port");
    let local = start(Some(&store.0)).await;
    let port = local.port();
    local.stop().await.unwrap();
    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let local = start(Some(&store.0)).await;
    assert_ne!(local.port(), port);
    local.stop().await.unwrap();
}

#[tokio::test]
async fn a_store_waits_for_its_last_user_to_end() {
    let store = Folder::new("wait");
    let first = start(Some(&store.0)).await;
    create_bucket(&admin(&first), "from-the-first").await;
    let (send, mut told) = tokio::sync::mpsc::unbounded_channel();
    let second = tokio::spawn({
        let options = options(Some(&store.0));
        async move { LocalAws::start(options, &move |line| send.send(line.to_owned()).unwrap()).await }
    });
    assert!(told.recv().await.unwrap().starts_with("Waiting for the local AWS"));
    first.stop().await.unwrap();
    let second = second.await.unwrap().unwrap();
    assert_eq!(second.kept(), Kept::Everything);
    admin(&second).head_bucket().bucket("from-the-first").send().await.unwrap();
    second.stop().await.unwrap();
}

/// What the tests below run as another process: a local AWS on `TEST_STORE` until standard input ends.
#[tokio::test]
#[ignore = "a process for other tests"]
async fn other_process() {
    let store = PathBuf::from(std::env::var_os("TEST_STORE").unwrap());
    let said = match LocalAws::start(options(Some(&store)), &|_| {}).await {
        Ok(local) => {
            let pid = local.pid().unwrap();
            create_bucket(&admin(&local), "made-by-the-other-process").await;
            writeln!(std::io::stdout(), "\nsays {pid}").unwrap();
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
            return local.stop().await.unwrap();
        }
        Err(error) => error.to_string(),
    };
    writeln!(std::io::stdout(), "\nsays {said}").unwrap();
}

fn spawn_other_process(store: &Path, environment: &[(&str, &Path)]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "other_process", "--ignored", "--nocapture"])
        .env("TEST_STORE", store)
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(child: &mut Child) -> String {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let mut said = lines.filter_map(|line| line.unwrap().strip_prefix("says ").map(str::to_owned));
    said.next().expect("the other process says something")
}

#[tokio::test]
async fn the_server_ends_with_its_parent_and_saves() {
    let store = Folder::new("parent");
    let mut parent = spawn_other_process(&store.0, &[]);
    let server: u32 = said(&mut parent).parse().unwrap();
    assert_eq!(group(server), [server]);
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the server ends", || group(server).is_empty()).await;

    let local = start(Some(&store.0)).await;
    assert_eq!(local.kept(), Kept::Everything);
    admin(&local).head_bucket().bucket("made-by-the-other-process").send().await.unwrap();
    local.stop().await.unwrap();
}

#[tokio::test]
async fn two_first_starts_at_once_both_work() {
    let folder = Folder::new("first");
    let cache = folder.0.join("cache");
    let mut processes =
        [folder.0.join("one"), folder.0.join("two")].map(|store| spawn_other_process(&store, &[("XDG_CACHE_HOME", &cache)]));
    for process in &mut processes {
        let pid = said(process);
        assert!(pid.parse::<u32>().is_ok(), "{pid}");
    }
    for mut process in processes {
        drop(process.stdin.take());
        assert!(process.wait().unwrap().success());
    }
}

/// The system has moved from one Python to another: links that led to the old one lead to the new one, which does not look where the packages are.
#[tokio::test]
async fn an_environment_of_another_python_is_made_anew() {
    let parent = Folder::new("moved");
    let environment = Environment { name: "none", requirements: "" };
    // After the SHA-256 of no requirements.
    let folder = parent.0.join("none-e3b0c44298fc.venv");
    let executable = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap().stdout;
    fs::create_dir_all(folder.join("bin")).unwrap();
    std::os::unix::fs::symlink(String::from_utf8(executable).unwrap().trim(), folder.join("bin/python")).unwrap();
    fs::write(folder.join("complete"), "").unwrap();
    fs::write(folder.join("pyvenv.cfg"), "version = 3.1.4\n").unwrap();
    let told = Mutex::new(Vec::new());
    for _ in 0..2 {
        let python = environment.ensure(&parent.0, &|line| told.lock().unwrap().push(line.to_owned())).await.unwrap();
        assert_eq!(python, folder.join("bin/python"));
        assert!(folder.join("bin/pip").exists());
    }
    assert_eq!(*told.lock().unwrap(), ["Installing none (once)"], "once");
}

#[test]
fn without_python_the_error_says_what_to_install() {
    let folder = Folder::new("python");
    let mut process = spawn_other_process(&folder.0, &[("XDG_CACHE_HOME", &folder.0), ("PATH", Path::new("/nowhere"))]);
    let said = said(&mut process);
    assert!(said.contains("needs Python 3.10 or newer") && said.contains("apt install python3"), "{said}");
    process.wait().unwrap();
}
