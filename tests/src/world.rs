//! A local AWS, a folder with a `gallery.yaml`, and the program between them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use gallery_deploy::architecture::Architecture;
use gallery_deploy::aws::{Access, Connection, Origin, Reach};
use gallery_deploy::bundle;
use gallery_deploy::local::{LocalAws, Options};
use gallery_deploy::place::Place;
use gallery_deploy::resource::key::{KeyPair, Secret};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Child;
use tokio::runtime::Runtime;

use crate::{Aws, Folder, Function, Http, Key, PageConfig, Program, Proxy, Run, Session};

/// The account of the local AWS.
pub const ACCOUNT: &str = "000000000000";

/// Not the default of anything, so that nothing is right by luck.
pub const REGION: &str = "eu-central-1";

/// Everything that an end-to-end test needs, gone when it is dropped: servers ended, files removed.
///
/// The program's calls go through the proxy, the command line's do not.
#[derive(Debug)]
pub struct World {
    pub proxy: Proxy,
    pub aws: Aws,
    pub http: Http,
    /// The name of its gallery.
    pub name: String,
    program: Program,
    folder: Folder,
    local: Arc<Local>,
    runtime: Arc<Runtime>,
}

/// A local AWS, which ends with the last world that uses it.
#[derive(Debug)]
struct Local {
    aws: Option<LocalAws>,
    runtime: Arc<Runtime>,
}

impl World {
    /// A world with the gallery `holiday` in [`REGION`], not deployed yet.
    #[expect(clippy::new_without_default, reason = "it starts servers")]
    pub fn new() -> Self {
        let runtime = Arc::new(Runtime::new().unwrap());
        let options = Options { store: None, port: None, region: REGION.to_owned() };
        let aws = runtime.block_on(LocalAws::start(options, &|_| {})).unwrap();
        Self::inside(Arc::new(Local { aws: Some(aws), runtime: Arc::clone(&runtime) }), runtime, "holiday")
    }

    /// Another gallery in the same AWS, with a folder and a proxy of its own.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        Self::inside(Arc::clone(&self.local), Arc::clone(&self.runtime), name)
    }

    fn inside(local: Arc<Local>, runtime: Arc<Runtime>, name: &str) -> Self {
        let folder = Folder::new();
        let credentials = local.aws().credentials();
        let admin = Key { id: credentials.access_key_id.clone(), secret: credentials.secret_access_key.clone() };
        let proxy = runtime.block_on(Proxy::start(local.aws().port()));
        let program = Program::new(folder.path())
            .with("AWS_ENDPOINT_URL", &proxy.endpoint())
            .with("AWS_ACCESS_KEY_ID", &admin.id)
            .with("AWS_SECRET_ACCESS_KEY", &admin.secret);
        let world = Self {
            proxy,
            aws: Aws::new(&runtime, local.aws().endpoint(), REGION, admin),
            http: Http::new(Arc::clone(&runtime)),
            name: name.to_owned(),
            program,
            folder,
            local,
            runtime,
        };
        world.configure(&format!("name: {name}\nregion: {REGION}\n"));
        world
    }

    /// The administrator's key: id and secret.
    pub fn admin(&self) -> (&str, &str) {
        let credentials = self.local.aws().credentials();
        (&credentials.access_key_id, &credentials.secret_access_key)
    }

    /// A world in which `up` has run.
    pub fn deployed() -> Self {
        let world = Self::new();
        world.run(&["up", "--yes"]).succeeds();
        world
    }

    /// Writes `gallery.yaml`.
    pub fn configure(&self, yaml: &str) {
        self.folder.write("gallery.yaml", yaml);
    }

    /// Where [`Self::configure`] writes.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.folder.path().join("gallery.yaml")
    }

    /// Writes a file into the folder and returns its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        self.folder.write(name, bytes).to_str().unwrap().to_owned()
    }

    /// Runs the program as the administrator, without a terminal.
    #[must_use = "assert its exit code"]
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_as(&self.program(), arguments)
    }

    /// Runs the program in another environment, made from [`Self::program`].
    #[must_use = "assert its exit code"]
    pub fn run_as(&self, program: &Program, arguments: &[&str]) -> Run {
        program.run(&self.runtime, arguments)
    }

    /// Runs `script` in a shell as pipelines do, as the administrator, without a terminal.
    #[must_use = "assert its exit code"]
    pub fn shell(&self, script: &str, variables: &[(&str, String)]) -> Run {
        self.program.shell(&self.runtime, script, variables)
    }

    /// Writes a program into the folder, such as `bin/gh`, which [`Self::shell`] finds.
    pub fn executable(&self, name: &str, text: &str) {
        let path = self.file(name, text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn program(&self) -> Program {
        self.program.clone()
    }

    /// Runs the program until its n-th call has taken effect, and kills it then with SIGKILL: no later call gets through.
    /// `Some`: it ended before that.
    pub fn run_killed(&self, arguments: &[&str], calls: usize) -> Option<Run> {
        self.proxy.cut_after(calls);
        let ended = self.program.run_until(&self.runtime, arguments, self.proxy.cut_reached());
        self.proxy.cut_over();
        ended
    }

    /// Starts the program and sends it `signal` as soon as `moment` says so, unless it has ended by then. Returns how it ended.
    pub fn run_and_signal(&self, arguments: &[&str], signal: Signal, moment: impl FnMut() -> bool) -> Run {
        self.runtime.block_on(async {
            let (child, events) = self.signalled(arguments, signal, moment).await;
            Run::of(arguments, child.wait_with_output().await.unwrap(), &events)
        })
    }

    /// The same; `then` is done when the program has said a line with `told` on standard error.
    ///
    /// # Panics
    /// It never says so.
    pub fn run_and_signal_then(
        &self,
        arguments: &[&str],
        signal: Signal,
        moment: impl FnMut() -> bool,
        told: &str,
        then: impl FnOnce(),
    ) -> Run {
        self.runtime.block_on(async {
            let (mut child, events) = self.signalled(arguments, signal, moment).await;
            let mut stderr = BufReader::new(child.stderr.take().unwrap());
            let mut said = String::new();
            let mut line = 0;
            while !said[line..].contains(told) {
                line = said.len();
                assert_ne!(stderr.read_line(&mut said).await.unwrap(), 0, "it does not say {told:?}:\n{said}");
            }
            then();
            stderr.read_to_string(&mut said).await.unwrap();
            let output = child.wait_with_output().await.unwrap();
            Run::of(arguments, Output { stderr: said.into_bytes(), ..output }, &events)
        })
    }

    /// The program, after it was sent `signal`, and the file of its events.
    async fn signalled(&self, arguments: &[&str], signal: Signal, mut moment: impl FnMut() -> bool) -> (Child, PathBuf) {
        let (mut command, events) = self.program.recorded(arguments);
        let mut child = command.spawn().unwrap();
        while child.try_wait().unwrap().is_none() {
            if moment() {
                let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).unwrap();
                kill_process(pid, signal).unwrap();
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        (child, events)
    }

    /// Lets what is asynchronous come to its end.
    pub fn wait_for<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// `http://127.0.0.1:PORT` as the program and the page know it.
    pub fn endpoint(&self) -> String {
        self.proxy.endpoint()
    }

    /// The same past the proxy, for looks that nothing shall disturb.
    pub fn undisturbed_endpoint(&self) -> String {
        self.local.aws().endpoint().to_owned()
    }

    pub fn images_bucket(&self) -> String {
        format!("{}-images-{ACCOUNT}-{REGION}", self.name)
    }

    pub fn site_bucket(&self) -> String {
        format!("{}-site-{ACCOUNT}-{REGION}", self.name)
    }

    /// Scheme, host and port of the page.
    pub fn site_origin(&self) -> String {
        format!("http://{}.s3.localhost:{}", self.site_bucket(), self.proxy.port())
    }

    pub fn site_url(&self) -> String {
        format!("{}/index.html", self.site_origin())
    }

    /// The page's configuration, read from the page.
    pub fn page(&self) -> PageConfig {
        PageConfig::read(&self.http, &self.site_url())
    }

    /// Uploads `bytes` as an image, as the administrator.
    pub fn put_image(&self, key: &str, bytes: impl AsRef<[u8]>) {
        let file = self.file("upload", bytes);
        let bucket = self.images_bucket();
        self.aws.call(&[
            "s3api",
            "put-object",
            "--bucket",
            &bucket,
            "--key",
            key,
            "--body",
            &file,
            "--content-type",
            "image/png",
        ]);
    }

    /// The SDK of AWS as the administrator, past the proxy, and what runs its calls: for so many of them that the command line would take too long.
    pub fn sdk(&self) -> (Arc<Runtime>, gallery_deploy::aws::Aws) {
        let (aws, _) = self.connect(self.local.aws().endpoint(), Access::ReadWrite);
        (Arc::clone(&self.runtime), aws)
    }

    /// The program's own clients as the administrator, through the proxy, and where they work.
    pub fn clients(&self, access: Access) -> (gallery_deploy::aws::Aws, Place) {
        self.connect(&self.endpoint(), access)
    }

    fn connect(&self, endpoint: &str, access: Access) -> (gallery_deploy::aws::Aws, Place) {
        let (id, secret) = self.admin();
        let key = KeyPair { access_key_id: id.to_owned(), secret: Secret::new(secret) };
        let origin = Origin::Local { endpoint: endpoint.to_owned(), key };
        self.wait_for(async {
            let connection = Connection::open(origin, access, Some(REGION), &Reach::default()).await.unwrap();
            let (aws, place, _) = connection.identify().await.unwrap();
            (aws, place)
        })
    }

    /// Takes on the role of the deployed indexer. Lambda alone may do that, so the administrator is let in first.
    pub fn indexer_role(&self) -> Session {
        let name = format!("{}-indexer-{REGION}", self.name);
        let role = self.aws.call(&["iam", "get-role", "--role-name", &name]);
        let caller = self.aws.call(&["sts", "get-caller-identity"]);
        let trust = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": caller["Arn"] }, "Action": "sts:AssumeRole" },
            { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" },
        ] });
        self.aws.call(&["iam", "update-assume-role-policy", "--role-name", &name, "--policy-document", &trust.to_string()]);
        let arn = role["Role"]["Arn"].as_str().unwrap();
        let session = self.aws.call(&["sts", "assume-role", "--role-arn", arn, "--role-session-name", "tests"]);
        let text = |field: &str| session["Credentials"][field].as_str().unwrap().to_owned();
        Session { key: Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") }, token: text("SessionToken") }
    }

    /// The deployed indexer once more: with its role, its calls through the proxy, and no events but those it is given. The deployed one
    /// gets no more of them.
    ///
    /// # Panics
    /// The gallery is not deployed.
    pub fn indexer(&self) -> Function {
        let Session { key, token } = self.indexer_role();
        self.indexer_as(&key, &token)
    }

    /// The same with another key; the token is empty for a user's.
    pub fn indexer_as(&self, key: &Key, token: &str) -> Function {
        Function::start(&self.indexer_program(), &[], &self.indexer_variables(key, token))
    }

    /// The indexer's program, unpacked.
    pub fn indexer_program(&self) -> PathBuf {
        let program = self.folder.path().join("bootstrap");
        if !program.exists() {
            let unpacked = self.folder.write("unpacked", bundle::indexer(Architecture::X86_64).unwrap().program().unwrap());
            fs::set_permissions(&unpacked, fs::Permissions::from_mode(0o755)).unwrap();
            // By another process: one that is forked here meanwhile would hold the file open for writing, so that it could not be started.
            assert!(Command::new("cp").arg(&unpacked).arg(&program).status().unwrap().success());
        }
        program
    }

    /// The variables with which the deployed indexer runs, and these credentials. From now on events of the images bucket reach nobody.
    pub fn indexer_variables(&self, key: &Key, token: &str) -> Vec<(String, String)> {
        let function = format!("{}-indexer", self.name);
        let deployed = self.aws.call(&["lambda", "get-function-configuration", "--function-name", &function]);
        let deployed = deployed["Environment"]["Variables"].as_object().unwrap();
        let silence = ["s3api", "put-bucket-notification-configuration", "--notification-configuration", "{}", "--bucket"];
        self.aws.call(&[&silence[..], &[&self.images_bucket()]].concat());
        let of_lambda = [
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", key.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", key.secret.clone()),
            ("AWS_SESSION_TOKEN", token.to_owned()),
            ("AWS_ENDPOINT_URL", self.proxy.endpoint()),
        ];
        let deployed = deployed.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
        deployed.chain(of_lambda.map(|(name, value)| (name.to_owned(), value))).collect()
    }

    /// Names of all that the local AWS holds in [`REGION`] beside its administrator: `KIND NAME`, sorted.
    pub fn inventory(&self) -> Vec<String> {
        Self::inventory_of(&self.aws)
    }

    /// The same in the region of `aws`.
    pub fn inventory_of(aws: &Aws) -> Vec<String> {
        let lists: [(&str, &[&str], &str); 6] = [
            ("bucket", &["s3api", "list-buckets"], "/Buckets/*/Name"),
            ("table", &["dynamodb", "list-tables"], "/TableNames/*"),
            ("role", &["iam", "list-roles"], "/Roles/*/RoleName"),
            ("user", &["iam", "list-users"], "/Users/*/UserName"),
            ("function", &["lambda", "list-functions"], "/Functions/*/FunctionName"),
            ("log group", &["logs", "describe-log-groups"], "/logGroups/*/logGroupName"),
        ];
        let mut found: Vec<String> = lists
            .iter()
            .flat_map(|(kind, call, path)| {
                let names = names(&aws.call(call), path);
                names.into_iter().map(move |name| format!("{kind} {name}"))
            })
            .filter(|name| name != "user local-administrator")
            .collect();
        found.sort();
        found
    }
}

/// The strings at a path such as `/Buckets/*/Name`.
fn names(answer: &Value, path: &str) -> Vec<String> {
    let (list, name) = path.split_once("/*").unwrap();
    let items = answer.pointer(list).and_then(Value::as_array).cloned().unwrap_or_default();
    items.iter().filter_map(|item| item.pointer(name)?.as_str().map(str::to_owned)).collect()
}

impl Local {
    fn aws(&self) -> &LocalAws {
        self.aws.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Local {
    /// Also when a test panics.
    fn drop(&mut self) {
        if let Some(aws) = self.aws.take()
            && let Err(error) = self.runtime.block_on(aws.stop())
            && !std::thread::panicking()
        {
            panic!("{error}");
        }
    }
}
