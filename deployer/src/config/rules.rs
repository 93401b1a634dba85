//! What a name may look like (aws-behaviours §9). A rule gets the text of a value and says what is wrong with it.

use super::problem::{Message, quote};

pub(super) type Rule = fn(&str) -> Result<(), Message>;

/// Starts that S3 keeps for itself.
const RESERVED_BUCKET_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// Ends that S3 keeps for aliases and for other kinds of bucket.
const RESERVED_BUCKET_SUFFIXES: [&str; 6] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

/// The gallery's name: the start of all other names, so it must suit the strictest of them (a bucket), and at 20
/// characters the longest derived name still fits.
pub(super) fn gallery_name(text: &str) -> Result<(), Message> {
    let lengths_and_signs = letters(text, 3, 20, "-", is_lower);
    let refusal = lengths_and_signs.err().or_else(|| {
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

/// Twelve digits. Written without quotes they are a number to YAML; the reader hands over the text as it stands.
pub(super) fn account(text: &str) -> Result<(), Message> {
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

pub(super) fn bucket(text: &str) -> Result<(), Message> {
    let edge = |character: char| is_lower(character);
    let refusal = letters(text, 3, 63, ".-", is_lower).err().or_else(|| {
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

/// The page needs an origin of its own, and S3 gives none to names with a dot: TLS covers one label only (U10).
pub(super) fn site_bucket(text: &str) -> Result<(), Message> {
    bucket(text)?;
    let refusal = text.contains('.').then(|| "a dot would make the page share its origin with other buckets".to_owned());
    answer("bucket name for a page", text, refusal, "3 to 63 lower-case letters, digits and hyphens")
}

pub(super) fn table(text: &str) -> Result<(), Message> {
    answer("table name", text, letters(text, 3, 255, "_.-", is_alphanumeric).err(), "3 to 255 letters, digits, `_`, `.` and `-`")
}

pub(super) fn function(text: &str) -> Result<(), Message> {
    answer("function name", text, letters(text, 1, 64, "-_", is_alphanumeric).err(), "1 to 64 letters, digits, `-` and `_`")
}

/// Roles and users.
pub(super) fn iam_name(text: &str) -> Result<(), Message> {
    let refusal = letters(text, 1, 64, "_+=,.@-", is_alphanumeric).err();
    answer("IAM name", text, refusal, "1 to 64 letters, digits and `_+=,.@-`")
}

/// The page's title: shown as text, so everything may stand in it that can be seen.
pub(super) fn title(text: &str) -> Result<(), Message> {
    let refusal = if text.trim().is_empty() {
        Some("is empty".to_owned())
    } else if text.chars().any(char::is_control) {
        Some("has a line break or another control character".to_owned())
    } else {
        length(text, 1, 100)
    };
    answer("title", text, refusal, "1 to 100 characters on one line")
}

/// A folder; whether it is there is looked up later, since that depends on where the file lies.
pub(super) fn folder(text: &str) -> Result<(), Message> {
    let refusal = if text.trim().is_empty() {
        Some("is empty".to_owned())
    } else {
        text.contains('\0').then(|| "has a NUL character".to_owned())
    };
    answer("folder", text, refusal, "the path of a folder, relative to the folder of this file")
}

fn answer(what: &str, text: &str, refusal: Option<String>, allowed: &str) -> Result<(), Message> {
    match refusal {
        None => Ok(()),
        Some(label) => {
            Err(Message::new(format!("{what} {} is not allowed", quote(text)), label).help(format!("allowed: {allowed}")))
        }
    }
}

/// Length and signs of a name; `Err` says what is wrong.
fn letters(text: &str, shortest: usize, longest: usize, signs: &str, letter: fn(char) -> bool) -> Result<(), String> {
    match text.chars().find(|character| !letter(*character) && !signs.contains(*character)) {
        Some(' ') => Err("has a space".to_owned()),
        Some(stranger) => Err(format!("has {}", quote(&stranger.to_string()))),
        None => length(text, shortest, longest).map_or(Ok(()), Err),
    }
}

fn length(text: &str, shortest: usize, longest: usize) -> Option<String> {
    let length = text.chars().count();
    if length == 0 {
        Some("is empty".to_owned())
    } else if length < shortest {
        Some(format!("is shorter than {shortest} characters"))
    } else {
        (length > longest).then(|| format!("has {length} characters, {longest} at most"))
    }
}

fn reserved_prefix(text: &str) -> Option<String> {
    let prefix = RESERVED_BUCKET_PREFIXES.into_iter().find(|prefix| text.starts_with(prefix))?;
    Some(format!("S3 keeps names that start with `{prefix}` for itself"))
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
            assert_eq!(rule(text), Ok(()));
        }
        for (text, label) in refused {
            assert_eq!(rule(text).map_err(|message| message.label), Err((*label).to_owned()), "{text}");
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
        check(gallery_name, &["abc", "holiday", "a-1", "a--b", "abcdefghijklmnopqrst"], &refused);
    }

    #[test]
    fn accounts() {
        let label = "an account id has exactly 12 digits";
        check(
            account,
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
        check(bucket, &["abc", "1.2.3", "my-bucket", "a--b", "photos.example.com", &"a".repeat(63)], &refused);
    }

    #[test]
    fn tables_functions_and_iam_names() {
        check(table, &["a_b", "My.Table-1"], &[("ab", "is shorter than 3 characters"), ("a/b", "has `/`")]);
        check(function, &["f", "My_Function-1"], &[("", "is empty"), ("a.b", "has `.`")]);
        check(iam_name, &["r", "a_b+c=d,e.f@g-h"], &[("", "is empty"), ("a/b", "has `/`"), ("é", "has `é`")]);
        let long = "f".repeat(65);
        for rule in [function, iam_name] {
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
        check(title, &["Gallery", "Été 日本 <3"], &refused);
        check(folder, &["./page", "../a b"], &[("", "is empty"), ("a\0", "has a NUL character")]);
    }
}
