//! The commands that need no AWS: what they print where, how they end, and that they contact nothing.

mod contact;
mod flags;
mod generated;
mod init;
mod page;
mod schema;
mod validate;

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A folder of its own, and an environment in which every way to AWS leads to a port where nobody may knock.
struct Offline {
    folder: PathBuf,
    aws: TcpListener,
}

/// What a run left.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Offline {
    /// `name` is the folder's name.
    fn in_folder(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("gallery-deploy-offline-{}", std::process::id())).join(name);
        fs::create_dir_all(&folder).expect("a temporary folder");
        let aws = TcpListener::bind("127.0.0.1:0").expect("a free port");
        aws.set_nonblocking(true).expect("a socket");
        Self { folder, aws }
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).expect("a file")
    }

    fn exists(&self, name: &str) -> bool {
        self.folder.join(name).exists()
    }

    /// Runs the program with nothing on standard input and sees that it contacted nothing.
    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(&[], arguments)
    }

    /// The same with `variables` in the environment.
    fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let nowhere = format!("http://{}", self.aws.local_addr().expect("an address"));
        let output = Command::new(env!("CARGO_BIN_EXE_gallery-deploy"))
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("AWS_ENDPOINT_URL", &nowhere)
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &nowhere)
            .env("HTTPS_PROXY", &nowhere)
            .env("HTTP_PROXY", &nowhere)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("the program runs");
        let contact = self.aws.accept().map(|(_, from)| from).map_err(|error| error.kind());
        assert_eq!(contact, Err(ErrorKind::WouldBlock), "{arguments:?} contacted AWS");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Drop for Offline {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).expect("the folder can go");
        // The folder around it goes with the last test.
        self.folder.parent().map(fs::remove_dir);
    }
}

impl Run {
    /// Asserts the exit code and what is on standard output and standard error.
    #[track_caller]
    fn is(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (Some(code), stdout, stderr));
    }
}

/// The harness notices a knock: otherwise all that it says would be worth nothing.
#[test]
fn a_command_that_needs_aws_is_noticed() {
    let offline = Offline::in_folder("noticed");
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        offline.write("gallery.yaml", "name: holiday\nregion: us-west-2\n");
        offline.run(&["outputs"])
    }));
    assert!(result.is_err(), "`outputs` asks AWS");
}
