//! Regions: the known ones, slips of the fingers, and new ones.

use serde_json::{Value, json};

use super::nearest::{nearest, one_slip};
use super::problem::{Message, quote};
use super::rules::Rule;

/// The rule for `region`.
pub(super) const RULE: Rule = Rule { check, schema };

/// Every region of every partition. Being absent is no error (AWS adds regions); being nearly one of these is.
const KNOWN: [&str; 46] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Checks a region that does not come from `gallery.yaml` but from the environment or a profile.
///
/// # Errors
/// One sentence that says what is wrong and, where there is one, names the region that was probably meant.
pub fn check_region(region: &str) -> Result<(), String> {
    check(region).map_err(Message::sentence)
}

fn check(region: &str) -> Result<(), Message> {
    if KNOWN.contains(&region) {
        return Ok(());
    }
    let unknown = Message::new(format!("region {} is not known", quote(region)), "");
    if let Some(meant) = one_slip(region, KNOWN) {
        return Err(unknown.help(format!("did you mean `{meant}`?")));
    }
    if is_plausible(region) {
        return Ok(());
    }
    Err(match nearest(region, KNOWN) {
        Some(meant) => unknown.help(format!("did you mean `{meant}`?")),
        None => unknown.help("a region looks like `eu-central-1`"),
    })
}

/// `AREA-DIRECTION-NUMBER` or `AREA-PART-DIRECTION-NUMBER`: `us-west-2`, `us-gov-west-1`, `eusc-de-east-1`.
fn is_plausible(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let Some((number, [area, words @ ..])) = parts.split_last() else { return false };
    let is_word = |word: &str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    is_word(area)
        && area.len() <= 4
        && matches!(words, [_] | [_, _])
        && words.iter().all(|word| is_word(word))
        && matches!(number.as_bytes(), [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9'])
}

/// The known ones, so that editors offer them, and every plausible one: a slip cannot be told from a new region.
fn schema() -> Value {
    json!({ "anyOf": [{ "enum": KNOWN.as_slice() }, { "pattern": "^[a-z]{2,4}(-[a-z]{2,}){1,2}-[1-9][0-9]?$" }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_regions_pass() {
        for region in KNOWN {
            assert!(is_plausible(region), "{region}");
            assert_eq!(check(region), Ok(()));
        }
    }

    #[test]
    fn a_new_region_passes() {
        for region in ["nz-south-1", "us-iso-central-12", "xy-zw-north-3"] {
            assert_eq!(check(region), Ok(()));
        }
    }

    #[test]
    fn one_slip_from_a_known_region_is_refused() {
        for (slip, meant) in [
            ("eu-centrl-1", "eu-central-1"),
            ("us-wset-2", "us-west-2"),
            ("us-west-2a", "us-west-2"),
            ("us-west2", "us-west-2"),
            ("eu-west-11", "eu-west-1"),
            ("US-WEST-2", "us-west-2"),
            ("us_west_2", "us-west-2"),
        ] {
            let expected = format!("region `{slip}` is not known; did you mean `{meant}`?");
            assert_eq!(check_region(slip), Err(expected));
        }
    }

    #[test]
    fn what_is_no_region_is_refused() {
        for text in ["", "oregon", "local", "Frankfurt", "xx-yy", "xx-yy-zz-north-1", "xx-yy-0", "xx-y1-1", "-xx-yy-1"] {
            let expected = format!("region {} is not known; a region looks like `eu-central-1`", quote(text));
            assert_eq!(check_region(text), Err(expected));
        }
    }
}
