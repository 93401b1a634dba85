//! Small words about numbers.

/// `1 file`, `2 files`, `3 galleries`.
pub(crate) fn plural(count: usize, word: &str) -> String {
    counted(u64::try_from(count).unwrap_or(u64::MAX), word)
}

/// `1 image`, `1,204 images`, `3 galleries`.
pub(crate) fn counted(number: u64, word: &str) -> String {
    if number == 1 {
        return format!("1 {word}");
    }
    // `gallery` is the one word with an ending of its own.
    let words = word.strip_suffix("ry").map_or_else(|| format!("{word}s"), |stem| format!("{stem}ries"));
    format!("{} {words}", grouped(number))
}

/// `1,204`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    Some(head.to_owned()).filter(|head| !head.is_empty()).into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// `512 bytes`, `3.4 GiB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    // In tenths, rounded down: no number of images comes near the end of it.
    let (mut tenths, mut unit) = (bytes.saturating_mul(10) / 1024, 0);
    while tenths >= 10_240 && unit + 1 < units.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", grouped(tenths / 10), tenths % 10, units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_their_number() {
        assert_eq!([0, 1, 2].map(|number| plural(number, "file")), ["0 files", "1 file", "2 files"]);
        assert_eq!([1, 1_204].map(|number| counted(number, "key")), ["1 key", "1,204 keys"]);
        assert_eq!([1, 3].map(|number| counted(number, "gallery")), ["1 gallery", "3 galleries"]);
    }

    #[test]
    fn numbers_are_grouped() {
        let text = [0, 999, 1000, 12_345, 1_234_567].map(grouped);
        assert_eq!(text, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let text = [0, 1023, 1024, 1536, 1024 * 1024 - 1, 1024 * 1024, 3_650_722_202, u64::MAX].map(size);
        let wanted = ["0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "1,023.9 KiB", "1.0 MiB", "3.4 GiB", "1,677,721.5 TiB"];
        assert_eq!(text, wanted);
    }
}
