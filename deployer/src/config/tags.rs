//! Tags that go on everything (aws-behaviours §9).

use super::problem::{Message, quote};

/// AWS takes 50 tags per resource; three of them are ours.
pub(super) const MOST: usize = 47;

/// Starts of keys that are taken, by AWS and by us. IAM does not tell upper from lower case, so neither do we.
const RESERVED: [(&str, &str); 2] = [("aws:", "AWS"), ("gallery-deploy:", "gallery-deploy")];

/// The rule for a tag's key.
pub(super) fn check_key(key: &str) -> Result<(), Message> {
    let folded = key.to_ascii_lowercase();
    if let Some((prefix, owner)) = RESERVED.into_iter().find(|(prefix, _)| folded.starts_with(prefix)) {
        let label = format!("keys that start with `{prefix}` belong to {owner}");
        return Err(Message::new(format!("tag key {} is reserved", quote(key)), label).help("use another key"));
    }
    check("tag key", key, 1, 128)
}

/// The rule for a tag's value.
pub(super) fn check_value(value: &str) -> Result<(), Message> {
    check("tag value", value, 0, 256)
}

fn check(what: &str, text: &str, shortest: usize, longest: usize) -> Result<(), Message> {
    let length = text.chars().count();
    let stranger = text.chars().find(|character| !(character.is_alphanumeric() || " _.:/=+-@".contains(*character)));
    let label = match stranger {
        Some(stranger) => format!("has {}", quote(&stranger.to_string())),
        None if length < shortest => "is empty".to_owned(),
        None if length > longest => format!("has {length} characters, {longest} at most"),
        None => return Ok(()),
    };
    let message = Message::new(format!("{what} {} is not allowed", quote(text)), label);
    Err(message.help(format!("allowed: {shortest} to {longest} letters, digits, spaces and `_.:/=+-@`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_aws_takes_pass() {
        for key in ["team", "cost center", "été", "a_b.c:d/e=f+g-h@i", "awsome", &"k".repeat(128)] {
            assert_eq!(check_key(key), Ok(()));
        }
        for value in ["", "日本", &"v".repeat(256)] {
            assert_eq!(check_value(value), Ok(()));
        }
    }

    #[test]
    fn reserved_keys_are_refused_in_any_case() {
        for key in ["aws:a", "AWS:a", "gallery-deploy:gallery", "Gallery-Deploy:x"] {
            let message = check_key(key).expect_err(key);
            assert_eq!(message.summary, format!("tag key `{key}` is reserved"));
        }
    }

    #[test]
    fn tags_that_aws_refuses_are_refused() {
        let label = |result: Result<(), Message>| result.expect_err("refused").label;
        assert_eq!(label(check_key("")), "is empty");
        assert_eq!(label(check_key("a,b")), "has `,`");
        assert_eq!(label(check_key(&"k".repeat(129))), "has 129 characters, 128 at most");
        assert_eq!(label(check_value("a\nb")), r"has `\n`");
        assert_eq!(label(check_value(&"v".repeat(257))), "has 257 characters, 256 at most");
    }
}
