//! What is the same in each run: not how long something took, nor in which order what runs side by side came to its end.

/// The words of a screen, a line each; steps of a change sorted.
pub(crate) fn essence(screen: &str) -> Vec<String> {
    let mut essence: Vec<String> = Vec::new();
    let mut steps: Vec<String> = Vec::new();
    for line in unbroken(screen) {
        let mut words = without_accidents(&line);
        if words.first() == Some(&"request") {
            words.truncate(1);
        }
        let words = words.join(" ");
        // What has begun, and how far what needs a failed change had come by then, is an accident, too.
        let accidental = ["·", "cut off", "not started", "creating", "updating", "deleting", "still"];
        if accidental.iter().any(|accidental| words.starts_with(accidental)) {
            continue;
        }
        let end = words.find(", cut off").or_else(|| words.find(", not started")).unwrap_or(words.len());
        let words = words[..end].to_owned();
        if is_step(&line) {
            steps.push(words);
            continue;
        }
        steps.sort();
        essence.append(&mut steps);
        essence.push(words);
    }
    steps.sort();
    essence.append(&mut steps);
    essence
}

/// The lines, with steps that a narrow terminal breaks put together again.
fn unbroken(screen: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut in_step = false;
    for line in screen.lines() {
        let begins = is_step(line) || line.trim_start().starts_with('·');
        in_step = begins || (in_step && !line.trim().is_empty());
        match lines.last_mut() {
            Some(step) if in_step && !begins => *step += &format!(" {}", line.trim_start()),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// What became of a change, or, in plain lines, what became of it when.
fn is_step(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(['✓', '✗']) || line.split_whitespace().next().is_some_and(is_stamp)
}

/// Without times, sizes and numbers of attempts.
pub(crate) fn without_accidents(line: &str) -> Vec<&str> {
    let all: Vec<&str> = line.split_whitespace().filter(|word| !is_stamp(word)).collect();
    let accidental = |at: usize| is_duration(all[at]) || is_unit(all[at]) || all.get(at + 1).is_some_and(|next| is_unit(next));
    (0..all.len()).filter(|at| !accidental(*at)).map(|at| all[at]).collect()
}

/// `[00:31]`
fn is_stamp(word: &str) -> bool {
    let time = word.strip_prefix('[').and_then(|word| word.strip_suffix(']'));
    time.is_some_and(|time| time.chars().all(|character| character.is_ascii_digit() || character == ':'))
}

/// `0.9s`, `(1m`, `05s)`.
fn is_duration(word: &str) -> bool {
    let word = word.trim_matches(['(', ')', ',']);
    let number = word.strip_suffix(['s', 'm']).unwrap_or_default();
    !number.is_empty() && number.chars().all(|character| character.is_ascii_digit() || character == '.')
}

/// What stands behind a size, or behind how often something was tried.
fn is_unit(word: &str) -> bool {
    ["KiB", "bytes", "attempts"].contains(&word.trim_matches(['(', ')', ',']))
}

#[test]
fn what_differs_from_run_to_run_is_no_difference() {
    let one = "  ✓ created table        t   0.9s\n  ✓ created role         r  1m 05s   2 attempts\n\nCreated 2 in 1.2s";
    let other = "  ✓ created role         r      2s\n  ✓ created table        t  10.0s\n\nCreated 2 in 12s";
    assert_eq!(essence(one), essence(other));
    assert_ne!(essence(one), essence(&other.replace("created role", "failed  role")));
    assert_ne!(essence("  KEPT: 2 images"), essence("  KEPT: images"));
    let narrow = "  ✓ created role\n      r\n      2s\n  ✓ created table\n      t  10.0s\n\nCreated 2 in 12s";
    assert_eq!(essence(one), essence(narrow));
    let plain = "[00:00] creating table t\n[00:01] created role r (2s)\n[00:01] created table t (0.9s)";
    assert_eq!(essence(plain), ["created role r", "created table t"]);
}
