//! The list of an account's galleries.

use super::style::{STRONG, paint};
use crate::deployed::Deployed;
use crate::place::Place;

/// A table, ending in a line break: one gallery a line, its page last.
pub(super) fn galleries_text(galleries: &[Deployed], place: &Place) -> String {
    if galleries.is_empty() {
        return "No gallery is deployed in this account.\n".to_owned();
    }
    let head = ["GALLERY", "NAME", "STAGE", "REGION", "SINCE", "PAGE"].map(str::to_owned);
    let unknown = || "?".to_owned();
    let row = |gallery: &Deployed| {
        [
            gallery.full_name(),
            gallery.name.clone(),
            gallery.stage.clone().unwrap_or_else(|| "-".to_owned()),
            gallery.region.clone().unwrap_or_else(unknown),
            // The day is enough for people.
            gallery.since.as_ref().and_then(|since| since.get(..10)).map_or_else(unknown, ToOwned::to_owned),
            gallery.site_url(place).unwrap_or_else(unknown),
        ]
    };
    let rows: Vec<[String; 6]> = [head].into_iter().chain(galleries.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [0, 1, 2, 3, 4].map(width);
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  "));
        cells.collect::<String>() + &row[5]
    };
    let lines =
        rows.iter().enumerate().map(|(number, row)| if number == 0 { paint(STRONG, &line(row)) } else { line(row) } + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let place = Place { account: "123456789012".into(), region: "us-west-2".into(), endpoint: None };
        let found = |stage: Option<&str>, region: Option<&str>| Deployed {
            name: "holiday".into(),
            stage: stage.map(Into::into),
            region: region.map(Into::into),
            since: Some("2026-11-27T10:00:00Z".into()),
            site_bucket: Some("page".into()),
        };
        let text = galleries_text(&[found(None, Some("eu-west-1")), found(Some("pr-123"), None)], &place);
        let text = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(
            text,
            "GALLERY         NAME     STAGE   REGION     SINCE       PAGE\n\
             holiday         holiday  -       eu-west-1  2026-11-27  https://page.s3.eu-west-1.amazonaws.com/index.html\n\
             holiday-pr-123  holiday  pr-123  ?          2026-11-27  ?\n"
        );
    }
}
