//! On a real terminal: `script` gives the program one, and what it leaves on the screen is read by a terminal that nobody here wrote.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::World;

/// What stands on a screen of so many columns after a run whose questions were answered with `answers`.
fn screen(world: &World, columns: u16, variables: &[(&str, String)], command: &str, answers: &str) -> String {
    let script = format!("printf '{answers}' | script -qec 'stty cols {columns} rows 30; {command}' /dev/null");
    let run = world.shell(&script, variables).succeeds();
    let mut terminal = vt100::Parser::new(400.try_into().unwrap(), columns.try_into().unwrap(), 0);
    terminal.process(run.stdout.as_bytes());
    terminal.screen().contents()
}

fn terminal() -> Vec<(&'static str, String)> {
    vec![("TERM", "xterm-256color".to_owned()), ("LANG", "C.UTF-8".to_owned())]
}

/// Frames of the little wheel.
const LIVE: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

#[test]
fn somebody_at_a_terminal_is_asked_and_sees_the_page_at_the_end() {
    let world = World::new();
    let bucket = world.images_bucket();
    let first = screen(&world, 120, &terminal(), "gallery-deploy up", "y\\n");
    assert!(first.contains("Apply these ") && first.contains("? [y/N]"), "{first}");
    assert!(first.contains(&format!("✓ created bucket        {bucket} ")), "{first}");
    assert!(first.contains("✓ verified") && first.contains(&format!("\n  Gallery   {}\n", world.site_url())), "{first}");
    assert!(!first.contains(LIVE), "{first}");
    // Both streams go to the screen: the address stands there once.
    assert_eq!(first.matches(&world.site_url()).count(), 1, "{first}");

    let second = screen(&world, 40, &terminal(), "gallery-deploy up", "");
    assert!(second.contains("No changes. ") && second.contains("0 writes)"), "{second}");

    // Nothing is cut in the middle of a name, and NO_COLOR leaves no live line.
    let plain = [terminal(), vec![("NO_COLOR", "1".to_owned())]].concat();
    let down = screen(&world, 40, &plain, "gallery-deploy down --delete-images", "holiday\\n");
    assert!(down.lines().any(|line| line.trim() == bucket), "{down}");
    assert!(down.contains("] deleted table holiday-index") && !down.contains(LIVE), "{down}");
    assert_eq!(world.inventory(), [""; 0]);
}

#[test]
fn whoever_says_no_changes_nothing() {
    let world = World::new();
    let script = "printf 'n\\n' | script -qec 'gallery-deploy up' /dev/null";
    world.shell(script, &terminal()).exits(6);
    assert_eq!(world.inventory(), [""; 0]);
}
