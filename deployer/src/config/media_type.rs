//! The types of picture that the page accepts.

use serde_json::{Value, json};

use super::nearest::one_slip;
use super::problem::{Message, quote};
use super::rules::{Rule, not};

/// File endings that are taken for types.
const ALSO_KNOWN_AS: [(&str, &str); 2] = [("image/jpg", "image/jpeg"), ("image/tif", "image/tiff")];

/// The rule for an item of `images.accepted_types`: `image/TYPE`, and a type that cannot run scripts (U11).
pub(super) const RULE: Rule = Rule { check, schema };

/// What browsers and cameras write today; another name passes unless it is one slip away from one of these.
const KNOWN: [&str; 11] = [
    "image/apng",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/heif",
    "image/jpeg",
    "image/jxl",
    "image/png",
    "image/tiff",
    "image/webp",
];

fn check(text: &str) -> Result<(), Message> {
    let refused = |label: &str| Message::new(format!("{} cannot be accepted", quote(text)), label);
    if KNOWN.contains(&text) {
        return Ok(());
    }
    let name = match text.split_once('/') {
        Some(("image", name)) => name,
        Some((kind, _)) if kind.eq_ignore_ascii_case("image") => {
            return Err(refused("media types are written in lower case"));
        }
        Some(_) => return Err(refused("is not a type of image")),
        None => {
            let written = format!("image/{}", text.trim_start_matches('.').to_ascii_lowercase());
            let meant = known_name(&written);
            let message = refused("is not written as `image/TYPE`");
            return Err(if KNOWN.contains(&meant) { message.help(format!("did you mean `{meant}`?")) } else { message });
        }
    };
    if name == "*" {
        return Err(refused("would let in types that run scripts").help("list the types, for example `image/jpeg`"));
    }
    if !is_token(name) {
        return Err(refused("is not a media type").help("letters, digits and `.+-` in lower case, for example `image/jpeg`"));
    }
    // SVG, and whatever else is XML: it runs scripts when it is opened by itself (U11).
    if name == "svg" || name.ends_with("xml") {
        return Err(refused("a picture of this type can run scripts").help("accept raster types only"));
    }
    let meant = known_name(text);
    if meant != text {
        return Err(refused("is not a media type").help(format!("did you mean `{meant}`?")));
    }
    Ok(())
}

/// The known ones, so that editors offer them, and everything else that could be one: a slip cannot be told from a new type.
fn schema() -> Value {
    json!({
        "anyOf": [{ "enum": KNOWN.as_slice() }, { "pattern": r"^image/[a-z0-9][a-z0-9.+\-]*$" }],
        "allOf": [not("^image/svg$"), not("xml$"), { "not": { "enum": ALSO_KNOWN_AS.map(|(other, _)| other) } }],
    })
}

/// The known type that `text` stands for, or `text` itself.
fn known_name(text: &str) -> &str {
    if KNOWN.contains(&text) {
        return text;
    }
    let other_name = ALSO_KNOWN_AS.into_iter().find(|(other, _)| *other == text).map(|(_, name)| name);
    other_name.or_else(|| one_slip(text, KNOWN)).unwrap_or(text)
}

fn is_token(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".+-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raster_types_pass() {
        for text in KNOWN.into_iter().chain(["image/x-icon", "image/vnd.microsoft.icon", "image/qoi-2"]) {
            assert_eq!(check(text), Ok(()));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (text, label, help) in [
            ("image/svg+xml", "a picture of this type can run scripts", Some("accept raster types only")),
            ("image/svg", "a picture of this type can run scripts", Some("accept raster types only")),
            ("image/*", "would let in types that run scripts", Some("list the types, for example `image/jpeg`")),
            ("text/html", "is not a type of image", None),
            ("Image/png", "media types are written in lower case", None),
            ("jpg", "is not written as `image/TYPE`", Some("did you mean `image/jpeg`?")),
            (".PNG", "is not written as `image/TYPE`", Some("did you mean `image/png`?")),
            ("*", "is not written as `image/TYPE`", None),
            ("svg", "is not written as `image/TYPE`", None),
            ("image/jpg", "is not a media type", Some("did you mean `image/jpeg`?")),
            ("image/wepb", "is not a media type", Some("did you mean `image/webp`?")),
            ("image/png; a=b", "is not a media type", Some("letters, digits and `.+-` in lower case, for example `image/jpeg`")),
            ("image/", "is not a media type", Some("letters, digits and `.+-` in lower case, for example `image/jpeg`")),
        ] {
            let message = check(text).expect_err(text);
            assert_eq!((message.label.as_str(), message.help.as_deref()), (label, help), "{text}");
        }
    }
}
