//! Keys as listings tell them: percent-encoded where that was asked for, since XML cannot hold every character that a key can.

use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;

use super::error::{AwsError, Class};

/// A key, or the beginning of one, out of a listing that was asked for in [`EncodingType::Url`], where a space is a plus.
///
/// # Errors
/// What is no UTF-8.
pub(super) fn decoded(text: &str) -> Result<String, AwsError> {
    let plus = text.replace('+', " ");
    let decoded = percent_decode_str(&plus).decode_utf8().map(std::borrow::Cow::into_owned);
    decoded.map_err(|error| AwsError::told("s3:ListBucket", text, Class::Other, "BrokenKey", &error.to_string()))
}

/// The same, where `encoding` is what the answer says of itself: some local AWS answers plainly whatever was asked for.
///
/// # Errors
/// What is no UTF-8.
pub(super) fn as_told(text: Option<String>, encoding: Option<&EncodingType>) -> Result<Option<String>, AwsError> {
    if encoding == Some(&EncodingType::Url) { text.as_deref().map(decoded).transpose() } else { Ok(text) }
}

/// Whether XML 1.0 can hold the key. A request that names another one in its body is refused as malformed, whole.
pub(super) fn fits_xml(key: &str) -> bool {
    key.chars().all(|char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S3 writes a space as a plus, others write it as `%20`.
    #[test]
    fn keys_are_decoded_as_s3_encodes_them() {
        assert_eq!(decoded("images/ro+me%20x/a%2Bb%25+%C3%A9%01.png"), Ok("images/ro me x/a+b% é\u{1}.png".to_owned()));
        assert!(decoded("images/rome/%FF").is_err());
    }

    #[test]
    fn what_is_not_encoded_is_left_as_it_is() {
        let told = |encoding: Option<&EncodingType>| as_told(Some("a+b%2B".into()), encoding).expect("a key").expect("a key");
        assert_eq!((told(None), told(Some(&EncodingType::Url))), ("a+b%2B".to_owned(), "a b+".to_owned()));
    }

    #[test]
    fn xml_holds_no_control_characters() {
        for key in ["images/rome/a b.png", "tab\tline\n\r", "日本 🏛", "\u{fffd}"] {
            assert!(fits_xml(key), "{key:?}");
        }
        for key in ["\u{1}", "a\u{0}", "\u{b}", "\u{1f}b", "\u{fffe}", "\u{ffff}"] {
            assert!(!fits_xml(key), "{key:?}");
        }
    }
}
