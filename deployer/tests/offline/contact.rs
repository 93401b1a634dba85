//! The first contact with AWS fails: each reason has words of its own.

use std::net::TcpListener;

use super::Offline;

const VALID: &str = "name: holiday\nregion: us-west-2\n";

#[test]
fn a_local_aws_that_is_not_running_names_dev() {
    let offline = Offline::in_folder("no-local-aws");
    offline.write("gallery.yaml", VALID);
    // Somebody had this port a moment ago, and nobody has it now.
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let endpoint = format!("http://{closed}");
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("NO_PROXY", "127.0.0.1"),
    ];
    let run = offline.run_with(&variables, &["outputs"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.starts_with(&format!("error[local]: no local AWS answers at {endpoint}\n")), "{}", run.stderr);
    assert!(run.stderr.contains("\nhelp: `gallery-deploy dev` starts one"), "{}", run.stderr);
}

/// The profile of the command line outranks the key of the environment, as with the `aws` command line; its login is over.
#[test]
fn an_expired_sso_login_names_the_command_that_renews_it() {
    let offline = Offline::in_folder("sso");
    offline.write("gallery.yaml", VALID);
    let sso = "[profile private]\nsso_session = holiday\nsso_account_id = 111122223333\nsso_role_name = deploy\n\
               [sso-session holiday]\nsso_region = us-west-2\nsso_start_url = https://example.awsapps.com/start\n";
    offline.write("config", sso);
    // Named after the SHA-1 of `holiday`, as every AWS tool does it.
    let token = "{\"accessToken\": \"x\", \"expiresAt\": \"2020-01-01T00:00:00Z\", \"region\": \"us-west-2\"}";
    offline.write(".aws/sso/cache/1b602c45be3d9e7c26580448cbdcf3352b449464.json", token);
    let (home, config) = (offline.path(""), offline.path("config"));
    let variables = [
        ("HOME", home.as_str()),
        ("AWS_CONFIG_FILE", config.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let run = offline.run_with(&variables, &["outputs", "--profile", "private"]);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert!(run.stderr.starts_with("error[credentials]: the SSO login has expired\n"), "{}", run.stderr);
    assert!(run.stderr.ends_with("help: run `aws sso login --profile private`\n"), "{}", run.stderr);
}
