//! Recordings of real runs against the local AWS: on terminals of 40, 80 and 120 columns, in colour and with `NO_COLOR`, and piped. What a run shows today
//! must say the same as its file in `screens`, and on 120 columns as README, but for what differs from run to run; `UPDATE_GOLDEN=1` records anew what
//! does not.

#![allow(clippy::unwrap_used, reason = "a test")]

mod essence;
mod styles;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use essence::essence;
use gallery_tests::{REGION, Run, World, eventually, picture};
use serde_json::{Value, json};
use styles::styles;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

const SCREENS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/screens");

/// Where the recordings' local AWS runs.
const PORT: u16 = 4566;

/// Where a run is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Terminal {
        columns: u16,
        colour: bool,
    },
    /// Both streams into one file.
    Pipe,
}

/// README's.
const IN_COLOUR: Place = Place::Terminal { columns: 120, colour: true };

impl Place {
    fn name(self) -> String {
        match self {
            Self::Terminal { columns, colour: true } => format!("{columns} columns, in colour"),
            Self::Terminal { columns, colour: false } => format!("{columns} columns, NO_COLOR"),
            Self::Pipe => "piped".to_owned(),
        }
    }
}

/// One recording.
struct Recorder<'a> {
    world: &'a World,
    place: Place,
    variables: Vec<(&'static str, String)>,
}

impl Recorder<'_> {
    /// Runs `command` and compares what is seen with the recordings called `name`. A pipe cannot be asked: there, `flag` answers.
    fn record(&self, name: &str, command: &str, question: Option<(&str, &str)>, flag: &str) -> Run {
        let Self { world, place, variables } = self;
        let run = match *place {
            Place::Pipe => world.shell(&format!("{command} {flag} 2>&1"), variables),
            Place::Terminal { columns, colour } => {
                let no_color = (!colour).then(|| ("NO_COLOR", "1".to_owned()));
                let variables: Vec<_> = variables.iter().cloned().chain(no_color).collect();
                let answer = question.map(|(_, answer)| move || answer.to_owned());
                let question =
                    question.zip(answer.as_ref()).map(|((question, _), answer)| (question, answer as &dyn Fn() -> String));
                world.at_a_terminal(columns, &variables, command, question)
            }
        };
        let port = |text: &str| text.replace(&format!(":{}", world.proxy.port()), &format!(":{PORT}"));
        let (shown, colours) = match *place {
            Place::Pipe => {
                assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
                (port(&run.stdout), String::new())
            }
            Place::Terminal { columns, colour } => {
                let mut terminal = vt100::Parser::new(400.try_into().unwrap(), columns.try_into().unwrap(), 0);
                terminal.process(run.stdout.as_bytes());
                let colours = styles(terminal.screen());
                assert_eq!(colours.is_empty(), !colour, "{colours}");
                assert!(colour || !run.stdout.contains('\u{1b}'), "{}", run.stdout);
                assert_no_name_is_cut(&terminal.screen().contents(), columns);
                (port(&terminal.screen().contents()), port(&colours))
            }
        };
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        let shown = lines.join("\n").trim_end().to_owned();
        if *place == IN_COLOUR {
            compare_with_readme(name, command, &shown);
        }
        compare_with_file(name, command, *place, &shown, &colours);
        run
    }
}

/// What is wider than the terminal stands at the beginning of a line, so that the terminal alone breaks it, and a copy of it is whole.
fn assert_no_name_is_cut(screen: &str, columns: u16) {
    for line in screen.lines().map(str::trim_end).filter(|line| line.chars().count() > columns.into()) {
        let name = line.trim_start();
        // Statements of a policy and commands in backticks are one name.
        let is_one = !name.contains(' ') || name.starts_with(['{', '"', '`']);
        assert!(is_one, "{columns} columns cut {line:?}");
    }
}

fn compare_with_readme(name: &str, command: &str, shown: &str) {
    let readme = fs::read_to_string(README).unwrap();
    let begin = format!("<!-- recorded: {name} -->\n```console\n$ {command}\n");
    let (before, rest) = readme.split_once(&begin).unwrap_or_else(|| panic!("README has no place for `{name}`"));
    let (there, after) = rest.split_once("\n```\n").unwrap();
    if essence(there) != essence(shown) {
        update(Path::new(README), &format!("{before}{begin}{shown}\n```\n{after}"), there, shown);
    }
}

/// A file holds the recordings of one command, a place a section: what is seen, and below it which words are coloured.
fn compare_with_file(name: &str, command: &str, place: Place, shown: &str, colours: &str) {
    // Both tests write, into one file.
    static FILES: Mutex<()> = Mutex::new(());
    let _one = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let path = PathBuf::from(SCREENS).join(format!("{name}.txt"));
    let file = fs::read_to_string(&path).unwrap_or_default();
    let title = format!("=== {}\n", place.name());
    let mut sections: Vec<String> = file.split_inclusive("\n=== ").map(ToOwned::to_owned).collect();
    for at in 0..sections.len() {
        if let Some(section) = sections[at].strip_suffix("=== ") {
            sections[at] = section.to_owned();
            sections[at + 1].insert_str(0, "=== ");
        }
    }
    let mut section = format!("{title}$ {command}\n{shown}\n");
    if !colours.is_empty() {
        write!(section, "--- colours\n{colours}").unwrap();
    }
    let there = sections.iter().position(|section| section.starts_with(&title));
    let before = there.map_or("", |at| sections[at].as_str()).to_owned();
    if essence(&before) == essence(&section) {
        return;
    }
    match there {
        Some(at) => sections[at].clone_from(&section),
        None => sections.push(section.clone()),
    }
    sections.sort();
    update(&path, &sections.concat(), &before, &section);
}

/// Writes it, or fails.
fn update(path: &Path, text: &str, there: &str, shown: &str) {
    assert!(
        std::env::var_os("UPDATE_GOLDEN").is_some(),
        "{} does not show what is shown; UPDATE_GOLDEN=1 records it anew\n{shown}\n--- there\n{there}",
        path.display()
    );
    fs::write(path, text).unwrap();
}

/// The life of a gallery, and another that a permission is missing for.
fn record_a_life(world: &World, trip: &World, limited: &[(&'static str, String)], place: Place) {
    let recorder = Recorder { world, place, variables: Vec::new() };
    let bucket = world.images_bucket();
    recorder.record("first_up", "gallery-deploy up", Some(("[y/N]", "y")), "--yes").succeeds();
    recorder.record("no_changes", "gallery-deploy up", None, "").succeeds();

    for name in ["forum", "tiber"] {
        world.put_image(&format!("images/rome/{name}.png"), picture(name));
    }
    // The indexer is done with them: nothing is under way when the gallery goes.
    eventually("the rows", || (world.page().gallery(&world.aws, "rome").len() == 2).then_some(()));
    let mut cors = world.aws.call(&["s3api", "get-bucket-cors", "--bucket", &bucket]);
    cors["CORSRules"][0]["AllowedOrigins"] = json!(["*"]);
    world.aws.call(&["s3api", "put-bucket-cors", "--bucket", &bucket, "--cors-configuration", &cors.to_string()]);
    world.configure(&format!("name: holiday\nregion: {REGION}\nindexer:\n  memory: 512\n"));
    recorder.record("plan_with_drift", "gallery-deploy plan", None, "").succeeds();

    world.configure(&format!("name: holiday\nregion: {REGION}\n"));
    let confirmed = format!("--confirm-name {}", world.name);
    recorder.record("down", "gallery-deploy down", Some(("to go on:", &world.name)), &confirmed).succeeds();
    let recorder = Recorder { world: trip, place, variables: limited.to_vec() };
    recorder.record("missing_permission", "gallery-deploy up --yes", None, "").exits(1);
    for world in [world, trip] {
        world.run(&["down", "--delete-images", "--confirm-name", &world.name]).succeeds();
    }
}

fn record(places: &[Place]) {
    let world = World::new();
    let trip = world.beside("trip");
    let limited = without_create_role(&trip);
    for place in places {
        record_a_life(&world, &trip, &limited, *place);
    }
}

// Two at once, on two cores.

#[test]
fn runs_show_in_colour_what_was_recorded() {
    record(&[40, 80, 120].map(|columns| Place::Terminal { columns, colour: true }));
}

#[test]
fn runs_show_without_colour_what_was_recorded() {
    let narrow = [40, 80, 120].map(|columns| Place::Terminal { columns, colour: false });
    record(&[&narrow[..], &[Place::Pipe]].concat());
}

/// The key of a user who has every permission that the gallery takes, but one.
fn without_create_role(world: &World) -> Vec<(&'static str, String)> {
    let mut policy: Value = serde_json::from_str(&world.run(&["policy"]).succeeds().stdout).unwrap();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement["Action"].as_array_mut().unwrap().retain(|action| action != "iam:CreateRole");
    }
    let document = format!("file://{}", world.file("policy.json", policy.to_string()));
    world.aws.call(&["iam", "create-user", "--user-name", "ci-deploy"]);
    let made = world.aws.call(&["iam", "create-policy", "--policy-name", "ci-deploy", "--policy-document", &document]);
    let arn = made["Policy"]["Arn"].as_str().unwrap();
    world.aws.call(&["iam", "attach-user-policy", "--user-name", "ci-deploy", "--policy-arn", arn]);
    let key = world.aws.call(&["iam", "create-access-key", "--user-name", "ci-deploy"]);
    let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    vec![("AWS_ACCESS_KEY_ID", text("AccessKeyId")), ("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey"))]
}
