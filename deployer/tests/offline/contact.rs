//! The first contact with AWS fails: each reason has words of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use super::Offline;

const VALID: &str = "name: holiday\nregion: us-west-2\n";

#[test]
fn a_local_aws_that_is_not_running_names_dev() {
    let offline = Offline::in_folder("no-local-aws");
    offline.write("gallery.yaml", VALID);
    let endpoint = closed_endpoint();
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

/// The text of `config`, further variables, and what is said.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// What `outputs` says with these variables and the profiles of `config`, where nobody answers at `closed`. The real AWS is behind a proxy that
/// does not answer either.
fn first_line(offline: &Offline, closed: &str, config: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    offline.write("gallery.yaml", VALID);
    offline.write("config", config);
    let config = offline.path("config");
    let common = [
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_CONFIG_FILE", config.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("HTTPS_PROXY", closed),
        ("NO_PROXY", "127.0.0.1"),
    ];
    let run = offline.run_with(&[&common, variables].concat(), &["outputs"]);
    (run.code, run.stderr.lines().next().unwrap_or_default().to_owned())
}

/// Somebody had its port a moment ago, and nobody has it now.
fn closed_endpoint() -> String {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    format!("http://{closed}")
}

/// The page knows one endpoint: with that of S3 alone it would ask S3 for the index.
#[test]
fn an_endpoint_that_is_not_that_of_all_services_is_refused() {
    let offline = Offline::in_folder("endpoints");
    let closed = &closed_endpoint();
    let of_s3 = format!("error[endpoint]: S3 is reached at `{closed}`, but DynamoDB at AWS itself");
    let of_dynamodb = format!("error[endpoint]: S3 is reached at AWS itself, but DynamoDB at `{closed}`");
    let both = format!("error[endpoint]: S3 is reached at `https://s3.example.org`, but DynamoDB at `{closed}`");
    let services = format!("[profile local]\nservices = some\n[services some]\ns3 =\n  endpoint_url = {closed}\n");
    let (s3, dynamodb) = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB");
    let cases: [Case<'_>; 4] = [
        ("", &[(s3, closed)], &of_s3),
        ("", &[(dynamodb, closed)], &of_dynamodb),
        ("", &[("AWS_ENDPOINT_URL", closed), (s3, "https://s3.example.org:443/")], &both),
        (&services, &[("AWS_PROFILE", "local")], &of_s3),
    ];
    for (config, variables, said) in cases {
        assert_eq!(first_line(&offline, closed, config, variables), (Some(3), said.to_owned()), "{variables:?}");
    }
}

#[test]
fn an_endpoint_is_found_as_every_aws_tool_finds_it() {
    let offline = Offline::in_folder("endpoint-found");
    let closed = &closed_endpoint();
    let local = format!("error[local]: no local AWS answers at {closed}");
    let aws = "error[network]: AWS in us-west-2 could not be reached".to_owned();
    let profile = format!("[profile local]\nendpoint_url = {closed}\n");
    let (all, s3, dynamodb, sts) =
        ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_STS");
    let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let cases: [Case<'_>; 7] = [
        ("", &[(all, closed)], &local),
        // Set to nothing is not set.
        ("", &[(all, closed), (s3, ""), (dynamodb, ""), (sts, "")], &local),
        ("", &[(s3, closed), (dynamodb, closed), (sts, closed)], &local),
        (&profile, &[("AWS_PROFILE", "local")], &local),
        ("", &[], &aws),
        ("", &[(all, closed), (s3, closed), ignored], &aws),
        (&profile, &[("AWS_PROFILE", "local"), ignored], &aws),
    ];
    for (config, variables, said) in cases {
        assert_eq!(first_line(&offline, closed, config, variables), (Some(1), said.to_owned()), "{variables:?}");
    }
}

#[test]
fn what_is_no_endpoint_is_told_without_its_password() {
    let offline = Offline::in_folder("no-endpoint");
    let closed = &closed_endpoint();
    for (endpoint, said) in [
        ("127.0.0.1:4566", "error[endpoint]: the endpoint `127.0.0.1:4566` does not begin with http:// or https://"),
        (
            "http://127.0.0.1:4566/base",
            "error[endpoint]: the endpoint `http://127.0.0.1:4566/base` has more than scheme, host and port",
        ),
        ("http://me:secret@127.0.0.1", "error[endpoint]: the endpoint `127.0.0.1` holds a user name"),
    ] {
        let answer = first_line(&offline, closed, "", &[("AWS_ENDPOINT_URL", endpoint)]);
        assert_eq!(answer, (Some(3), said.to_owned()));
    }
}

/// A company's proxy is the only way out, and the name of AWS is for it to resolve.
#[test]
fn https_goes_through_the_proxy_of_the_environment() {
    let offline = Offline::in_folder("proxy");
    offline.write("gallery.yaml", VALID);
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    let (tell, told) = std::sync::mpsc::channel();
    // Lives until the test's process ends: nobody knocks again after the program has ended.
    std::thread::spawn(move || {
        for mut stream in proxy.incoming().map_while(Result::ok) {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).ok();
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").ok();
            tell.send(line).ok();
        }
    });
    let variables = [
        ("AWS_ENDPOINT_URL", "https://aws.example.com"),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("HTTPS_PROXY", address.as_str()),
    ];
    let run = offline.run_with(&variables, &["outputs"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("https://aws.example.com could not be reached"), "{}", run.stderr);
    assert_eq!(told.recv().expect("it has knocked"), "CONNECT aws.example.com:443 HTTP/1.1\r\n");
}
