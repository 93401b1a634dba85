//! What may not be read is unknown: nothing is written that would rest on it.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::io::Write as _;

use gallery_tests::{Call, Calls, Fault, Kind, REGION, World, picture, sample};

/// Of each command so many reads are refused, one at a time, unless all are.
const READS: usize = 6;

/// Nobody can be refused to ask who he is; and of other galleries in the account it is only told that they are there.
const ALWAYS: [&str; 3] = ["sts:GetCallerIdentity", "iam:ListRoles", "iam:ListRoleTags"];

/// What goes with the function, which is known as ours by its tags.
const GOES_ALONG: [&str; 2] = ["lambda:GetPolicy", "lambda:GetFunctionEventInvokeConfig"];

/// Whether nothing that is written rests on `call`, where the gallery goes: what is deleted with something else, and images that are only counted to
/// be shown; each list of them is read again while they are deleted.
fn goes_along(world: &World, call: &Call) -> bool {
    let counts = ["s3:ListObjects", "s3:ListObjectVersions"];
    GOES_ALONG.iter().any(|name| call.is(name))
        || (counts.iter().any(|name| call.is(name)) && call.resource == world.images_bucket())
}

/// Something of every kind of resource is to be changed.
fn configure_otherwise(world: &World) {
    let changed = "images: { versioning: false, max_size_mib: 7, cors_origins: [\"https://www.example.com\"] }\n\
                   index: { point_in_time_recovery: true }\nindexer: { memory: 256, log_retention_days: 30 }\n\
                   site: { title: Another title }\ntags: { team: pictures }\n";
    world.configure(&format!("name: {}\nregion: {REGION}\n{changed}", world.name));
}

/// Refuses each read that `command` makes before it would write, one at a time, but those on which nothing rests: [`ALWAYS`] and `but`. `consent`
/// lets it write.
fn refuse_each(world: &World, state: &str, command: &[&str], consent: &[&str], but: impl Fn(&Call) -> bool) {
    world.proxy.reset();
    // It ends where it would ask.
    world.run(command).exits(6).says(consent[0]);
    let calls = world.proxy.calls();
    assert!(calls.iter().all(|call| call.kind == Kind::Read), "{calls:?}");
    let looks = calls.iter().filter(|call| !ALWAYS.iter().any(|name| call.is(name)) && !but(call));
    let looks: BTreeSet<(String, &str)> = looks.map(|call| (call.name(), call.resource.as_str())).collect();
    assert!(looks.len() > 10, "{looks:?}");
    let cases = sample(looks.iter().collect(), READS);
    for (operation, resource) in &cases {
        world.proxy.reset();
        world.proxy.fail(Fault::Denied, Calls::on(operation, resource));
        let run = world.run(&[command, consent].concat());
        world.proxy.clear();
        let writes: Vec<String> = world.proxy.writes().iter().map(ToString::to_string).collect();
        assert!(
            [Some(6), Some(7)].contains(&run.code) && writes.is_empty(),
            "{command:?}, {state}, without {operation} on {resource}: {writes:?}\n{}",
            run.stderr
        );
    }
    let tried = cases.len();
    let summary = format!("{} {state}: each of {tried} of {} reads is refused, nothing is written\n", command[0], looks.len());
    std::io::stderr().write_all(summary.as_bytes()).unwrap();
}

#[test]
fn a_refused_read_stops_every_write() {
    let world = World::new();
    refuse_each(&world, "where nothing is", &["up"], &["--yes"], |_| false);
    world.run(&["up", "--yes"]).succeeds();
    world.put_image("images/rome/a.png", picture("a"));
    configure_otherwise(&world);
    refuse_each(&world, "where everything is to be changed", &["up"], &["--yes"], |_| false);
    let down = ["--confirm-name", &world.name];
    refuse_each(&world, "which keeps the images", &["down"], &down, |call| goes_along(&world, call));
    refuse_each(&world, "which deletes the images", &["down", "--delete-images"], &down, |call| goes_along(&world, call));
    // Nothing else kept it from writing.
    world.run(&["up", "--yes"]).succeeds();
    world.run(&["down", "--delete-images", "--confirm-name", &world.name]).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}
