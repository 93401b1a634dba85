//! How `dev` ends: at every moment, at once where asked twice, and with all that it has started. What it says never leads to the real AWS.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use gallery_tests::{Calls, Dev, DevProcess, Fault, Folder, REGION, World, eventually};
use rustix::process::{Pid, Signal, kill_process};

/// Longer than any test.
const FOR_EVER: Fault = Fault::Delayed(Duration::from_hours(1));

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("gallery.yaml", format!("name: holiday\nregion: {REGION}\n"));
    folder
}

/// `dev` on the world's AWS, as its administrator.
fn on(world: &World, folder: &Folder, arguments: &[&str]) -> DevProcess {
    let (id, secret) = world.admin();
    let variables = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)];
    DevProcess::start(folder, &[&["--endpoint", &world.endpoint()], arguments].concat(), &variables)
}

#[test]
fn ctrl_c_ends_it_while_a_call_hangs() {
    let world = World::new();
    for (call, signal) in [("sts:GetCallerIdentity", Signal::INT), ("iam:GetRole", Signal::TERM)] {
        world.proxy.reset();
        world.proxy.fail(FOR_EVER, Calls::of(call));
        let folder = folder();
        let dev = on(&world, &folder, &[]);
        eventually(call, || world.proxy.calls().iter().any(|made| made.is(call)).then_some(()));
        dev.signal(signal);
        let (status, printed) = dev.ended();
        assert_eq!((status.code(), printed), (Some(0), vec![]), "{call}");
        world.proxy.clear();
    }
}

#[test]
fn a_write_is_let_finish_unless_ctrl_c_comes_again() {
    let world = World::new();
    world.proxy.fail(FOR_EVER, Calls::of("dynamodb:CreateTable"));
    let folder = folder();
    let dev = on(&world, &folder, &[]);
    eventually("the write", || world.proxy.writes().iter().any(|made| made.is("dynamodb:CreateTable")).then_some(()));
    dev.signal(Signal::INT);
    dev.says("Stopping");
    dev.signal(Signal::INT);
    let (status, printed) = dev.ended();
    assert_eq!((status.code(), printed), (Some(0), vec![]));
}

#[test]
fn the_time_given_is_all_that_it_takes() {
    let world = World::new();
    world.proxy.fail(FOR_EVER, Calls::of("iam:GetRole"));
    let folder = folder();
    let dev = on(&world, &folder, &["--timeout", "1s"]);
    dev.says("error[deadline]: the run took longer than the 1 s of --timeout");
    assert_eq!(dev.ended().0.code(), Some(1));
    world.proxy.clear();

    // Once the page is up, the time is over as after Ctrl-C. How long the page takes here is anybody's guess.
    let ended = ["5s", "20s", "80s"].into_iter().find_map(|time| {
        let (status, printed) = on(&world, &folder, &["--timeout", time]).ended();
        (status.code() != Some(1)).then_some((status.code(), printed))
    });
    assert_eq!(ended, Some((Some(0), vec![world.site_url()])));
}

/// With a Python that takes for ever to make its environment.
#[test]
fn a_signal_ends_the_installation_and_what_it_has_started() {
    let folder = folder();
    let python = "#!/bin/sh\ncase \"$*\" in\n*ensurepip*) echo 3 11; echo venv;;\n\
                  *) sleep 3600 & echo $! > \"$HOME/started.new\"; mv \"$HOME/started.new\" \"$HOME/started\"; wait;;\nesac\n";
    let path = folder.write("bin/python3", python);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", path.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let cache = folder.path().join("cache");
    let variables = [("PATH", path.as_str()), ("XDG_CACHE_HOME", cache.to_str().unwrap())];
    for signal in [Signal::INT, Signal::TERM] {
        let dev = DevProcess::start(&folder, &[], &variables);
        let started = eventually("the installation", || fs::read_to_string(folder.path().join("started")).ok());
        dev.signal(signal);
        let (status, printed) = dev.ended();
        assert_eq!((status.code(), printed), (Some(0), vec![]), "{signal:?}");
        eventually("the end of what it started", || has_ended(started.trim()).then_some(()));
        fs::remove_file(folder.path().join("started")).unwrap();
    }
}

/// A process that is no more, or that nobody has asked about yet.
fn has_ended(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_none_or(|fields| fields.is_empty() || fields.starts_with('Z'))
}

#[test]
fn ctrl_c_again_ends_a_local_aws_that_does_not_end() {
    let folder = folder();
    let dev = Dev::start(&folder, &[]);
    let servers = dev.servers();
    for server in &servers {
        kill_process(Pid::from_raw(server.cast_signed()).unwrap(), Signal::STOP).unwrap();
    }
    dev.signal(Signal::INT);
    dev.says("Stopping the local AWS");
    assert_eq!(dev.servers(), servers);
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));
    for server in servers {
        assert!(has_ended(&server.to_string()));
    }
}

/// Two on one store: the second one waits for the end of the first one.
#[test]
fn ctrl_c_ends_one_that_waits_for_another() {
    let folder = folder();
    let first = Dev::start(&folder, &[]);
    let second = DevProcess::start(&folder, &[], &[]);
    second.says("Waiting for the local AWS that uses this store to end");
    assert_eq!(second.servers().len(), 1);
    second.signal(Signal::INT);
    let (status, printed) = second.ended();
    assert_eq!((status.code(), printed), (Some(0), vec![]));
    assert_eq!(first.http.get(&first.url).status, 200);
    assert_eq!(first.end(Signal::INT).0.code(), Some(0));
}

/// In the same shell the other commands would go to the real AWS, where a gallery of that name may be.
#[test]
fn nothing_leads_to_the_real_aws() {
    let folder = folder();
    let dev = Dev::start_with(&folder, &[], &[("AWS_PROFILE", "employer")]);
    dev.says("export AWS_ENDPOINT_URL=");
    let said = dev.stderr();
    let (before, note) = said.split_once("\n  In another terminal, ").unwrap_or_else(|| panic!("no note: {said}"));
    assert!(!said.contains("employer") && !before.contains("`gallery-deploy "), "{said}");
    // The one command that is named comes with what leads it here.
    assert!(note.starts_with("for `gallery-deploy status` and `aws` to work here:\n    export AWS_ENDPOINT_URL="), "{said}");
    assert_eq!(note.matches("`gallery-deploy ").count(), 1, "{said}");
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));

    folder.write("gallery.yaml", format!("name: holiday\nregion: {REGION}\nindex: {{ table: another }}\n"));
    let dev = DevProcess::start(&folder, &[], &[]);
    dev.says("gallery-deploy dev --fresh");
    assert!(dev.stderr().contains("`index: { table: holiday-index }`"), "{}", dev.stderr());
    assert_eq!(dev.stderr().matches("`gallery-deploy ").count(), 1, "{}", dev.stderr());
    assert_eq!(dev.ended().0.code(), Some(6));
}

#[test]
fn a_region_of_the_environment_is_checked_and_an_empty_one_is_none() {
    let folder = Folder::new();
    folder.write("gallery.yaml", "name: holiday\n");
    for variables in [&[("AWS_REGION", "eu-centrl-1")][..], &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-centrl-1")]] {
        let dev = DevProcess::start(&folder, &[], variables);
        dev.says("did you mean `eu-central-1`?");
        assert_eq!(dev.ended().0.code(), Some(3));
    }
}
