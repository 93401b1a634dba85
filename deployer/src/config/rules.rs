//! What a name may look like (aws-behaviours §9): as a check that says what is wrong, and beside it as JSON Schema.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::problem::{Message, quote};

/// What a text must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Says what is wrong with the text of a value.
    pub(super) check: fn(&str) -> Result<(), Message>,
    /// The keywords of JSON Schema that refuse the same texts, as far as they can say it: an object.
    pub(super) schema: fn() -> Value,
}

pub(super) const GALLERY_NAME: Rule = Rule { check: gallery_name, schema: gallery_name_schema };
pub(super) const STAGE: Rule = Rule { check: stage, schema: stage_schema };
pub(super) const ACCOUNT: Rule = Rule { check: account, schema: account_schema };
pub(super) const BUCKET: Rule = Rule { check: bucket, schema: bucket_schema };
pub(super) const SITE_BUCKET: Rule = Rule { check: site_bucket, schema: site_bucket_schema };
pub(super) const TABLE: Rule = Rule { check: table, schema: || TABLE_LETTERS.schema() };
pub(super) const FUNCTION: Rule = Rule { check: function, schema: || FUNCTION_LETTERS.schema() };
/// Roles and users.
pub(super) const IAM_NAME: Rule = Rule { check: iam_name, schema: || IAM_LETTERS.schema() };
pub(super) const TITLE: Rule = Rule { check: title, schema: title_schema };
pub(super) const FOLDER: Rule = Rule { check: folder, schema: folder_schema };

/// Characters that a name may consist of, and how many of them.
struct Letters {
    is_letter: fn(char) -> bool,
    /// The same as `is_letter`, inside the brackets of a regular expression.
    class: &'static str,
    /// What else may stand in it.
    signs: &'static str,
    length: RangeInclusive<usize>,
}

const LOWER: &str = "a-z0-9";
const ALPHANUMERIC: &str = "A-Za-z0-9";

const NAME_LETTERS: Letters = Letters { is_letter: is_lower, class: LOWER, signs: "-", length: 3..=20 };
/// With the shortest name still at most 28 in all.
const STAGE_LETTERS: Letters = Letters { is_letter: is_lower, class: LOWER, signs: "-", length: 1..=24 };
const BUCKET_LETTERS: Letters = Letters { is_letter: is_lower, class: LOWER, signs: ".-", length: 3..=63 };
const TABLE_LETTERS: Letters = Letters { is_letter: is_alphanumeric, class: ALPHANUMERIC, signs: "_.-", length: 3..=255 };
const FUNCTION_LETTERS: Letters = Letters { is_letter: is_alphanumeric, class: ALPHANUMERIC, signs: "-_", length: 1..=64 };
const IAM_LETTERS: Letters = Letters { is_letter: is_alphanumeric, class: ALPHANUMERIC, signs: "_+=,.@-", length: 1..=64 };

impl Letters {
    /// What is wrong with the characters of `text`, or with their number.
    fn refusal(&self, text: &str) -> Option<String> {
        match text.chars().find(|character| !(self.is_letter)(*character) && !self.signs.contains(*character)) {
            Some(' ') => Some("has a space".to_owned()),
            Some(stranger) => Some(format!("has {}", quote(&stranger.to_string()))),
            None => length(text, &self.length),
        }
    }

    fn schema(&self) -> Value {
        let signs = self.signs.replace('-', r"\-");
        let pattern = format!("^[{}{signs}]*$", self.class);
        json!({ "minLength": self.length.start(), "maxLength": self.length.end(), "pattern": pattern })
    }

    /// The same, with more that must hold.
    fn schema_and(&self, more: &[Value]) -> Value {
        let mut schema = self.schema();
        schema["allOf"] = more.into();
        schema
    }
}

/// What must not match.
pub(super) fn not(pattern: &str) -> Value {
    json!({ "not": { "pattern": pattern } })
}

/// Starts that S3 keeps for itself.
const RESERVED_BUCKET_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// Ends that S3 keeps for aliases and for other kinds of bucket.
const RESERVED_BUCKET_SUFFIXES: [&str; 6] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

/// The gallery's name: the start of all other names, so it must suit the strictest of them (a bucket), and at 20
/// characters the longest derived name still fits.
fn gallery_name(text: &str) -> Result<(), Message> {
    let refusal = NAME_LETTERS.refusal(text).or_else(|| {
        if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
            Some("must start with a letter".to_owned())
        } else if text.ends_with('-') {
            Some("must end with a letter or a digit".to_owned())
        } else {
            reserved_prefix(text)
        }
    });
    answer("name", text, refusal, "3 to 20 lower-case letters, digits and hyphens, first a letter, last no hyphen")
}

/// Checks a gallery's name that does not come from `gallery.yaml`.
///
/// # Errors
/// One sentence that says what is wrong and what is allowed.
pub fn check_name(name: &str) -> Result<(), String> {
    gallery_name(name).map_err(Message::sentence)
}

fn gallery_name_schema() -> Value {
    NAME_LETTERS.schema_and(&[json!({ "pattern": "^[a-z]" }), json!({ "pattern": "[^-]$" }), not(&reserved_prefixes())])
}

/// A stage: the end of the gallery's name, and inside all others.
fn stage(text: &str) -> Result<(), Message> {
    let refusal = STAGE_LETTERS.refusal(text).or_else(|| {
        (text.starts_with('-') || text.ends_with('-')).then(|| "must start and end with a letter or a digit".to_owned())
    });
    answer("stage", text, refusal, "1 to 24 lower-case letters, digits and hyphens, first and last a letter or a digit")
}

/// Checks a stage that does not come from `gallery.yaml`.
///
/// # Errors
/// One sentence that says what is wrong and what is allowed.
pub fn check_stage(stage_name: &str) -> Result<(), String> {
    stage(stage_name).map_err(Message::sentence)
}

fn stage_schema() -> Value {
    STAGE_LETTERS.schema_and(&[json!({ "pattern": "^[^-]" }), json!({ "pattern": "[^-]$" })])
}

/// Twelve digits. Written without quotes they are a number to YAML; the reader hands over the text as it stands.
fn account(text: &str) -> Result<(), Message> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.len() == 12 && digits == text {
        return Ok(());
    }
    let message = Message::new(format!("{} is not an AWS account id", quote(text)), "an account id has exactly 12 digits");
    Err(if digits.len() == 12 {
        message.help(format!("did you mean `\"{digits}\"`?"))
    } else {
        message.help("`aws sts get-caller-identity` shows the account of the credentials in use")
    })
}

/// Without quotes it is a number to an editor, and has lost the zeros that it began with.
fn account_schema() -> Value {
    json!({ "pattern": "^[0-9]{12}$", "minimum": 0, "maximum": 999_999_999_999_u64 })
}

fn bucket(text: &str) -> Result<(), Message> {
    let edge = |character: char| is_lower(character);
    let refusal = BUCKET_LETTERS.refusal(text).or_else(|| {
        if !(text.starts_with(edge) && text.ends_with(edge)) {
            Some("must start and end with a letter or a digit".to_owned())
        } else if text.contains("..") {
            Some("two dots in a row".to_owned())
        } else if text.parse::<std::net::Ipv4Addr>().is_ok() {
            Some("looks like an IP address".to_owned())
        } else {
            reserved_prefix(text).or_else(|| {
                let suffix = RESERVED_BUCKET_SUFFIXES.into_iter().find(|suffix| text.ends_with(suffix))?;
                Some(format!("S3 keeps names that end in `{suffix}` for itself"))
            })
        }
    });
    answer(
        "bucket name",
        text,
        refusal,
        "3 to 63 lower-case letters, digits, hyphens and dots, first and last a letter or a digit",
    )
}

fn bucket_schema() -> Value {
    const BYTE: &str = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    BUCKET_LETTERS.schema_and(&[
        json!({ "pattern": "^[^.-].*[^.-]$" }),
        not(r"\.\."),
        not(&format!(r"^({BYTE}\.){{3}}{BYTE}$")),
        not(&reserved_prefixes()),
        not(&format!("({})$", RESERVED_BUCKET_SUFFIXES.map(|suffix| suffix.replace('.', r"\.")).join("|"))),
    ])
}

/// The page needs an origin of its own, and S3 gives none to names with a dot: TLS covers one label only (U10).
fn site_bucket(text: &str) -> Result<(), Message> {
    bucket(text)?;
    let refusal = text.contains('.').then(|| "a dot would make the page share its origin with other buckets".to_owned());
    answer("bucket name for a page", text, refusal, "3 to 63 lower-case letters, digits and hyphens")
}

fn site_bucket_schema() -> Value {
    let mut schema = bucket_schema();
    if let Some(all) = schema["allOf"].as_array_mut() {
        all.push(not(r"\."));
    }
    schema
}

fn table(text: &str) -> Result<(), Message> {
    answer("table name", text, TABLE_LETTERS.refusal(text), "3 to 255 letters, digits, `_`, `.` and `-`")
}

fn function(text: &str) -> Result<(), Message> {
    answer("function name", text, FUNCTION_LETTERS.refusal(text), "1 to 64 letters, digits, `-` and `_`")
}

fn iam_name(text: &str) -> Result<(), Message> {
    answer("IAM name", text, IAM_LETTERS.refusal(text), "1 to 64 letters, digits and `_+=,.@-`")
}

/// The page's title: shown as text, so everything may stand in it that can be seen.
fn title(text: &str) -> Result<(), Message> {
    let refusal = if text.trim().is_empty() {
        Some("is empty".to_owned())
    } else if text.chars().any(char::is_control) {
        Some("has a line break or another control character".to_owned())
    } else {
        length(text, &TITLE_LENGTH)
    };
    answer("title", text, refusal, "1 to 100 characters on one line")
}

const TITLE_LENGTH: RangeInclusive<usize> = 1..=100;

fn title_schema() -> Value {
    json!({ "maxLength": TITLE_LENGTH.end(), "pattern": r"^[^\p{Cc}]*$", "allOf": [{ "pattern": r"\P{White_Space}" }] })
}

/// A folder; whether it is there is looked up later, since that depends on where the file lies.
fn folder(text: &str) -> Result<(), Message> {
    let refusal = if text.trim().is_empty() {
        Some("is empty".to_owned())
    } else {
        text.contains('\0').then(|| "has a NUL character".to_owned())
    };
    answer("folder", text, refusal, "the path of a folder, relative to the folder of this file")
}

fn folder_schema() -> Value {
    json!({ "pattern": r"\P{White_Space}", "allOf": [not(r"\u0000")] })
}

fn answer(what: &str, text: &str, refusal: Option<String>, allowed: &str) -> Result<(), Message> {
    match refusal {
        None => Ok(()),
        Some(label) => {
            Err(Message::new(format!("{what} {} is not allowed", quote(text)), label).help(format!("allowed: {allowed}")))
        }
    }
}

fn length(text: &str, allowed: &RangeInclusive<usize>) -> Option<String> {
    let length = text.chars().count();
    if length == 0 {
        Some("is empty".to_owned())
    } else if length < *allowed.start() {
        Some(format!("is shorter than {} characters", allowed.start()))
    } else {
        (length > *allowed.end()).then(|| format!("has {length} characters, {} at most", allowed.end()))
    }
}

fn reserved_prefix(text: &str) -> Option<String> {
    let prefix = RESERVED_BUCKET_PREFIXES.into_iter().find(|prefix| text.starts_with(prefix))?;
    Some(format!("S3 keeps names that start with `{prefix}` for itself"))
}

fn reserved_prefixes() -> String {
    format!("^({})", RESERVED_BUCKET_PREFIXES.join("|"))
}

fn is_lower(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

fn is_alphanumeric(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: Rule, allowed: &[&str], refused: &[(&str, &str)]) {
        for text in allowed {
            assert_eq!((rule.check)(text), Ok(()));
        }
        for (text, label) in refused {
            assert_eq!((rule.check)(text).map_err(|message| message.label), Err((*label).to_owned()), "{text}");
        }
    }

    #[test]
    fn gallery_names() {
        let refused = [
            ("ab", "is shorter than 3 characters"),
            ("abcdefghijklmnopqrstu", "has 21 characters, 20 at most"),
            ("Holiday", "has `H`"),
            ("my gallery", "has a space"),
            ("a_b", "has `_`"),
            ("1ab", "must start with a letter"),
            ("ab-", "must end with a letter or a digit"),
            ("xn--ab", "S3 keeps names that start with `xn--` for itself"),
            ("sthree-ab", "S3 keeps names that start with `sthree-` for itself"),
            ("amzn-s3-demo-a", "S3 keeps names that start with `amzn-s3-demo-` for itself"),
        ];
        check(GALLERY_NAME, &["abc", "holiday", "a-1", "a--b", "abcdefghijklmnopqrst"], &refused);
    }

    #[test]
    fn stages() {
        let refused = [
            ("", "is empty"),
            ("abcdefghijklmnopqrstuvwxy", "has 25 characters, 24 at most"),
            ("PR-1", "has `P`"),
            ("pr/1", "has `/`"),
            ("-a", "must start and end with a letter or a digit"),
            ("a-", "must start and end with a letter or a digit"),
        ];
        check(STAGE, &["a", "1", "pr-123", "staging", "abcdefghijklmnopqrstuvwx"], &refused);
    }

    #[test]
    fn accounts() {
        let label = "an account id has exactly 12 digits";
        check(
            ACCOUNT,
            &["123456789012", "000000000001"],
            &[("12345678901", label), ("1234567890123", label), ("12345678901x", label)],
        );
        let help = account("1234-5678-9012").expect_err("it has hyphens").help;
        assert_eq!(help.as_deref(), Some("did you mean `\"123456789012\"`?"));
    }

    #[test]
    fn buckets() {
        let long = "a".repeat(64);
        let mut refused = vec![
            ("ab", "is shorter than 3 characters"),
            (&long, "has 64 characters, 63 at most"),
            ("My-bucket", "has `M`"),
            ("my_bucket", "has `_`"),
            ("bücket", "has `ü`"),
            ("-ab", "must start and end with a letter or a digit"),
            ("ab.", "must start and end with a letter or a digit"),
            ("a..b", "two dots in a row"),
            ("192.168.1.1", "looks like an IP address"),
            ("xn--a", "S3 keeps names that start with `xn--` for itself"),
            ("sthree-a", "S3 keeps names that start with `sthree-` for itself"),
            ("amzn-s3-demo-a", "S3 keeps names that start with `amzn-s3-demo-` for itself"),
        ];
        let endings = RESERVED_BUCKET_SUFFIXES
            .map(|suffix| (format!("bucket{suffix}"), format!("S3 keeps names that end in `{suffix}` for itself")));
        refused.extend(endings.iter().map(|(name, label)| (name.as_str(), label.as_str())));
        check(BUCKET, &["abc", "1.2.3", "my-bucket", "a--b", "photos.example.com", &"a".repeat(63)], &refused);
    }

    #[test]
    fn tables_functions_and_iam_names() {
        check(TABLE, &["a_b", "My.Table-1"], &[("ab", "is shorter than 3 characters"), ("a/b", "has `/`")]);
        check(FUNCTION, &["f", "My_Function-1"], &[("", "is empty"), ("a.b", "has `.`")]);
        check(IAM_NAME, &["r", "a_b+c=d,e.f@g-h"], &[("", "is empty"), ("a/b", "has `/`"), ("é", "has `é`")]);
        let long = "f".repeat(65);
        for rule in [FUNCTION, IAM_NAME] {
            check(rule, &[], &[(&long, "has 65 characters, 64 at most")]);
        }
    }

    #[test]
    fn titles_and_folders() {
        let long = "é".repeat(101);
        let refused = [
            ("", "is empty"),
            (" ", "is empty"),
            ("a\nb", "has a line break or another control character"),
            (&long, "has 101 characters, 100 at most"),
        ];
        check(TITLE, &["Gallery", "Été 日本 <3"], &refused);
        check(FOLDER, &["./page", "../a b"], &[("", "is empty"), ("a\0", "has a NUL character")]);
    }
}
