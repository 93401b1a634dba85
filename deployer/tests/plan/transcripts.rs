//! Runs as people see them, from built values: in plain lines, on terminals of three widths, and in ASCII. One scenario a file in `tests/transcripts`.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::Write;
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gallery_deploy::aws::error::{AwsError, Class};
use gallery_deploy::aws::index::{self, Counts};
use gallery_deploy::caller_policy::rights;
use gallery_deploy::config::parse;
use gallery_deploy::error::{Error, Signal};
use gallery_deploy::event::{Event, Progressed, Purpose, Report as _, Subject, Unit};
use gallery_deploy::plan::{Adopt, Plan, down, up};
use gallery_deploy::report::{Lines, Mode, Screen, Streams, Surroundings, Wishes};
use gallery_deploy::resource::Kind;
use gallery_deploy::status::Stored;
use gallery_index::Difference;

use super::common::assert_golden;
use super::mirror::{file, gallery, mirror, nothing, release};
use super::{HOLIDAY, changed, present};

/// Of the terminal that keeps all that was said.
const ROWS: NonZero<u16> = NonZero::new(400).unwrap();

const URL: &str = "https://holiday-site-123456789012-us-west-2.s3.us-west-2.amazonaws.com/index.html";

/// Both streams of a run, as they come.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One run in one surrounding.
struct Scene {
    lines: Lines,
    tape: Tape,
    now: Arc<Mutex<Instant>>,
    screen: Screen,
    /// What stood on the screen at moments of interest.
    seen: String,
}

impl Scene {
    fn new(around: &Surroundings, wishes: Wishes) -> Self {
        let screen = Screen::decide(wishes, around);
        let (tape, now) = (Tape::default(), Arc::new(Mutex::new(Instant::now())));
        let clock = Arc::clone(&now);
        let streams = Streams::new(screen, tape.clone(), tape.clone());
        let lines = Lines::on(streams, screen, Box::new(move || *clock.lock().unwrap()));
        Self { lines, tape, now, screen, seen: String::new() }
    }

    fn tell(&self, event: &Event<'_>) {
        self.lines.event(event);
    }

    /// Lets time pass; what ticks in it ticks each second.
    fn pass(&self, ms: u64) {
        let mut left = ms;
        while left > 0 {
            let step = left.min(1000);
            *self.now.lock().unwrap() += Duration::from_millis(step);
            left -= step;
            self.lines.tick();
        }
    }

    /// What somebody who looks now sees.
    fn text(&self) -> String {
        let bytes = self.tape.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        match self.screen.width {
            Some(width) => {
                let mut terminal = vt100::Parser::new(ROWS, u16::try_from(width).unwrap().try_into().unwrap(), 0);
                terminal.process(text.replace('\n', "\r\n").as_bytes());
                terminal.screen().contents()
            }
            None => anstream::adapter::strip_str(&text).to_string(),
        }
    }

    /// Keeps what stands live on the screen now.
    fn look(&mut self) {
        if self.screen.mode == Mode::Rich {
            let text = self.text();
            let last: Vec<&str> = text.lines().rev().take_while(|line| !line.is_empty()).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            self.seen += &format!("--- seen meanwhile\n{}\n", last.join("\n"));
        }
    }

    fn start(&self) {
        self.start_as("arn:aws:iam::123456789012:user/ana", Some("private"));
    }

    /// Who has no profile has shown a token.
    fn start_as(&self, identity: &str, profile: Option<&str>) {
        self.introduce(identity, profile);
        self.tell(&Event::Looking);
        self.pass(1400);
    }

    fn introduce(&self, identity: &str, profile: Option<&str>) {
        self.tell(&Event::Start {
            gallery: "holiday",
            stage: None,
            account: "123456789012",
            region: "us-west-2",
            identity: Some(identity),
            profile,
            by_oidc: profile.is_none(),
            region_is_named: false,
            endpoint: None,
        });
    }

    fn planned(&self, plan: &Plan, purpose: Purpose) {
        self.tell(&Event::Planned { plan, purpose, elapsed: Duration::from_millis(1400) });
    }

    /// `up` has updated one thing, and ends.
    fn ends_with_one_update(&self, elapsed: Duration) {
        self.tell(&Event::Verified);
        self.tell(&Event::Summary { created: 0, updated: 1, deleted: 0, failed: 0, cut_off: 0, not_started: 0, elapsed });
        self.lines.output("site_url", URL).unwrap();
        self.tell(&Event::Ended { error: None });
    }

    /// The change of this kind, begun and done.
    fn done(&self, plan: &Plan, kind: Kind, ms: u64) {
        self.tell(&Event::Started { subject: &subject(plan, kind) });
        self.pass(ms);
        self.tell(&Event::Done { subject: &subject(plan, kind), elapsed: Duration::from_millis(ms), attempts: 1 });
    }
}

fn subject(plan: &Plan, kind: Kind) -> Subject {
    plan.changes.iter().find(|change| change.kind == kind).expect("it is in the plan").into()
}

fn terminal(columns: usize) -> Surroundings {
    Surroundings {
        stdin_is_terminal: true,
        stdout_is_terminal: true,
        stderr_is_terminal: true,
        escapes: true,
        columns: Some(columns),
        rows: Some(24),
        ..Surroundings::default()
    }
}

/// Plays a scenario everywhere and compares it with its file. What a terminal shows at the end says the same as plain lines do, heartbeats aside.
fn play(name: &str, script: impl Fn(&mut Scene)) {
    let ascii = Surroundings { locale: Some("C".into()), ..terminal(80) };
    let github = Surroundings { github: true, ci: true, ..Surroundings::default() };
    let places = [
        ("plain lines", Surroundings::default()),
        ("GitHub Actions", github),
        ("a terminal of 40 columns", terminal(40)),
        ("a terminal of 80 columns", terminal(80)),
        ("a terminal of 120 columns", terminal(120)),
        ("a terminal without UTF-8", ascii),
    ];
    let mut text = String::new();
    let mut texts = Vec::new();
    for (place, around) in places {
        let mut scene = Scene::new(&around, Wishes::default());
        script(&mut scene);
        let shown = scene.text();
        assert!(around.locale.is_none() || shown.is_ascii(), "{shown}");
        text += &format!("=== {place}\n{}\n{}", shown.trim_end(), scene.seen);
        texts.push(shown);
    }
    let text = mask_token(&text);
    assert_golden(&format!("tests/transcripts/{name}.txt"), &text);
    // Breaking lines loses no word, and live lines leave what plain ones say.
    assert_eq!(words(&texts[2]), words(&texts[4]), "{name}");
    assert_eq!(words(&texts[3]), words(&texts[4]), "{name}");
    assert_eq!(results(&texts[0]), results(&texts[4]), "{name}");
}

/// GitHub's token is another one each time.
fn mask_token(text: &str) -> String {
    let mut masked = text.to_owned();
    while let Some(at) = masked.find("::stop-commands::").map(|at| at + "::stop-commands::".len()) {
        let token = masked[at..].lines().next().unwrap_or_default().to_owned();
        masked = masked.replace(&format!("::stop-commands::{token}"), "::stop commands with TOKEN::").replace(&token, "TOKEN");
    }
    masked
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// What is left in the end, whatever its layout. Of plain lines those are left out that say what has begun or goes on, which live lines said, and
/// of a terminal those about where to go from here.
fn results(text: &str) -> Vec<String> {
    const PASSING: [&str; 10] =
        ["creating", "updating", "deleting", "still", "Gallery", "https:", "Next", "Still", "Later", "verified"];
    let bare = |line: &str| -> Vec<String> {
        let words = line.split(|c: char| c.is_whitespace() || "(),".contains(c)).filter(|word| !word.is_empty());
        words
            .filter(|word| !["✓", "✗", "·"].contains(word))
            .filter(|word| !word.starts_with('[') || !word.ends_with(']'))
            .map(|word| word.replace('\u{fffd}', ""))
            .collect()
    };
    let lines = text
        .lines()
        .map(bare)
        .filter(|line| !line.first().is_some_and(|word| PASSING.iter().any(|passing| word.starts_with(passing))));
    lines.flatten().collect()
}

#[test]
fn first_up() {
    let gallery = gallery(HOLIDAY);
    let plan = up(&gallery.desired, &nothing(), Adopt::Nothing);
    play("first_up", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Up);
        scene.done(&plan, Kind::ImagesBucket, 900);
        let (function, assets) = (subject(&plan, Kind::Function), subject(&plan, Kind::Assets));
        scene.tell(&Event::Started { subject: &function });
        scene.tell(&Event::Started { subject: &assets });
        scene.pass(1000);
        let for_what = "for IAM to let Lambda take on the role";
        scene.tell(&Event::Waiting { subject: &function, for_what, elapsed: Duration::ZERO, attempts: 1 });
        let progressed = Progressed { done: 1_258_291, total: Some(3_145_728), unit: Unit::Bytes };
        scene.tell(&Event::Progressed { subject: &assets, progressed });
        scene.pass(2000);
        scene.look();
        scene.tell(&Event::Done { subject: &assets, elapsed: Duration::from_millis(3000), attempts: 1 });
        scene.pass(32_000);
        scene.look();
        scene.tell(&Event::Done { subject: &function, elapsed: Duration::from_millis(35_000), attempts: 3 });
        scene.done(&plan, Kind::Page, 300);
        scene.tell(&Event::Verified);
        let (created, elapsed) = (4, Duration::from_millis(36_300));
        scene.tell(&Event::Summary { created, updated: 0, deleted: 0, failed: 0, cut_off: 0, not_started: 0, elapsed });
        scene.tell(&Event::Hints(&[("Next", "`gallery-deploy status` shows counts and errors of the indexer".into())]));
        scene.lines.output("site_url", URL).unwrap();
        scene.tell(&Event::Ended { error: None });
    });
}

#[test]
fn nothing_to_do() {
    let gallery = gallery(HOLIDAY);
    let plan = up(&gallery.desired, &mirror(&gallery.desired), Adopt::Nothing);
    play("no_changes", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Up);
        scene.lines.output("site_url", URL).unwrap();
        scene.tell(&Event::Ended { error: None });
    });
}

#[test]
fn a_missing_permission() {
    let gallery = gallery(HOLIDAY);
    let plan = up(&gallery.desired, &nothing(), Adopt::Nothing);
    play("missing_permission", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Up);
        scene.done(&plan, Kind::ImagesBucket, 900);
        let role = subject(&plan, Kind::Role);
        scene.tell(&Event::Started { subject: &role });
        scene.pass(200);
        // A stranger's words: neither a command for GitHub nor one for the terminal.
        let message =
            "no identity-based policy allows the iam:CreateRole action\n::error::not ours \u{1b}[31mred ##[warning]nor this";
        let arn = "arn:aws:iam::123456789012:role/gallery-deploy/holiday/holiday-indexer-us-west-2";
        let denied = Error::from(AwsError::told("iam:CreateRole", arn, Class::Denied, "AccessDenied", message));
        scene.tell(&Event::Failed { subject: &role, error: &denied, elapsed: Duration::from_millis(200) });
        let stranded = [Kind::Function, Kind::Permission, Kind::Notification].map(|kind| subject(&plan, kind));
        scene.tell(&Event::NotStarted { subjects: &stranded, needs: Some(&role) });
        scene.done(&plan, Kind::Table, 8000);
        let elapsed = Duration::from_millis(9100);
        scene.tell(&Event::Summary { created: 2, updated: 0, deleted: 0, failed: 1, cut_off: 0, not_started: 3, elapsed });
        scene.tell(&Event::Ended { error: Some(&Error::Incomplete { failed: 1, not_started: 3, other_run: false }) });
    });
}

/// Of two failures, each tells its request; the statements can be pasted.
#[test]
fn two_missing_permissions() {
    let gallery = gallery(HOLIDAY);
    let plan = up(&gallery.desired, &nothing(), Adopt::Nothing);
    let rights = rights(&gallery.names);
    let denied = |action: &'static str, arn: &str, id: &str| {
        let message = format!(
            "User: arn:aws:sts::123456789012:assumed-role/gha-deploy/run-8123 is not authorized to perform: {action} on resource: {arn} \
             because no identity-based policy allows the {action} action"
        );
        let mut error = AwsError::told(action, "a name", Class::Denied, "AccessDenied", &message);
        error.request_id = Some(id.to_owned());
        Error::from(error).allowed_by(&rights)
    };
    let role_arn = "arn:aws:iam::123456789012:role/gallery-deploy/holiday/holiday-indexer-us-west-2";
    let role_error = denied("iam:CreateRole", role_arn, "6f1c0b1e-3a7e-4f0e-9a63-0d4c5e8f00a2");
    let table_arn = "arn:aws:dynamodb:us-west-2:123456789012:table/holiday-index";
    let table_error = denied("dynamodb:CreateTable", table_arn, "VJVNQ2VR8MQ4T1M6S1A0");
    let [role, table] = [Kind::Role, Kind::Table].map(|kind| subject(&plan, kind));
    let elapsed = Duration::from_millis(200);
    for (name, both) in [("missing_role", false), ("missing_role_and_table", true)] {
        play(name, |scene| {
            scene.start();
            scene.planned(&plan, Purpose::Up);
            scene.done(&plan, Kind::ImagesBucket, 900);
            scene.tell(&Event::Failed { subject: &role, error: &role_error, elapsed });
            if both {
                scene.tell(&Event::Failed { subject: &table, error: &table_error, elapsed });
            }
            let failed = if both { 2 } else { 1 };
            scene.tell(&Event::Summary { created: 1, updated: 0, deleted: 0, failed, cut_off: 0, not_started: 0, elapsed });
            scene.tell(&Event::Ended { error: Some(&Error::Incomplete { failed, not_started: 0, other_run: false }) });
        });
    }
}

#[test]
fn an_update_that_takes_long() {
    let (gallery, seen) = changed(|seen| present(&mut seen.function).memory = 512);
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    play("slow_update", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Up);
        let function = subject(&plan, Kind::Function);
        scene.tell(&Event::Started { subject: &function });
        let for_what = "for Lambda to finish another change of the function";
        scene.tell(&Event::Waiting { subject: &function, for_what, elapsed: Duration::ZERO, attempts: 0 });
        scene.pass(65_000);
        scene.look();
        scene.tell(&Event::Done { subject: &function, elapsed: Duration::from_secs(65), attempts: 1 });
        scene.ends_with_one_update(Duration::from_secs(66));
    });
}

/// A new build of the indexer, deployed by a pipeline.
#[test]
fn an_update_in_a_pipeline() {
    let seen = mirror(&gallery(HOLIDAY).desired);
    let new = release(HOLIDAY, "bmV3", vec![file("assets/index-Abcd1234.js", "a1"), file("index.html", "b2")]);
    let plan = up(&new.desired, &seen, Adopt::Nothing);
    play("pipeline", |scene| {
        scene.start_as("arn:aws:sts::123456789012:assumed-role/gha-deploy/run-8123", None);
        scene.planned(&plan, Purpose::Up);
        let function = subject(&plan, Kind::Function);
        scene.tell(&Event::Started { subject: &function });
        let for_what = "for Lambda to run the new code";
        scene.tell(&Event::Waiting { subject: &function, for_what, elapsed: Duration::ZERO, attempts: 0 });
        scene.pass(37_000);
        scene.tell(&Event::Done { subject: &function, elapsed: Duration::from_secs(37), attempts: 1 });
        scene.pass(1000);
        scene.ends_with_one_update(Duration::from_secs(39));
    });
}

/// What lies in the images bucket.
fn stored(versions: Option<u64>) -> Stored {
    Stored { images: 1204, versions, bytes: 3_650_722_202, is_all: true }
}

#[test]
fn down_keeps_the_images() {
    let (gallery, seen) = changed(|seen| present(&mut seen.table).items = 1204);
    let plan = down(&gallery.names, &seen, false, Some(stored(None)), &[]);
    play("down", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Down);
        for kind in [
            Kind::Notification,
            Kind::ImagesBucket,
            Kind::Function,
            Kind::LogGroup,
            Kind::Role,
            Kind::User,
            Kind::Table,
            Kind::SiteBucket,
        ] {
            scene.done(&plan, kind, 400);
        }
        scene.tell(&Event::Verified);
        let elapsed = Duration::from_millis(9700);
        scene.tell(&Event::Summary { created: 0, updated: 1, deleted: 7, failed: 0, cut_off: 0, not_started: 0, elapsed });
        let later = "`gallery-deploy down --delete-images` removes it; `up` uses it again";
        scene.tell(&Event::Hints(&[
            ("Still there", "bucket holiday-images-123456789012-us-west-2 (1,204 images, 3.4 GiB)".into()),
            ("Later", later.into()),
        ]));
        scene.tell(&Event::Ended { error: None });
    });
}

/// Emptying a bucket has a bar, a rate and a remaining time where it is known how much lies in it.
#[test]
fn down_empties_the_images_bucket() {
    let (gallery, seen) = changed(|seen| present(&mut seen.table).items = 1204);
    let plan = down(&gallery.names, &seen, true, Some(stored(Some(120_400))), &[]);
    play("down_with_images", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Down);
        let bucket = subject(&plan, Kind::ImagesBucket);
        scene.tell(&Event::Started { subject: &bucket });
        let deleted =
            |done, total| Event::Progressed { subject: &bucket, progressed: Progressed { done, total, unit: Unit::Objects } };
        scene.tell(&deleted(1000, Some(120_400)));
        scene.pass(10_000);
        scene.tell(&deleted(42_000, Some(120_400)));
        scene.look();
        scene.pass(20_000);
        scene.tell(&deleted(117_000, Some(120_400)));
        scene.pass(1000);
        scene.look();
        scene.tell(&Event::Done { subject: &bucket, elapsed: Duration::from_secs(31), attempts: 1 });
        let site = subject(&plan, Kind::SiteBucket);
        scene.tell(&Event::Started { subject: &site });
        // Nobody counted: there is no bar.
        let progressed = Progressed { done: 3000, total: None, unit: Unit::Objects };
        scene.tell(&Event::Progressed { subject: &site, progressed });
        scene.pass(2000);
        scene.look();
        scene.tell(&Event::Done { subject: &site, elapsed: Duration::from_secs(2), attempts: 1 });
        scene.tell(&Event::Verified);
        let elapsed = Duration::from_secs(34);
        scene.tell(&Event::Summary { created: 0, updated: 0, deleted: 2, failed: 0, cut_off: 0, not_started: 0, elapsed });
        scene.tell(&Event::Ended { error: None });
    });
}

/// How far it is, how fast it goes and how long it will take; what it repairs.
#[test]
fn an_index_that_is_repaired() {
    play("reindex", |scene| {
        scene.introduce("arn:aws:iam::123456789012:user/ana", Some("private"));
        let progress = |done, total, seconds| {
            let elapsed = Duration::from_secs(seconds);
            Event::Progress { what: "images", done, total, elapsed }
        };
        scene.tell(&progress(1_000, None, 2));
        scene.pass(2_000);
        scene.look();
        let key = "images/rome/forum.png";
        scene.tell(&Event::IndexRepaired { difference: Difference::Missing, gallery: "rome", key });
        scene.tell(&progress(5_000, Some(20_000), 10));
        scene.pass(8_000);
        scene.look();
        let counts = Counts { galleries: 3, images: 20_000, rows: 19_999, missing: 1, repaired: 1, ..Counts::default() };
        let elapsed = Duration::from_secs(40);
        scene.tell(&Event::IndexCompared { counts: &counts, mode: index::Mode::Repair, elapsed });
        scene.tell(&Event::Ended { error: None });
    });
}

#[test]
fn ctrl_c() {
    let gallery = gallery(HOLIDAY);
    let plan = up(&gallery.desired, &nothing(), Adopt::Nothing);
    play("interrupted", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Up);
        let [bucket, table, role] = [Kind::ImagesBucket, Kind::Table, Kind::Role].map(|kind| subject(&plan, kind));
        for subject in [&bucket, &table] {
            scene.tell(&Event::Started { subject });
        }
        scene.pass(500);
        scene.tell(&Event::Stopping { calls: 2 });
        scene.look();
        scene.pass(400);
        scene.tell(&Event::Done { subject: &bucket, elapsed: Duration::from_millis(900), attempts: 1 });
        scene.tell(&Event::CutOff { subject: &table });
        scene.tell(&Event::NotStarted { subjects: &[role], needs: None });
        let elapsed = Duration::from_millis(900);
        scene.tell(&Event::Summary { created: 1, updated: 0, deleted: 0, failed: 0, cut_off: 1, not_started: 1, elapsed });
        scene.tell(&Event::Ended { error: Some(&Error::Interrupted(Signal::Interrupt)) });
    });
}

/// `plan`, which goes to standard output.
#[test]
fn a_plan_with_drift() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.images_bucket).cors[0].origins = vec!["*".into()];
        present(&mut seen.function).memory = 512;
    });
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    play("plan_with_drift", |scene| {
        scene.start();
        scene.planned(&plan, Purpose::Show);
        // As with `--check`: only the exit code tells of it.
        scene.tell(&Event::Ended { error: Some(&Error::Drifted) });
    });
}

/// Frames stay whole, sentences are broken between words.
#[test]
fn a_broken_file() {
    let yaml = "name: holiday\nregion: eu-centrl-1\nimages:\n  max_mb: 20\n";
    let error = Error::from(parse("gallery.yaml".as_ref(), yaml).unwrap_err());
    play("config_error", |scene| scene.tell(&Event::Ended { error: Some(&error) }));
}

/// Live lines that do not fit are counted, not cut.
#[test]
fn more_than_a_small_terminal_holds() {
    let gallery = gallery(HOLIDAY);
    let plan = up(&gallery.desired, &nothing(), Adopt::Nothing);
    let mut scene = Scene::new(&Surroundings { rows: Some(8), ..terminal(40) }, Wishes::default());
    scene.planned(&plan, Purpose::Up);
    for change in &plan.changes {
        scene.tell(&Event::Started { subject: &change.into() });
    }
    scene.pass(1000);
    scene.look();
    let live: Vec<&str> = scene.seen.lines().skip(1).collect();
    assert!(live.len() < 8 && live.last().unwrap().contains(&format!("and {} more", plan.changes.len() - 2)), "{}", scene.seen);
    let names: Vec<&str> = live.iter().flat_map(|line| line.split_whitespace()).collect();
    assert!(names.contains(&"holiday-images-123456789012-us-west-2"), "{}", scene.seen);
}

#[test]
fn without_escapes_there_are_none() {
    let gallery = gallery(HOLIDAY);
    let plan = up(&gallery.desired, &nothing(), Adopt::Nothing);
    for around in [Surroundings { escapes: false, ..terminal(80) }, Surroundings::default()] {
        let scene = Scene::new(&around, Wishes::default());
        scene.start();
        scene.planned(&plan, Purpose::Up);
        scene.tell(&Event::Started { subject: &subject(&plan, Kind::Table) });
        scene.pass(5000);
        // Colours are dropped where the process' streams are opened; nothing else of a terminal may be there.
        let bytes = scene.tape.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        let other = text.match_indices('\u{1b}').find(|(at, _)| {
            !text[*at..].split_inclusive('m').next().unwrap().chars().skip(2).all(|c| c.is_ascii_digit() || c == ';' || c == 'm')
        });
        assert_eq!(other, None, "{text:?}");
    }
}
