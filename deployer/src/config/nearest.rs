//! "did you mean".

/// Words less alike than this are not offered. At 0.8, `max_mb` still finds `max_size_mib`, and `colour` finds nothing.
const ALIKE: f64 = 0.8;

/// Characters. What is longer than twice the longest of our words is not one of them with a slip, and would take long to compare.
const LONGEST: usize = 64;

/// The candidate that was most likely meant by `word`; case, hyphens and underscores do not count.
pub(super) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if word.chars().nth(LONGEST).is_some() {
        return None;
    }
    let word = folded(word);
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &folded(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// The known word that `word` differs from by one slip of the fingers: a letter too many, too few or wrong, or two swapped.
pub(super) fn one_slip<'c>(word: &str, known: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if word.chars().nth(LONGEST).is_some() {
        return None;
    }
    known.into_iter().find(|candidate| strsim::osa_distance(word, candidate) == 1)
}

fn folded(word: &str) -> String {
    word.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_habits_and_slips_are_recognised() {
        let keys = ["max_size_mib", "index", "indexer", "versioning"];
        for (word, meant) in [
            ("max_mb", Some("max_size_mib")),
            ("max_mib", Some("max_size_mib")),
            ("maxSizeMib", Some("max_size_mib")),
            ("max-size-mib", Some("max_size_mib")),
            ("indexr", Some("indexer")),
            ("Index", Some("index")),
            ("verisoning", Some("versioning")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
    }

    #[test]
    fn one_slip_is_one() {
        let known = ["us-west-2"];
        for slip in ["us-west-", "us-west-22", "us-wset-2", "us-wast-2"] {
            assert_eq!(one_slip(slip, known), Some("us-west-2"), "{slip}");
        }
        assert_eq!(one_slip("us-west-2", known), None);
        assert_eq!(one_slip(&"us-west-2".repeat(1000), known), None);
        assert_eq!(one_slip("us-east-22", known), None);
    }
}
