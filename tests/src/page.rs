//! What the page knows and does: its published configuration, and the index as it queries it.

use serde_json::{Value, json};

use crate::{Aws, Http, Key};

/// `config.json` beside the page.
#[derive(Debug)]
pub struct PageConfig(pub Value);

/// One picture, as the index has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    pub file_path: String,
    pub size: u64,
    pub etag: String,
    pub uploaded_at: String,
}

impl PageConfig {
    /// Reads it as the page at `site_url` does.
    pub fn read(http: &Http, site_url: &str) -> Self {
        let url = site_url.replace("/index.html", "/config.json");
        let answer = http.get(&url);
        assert_eq!(answer.status, 200, "{url}: {}", answer.text());
        Self(serde_json::from_str(answer.text()).unwrap())
    }

    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name} in {}", self.0))
    }

    /// The key that is published with the page.
    pub fn key(&self) -> Key {
        Key { id: self.text("access_key_id").to_owned(), secret: self.text("secret_access_key").to_owned() }
    }

    /// The pictures of a gallery in the order of the index, asked for with the page's own key.
    pub fn gallery(&self, aws: &Aws, gallery: &str) -> Vec<IndexEntry> {
        let values = json!({ ":gallery": { "S": gallery } }).to_string();
        let answer = aws.with_key(&self.key()).call(&[
            "dynamodb",
            "query",
            "--table-name",
            self.text("table"),
            "--key-condition-expression",
            "gallery = :gallery",
            "--filter-expression",
            "attribute_not_exists(#hidden)",
            "--expression-attribute-names",
            r##"{"#hidden":"hidden"}"##,
            "--expression-attribute-values",
            &values,
        ]);
        answer["Items"].as_array().unwrap().iter().map(IndexEntry::new).collect()
    }
}

impl IndexEntry {
    fn new(item: &Value) -> Self {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_else(|| panic!("{name} in {item}")).to_owned();
        Self {
            file_path: text("file_path"),
            size: item["size"]["N"].as_str().unwrap().parse().unwrap(),
            etag: text("etag"),
            uploaded_at: text("uploaded_at"),
        }
    }
}
