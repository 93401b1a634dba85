//! Exit codes, as `--help` and the README list them.

/// Done, or nothing to do.
pub const OK: u8 = 0;
/// An AWS operation failed; partial work is listed.
pub const FAILED: u8 = 1;
/// Bad command line (clap's own code).
pub const USAGE: u8 = 2;
/// `gallery.yaml` is unreadable or invalid.
pub const CONFIG: u8 = 3;
/// `plan --check`: changes from the configuration are pending.
pub const CHANGES: u8 = 4;
/// `plan --check`: live values differ though the configuration did not change; wins over the former. `reindex --check`: the index differs.
pub const DRIFT: u8 = 5;
/// Needs confirmation, protection is on, or something belongs to somebody else.
pub const REFUSED: u8 = 6;
/// No, expired or insufficient credentials before any write.
pub const CREDENTIALS: u8 = 7;
/// A mistake of ours.
pub const BUG: u8 = 70;
/// Stopped by Ctrl-C after calls in flight had finished.
pub const INTERRUPTED: u8 = 130;
/// The same by SIGTERM.
pub const TERMINATED: u8 = 143;

/// All of them with what they mean, as help and README show it.
pub const MEANINGS: [(u8, &str); 11] = [
    (OK, "done, or nothing to do"),
    (FAILED, "an AWS operation failed, or another run was met; what was done and what was not is listed"),
    (USAGE, "bad command line"),
    (CONFIG, "gallery.yaml is invalid, or this build lacks what it asks for"),
    (CHANGES, "only with `plan --check`: changes from gallery.yaml are pending"),
    (DRIFT, "only with `--check`: something was changed by hand, though gallery.yaml did not change, or the index differs"),
    (REFUSED, "refused: not confirmed, protected, there already, or something belongs to somebody else"),
    (CREDENTIALS, "no credentials, or AWS does not take them, or they do not suffice to look"),
    (BUG, "a mistake of gallery-deploy itself"),
    (
        INTERRUPTED,
        "stopped by Ctrl-C: no call began after that, those in flight finished, and what is done and what is not was listed",
    ),
    (TERMINATED, "the same by SIGTERM"),
];

/// The word for a code that scripts read.
pub const fn name(code: u8) -> &'static str {
    match code {
        OK => "OK",
        USAGE => "USAGE",
        CONFIG => "CONFIG",
        CHANGES => "CHANGES",
        DRIFT => "DRIFT",
        REFUSED => "REFUSED",
        CREDENTIALS => "CREDENTIALS",
        BUG => "BUG",
        INTERRUPTED | TERMINATED => "INTERRUPTED",
        _ => "FAILED",
    }
}
