//! What no single value shows: keys that depend on each other, and the page's folder.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::model::Config;
use super::origin;
use super::problem::{Findings, Message, quote};
use super::reader::{Item, Reader};
use super::schema;

/// `"*"` lets every page on the web use the bucket; a second key must say that this is meant.
pub(super) fn any_origin(origins: &[Item], allowed: bool, findings: &mut Findings) {
    for item in origins.iter().filter(|item| !allowed && origin::is_any(&item.text)) {
        let message = Message::new(format!("{} lets every page on the web use the images bucket", quote(&item.text)), "");
        findings.add(&item.span, message.help("name the origins, or say `allow_any_origin: true` if this is meant"));
    }
}

/// The same for editors.
pub(super) fn any_origin_schema() -> Value {
    let (allow, origins) = (schema::ALLOW_ANY_ORIGIN.name, schema::CORS_ORIGINS.name);
    json!({
        "if": { "properties": { allow: { "const": true } }, "required": [allow] },
        "else": { "properties": { origins: { "items": { "not": { "pattern": origin::ANY } } } } },
    })
}

/// The absolute path of `site.dir`, which stands relative to the file. `None` when it cannot be the page.
pub(super) fn site_dir(dir: &str, site: &Reader<'_>, findings: &mut Findings) -> Option<PathBuf> {
    let beside = findings.path().parent().map_or_else(|| PathBuf::from(dir), |folder| folder.join(dir));
    let message = if !beside.is_dir() {
        let message = Message::new(format!("there is no folder {}", quote(dir)), "relative to the folder of this file");
        if dir.starts_with('~') { message.help("`~` is not expanded here: write the whole path") } else { message }
    } else if !beside.join("index.html").is_file() {
        let message = Message::new(format!("the folder {} is not a page", quote(dir)), "has no `index.html`");
        message.help("name the folder with the built page, often `dist`")
    } else {
        match std::path::absolute(&beside) {
            Ok(absolute) => return Some(absolute),
            Err(error) => Message::new(format!("the path of the folder {} cannot be found", quote(dir)), error.to_string()),
        }
    };
    findings.add(&site.span(schema::DIR.name).unwrap_or_default(), message);
    None
}

/// One bucket cannot be both: an uploaded file would share the page's origin. Also finds one whose given name is what the
/// other would get by default.
pub(super) fn bucket_collision(config: &Config, images: &Reader<'_>, site: &Reader<'_>, findings: &mut Findings) {
    let name = config.full_name();
    let is_default = |bucket: &str, kind: &str| {
        let rest = bucket.strip_prefix(&name).and_then(|rest| rest.strip_prefix(kind));
        let Some((account, region)) = rest.and_then(|rest| rest.split_once('-')) else { return false };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        is_account
            && config.account.as_ref().is_none_or(|own| own == account)
            && config.region.as_ref().is_none_or(|own| own == region)
    };
    let (clash, at) = match (&config.images.bucket, &config.site.bucket) {
        (Some(one), Some(other)) => (one == other, site.span(schema::SITE_BUCKET.name)),
        (None, Some(other)) => (is_default(other, "-images-"), site.span(schema::SITE_BUCKET.name)),
        (Some(one), None) => (is_default(one, "-site-"), images.span(schema::IMAGES_BUCKET.name)),
        (None, None) => return,
    };
    if clash {
        let message = Message::new("images and page would share one bucket", "the same name as the other bucket");
        findings.add(
            &at.unwrap_or_default(),
            message.help("an uploaded file must never share the page's origin: choose another name"),
        );
    }
}
