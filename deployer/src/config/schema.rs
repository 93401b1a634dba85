//! Every key of `gallery.yaml`: its name, what it means, what it may be and what holds without it. This table is the only
//! place for that: the reader checks against it, the JSON Schema is made of it, and the sample file is compared with it by a test.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::rules::Rule;
use super::{checks, media_type, origin, region, rules, stages};
use crate::architecture::Architecture;

/// A mapping with a fixed set of keys.
#[derive(Debug)]
pub(super) struct Section {
    /// Empty for the file itself.
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) keys: &'static [Key],
    /// What its keys must fulfil together, as JSON Schema; `checks` says it in words.
    pub(super) together: Option<fn() -> Value>,
}

/// A key, by the kind of its value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    Text(&'static Text),
    Switch(&'static Switch),
    Number(&'static Number),
    Architecture(&'static Choice<Architecture>),
    List(&'static List),
    /// A mapping of keys that the user makes up to texts.
    Map(&'static Map),
    Section(&'static Section),
    /// A mapping of names that the user makes up to the keys of the file.
    Stages(&'static Stages),
}

impl Key {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text(text) => text.name,
            Self::Switch(switch) => switch.name,
            Self::Number(number) => number.name,
            Self::Architecture(choice) => choice.name,
            Self::List(list) => list.name,
            Self::Map(map) => map.name,
            Self::Section(section) => section.name,
            Self::Stages(stages) => stages.name,
        }
    }

    /// One sentence, as it stands in the sample.
    pub(super) const fn doc(self) -> &'static str {
        match self {
            Self::Text(text) => text.doc,
            Self::Switch(switch) => switch.doc,
            Self::Number(number) => number.doc,
            Self::Architecture(choice) => choice.doc,
            Self::List(list) => list.doc,
            Self::Map(map) => map.doc,
            Self::Section(section) => section.doc,
            Self::Stages(stages) => stages.doc,
        }
    }
}

#[derive(Debug)]
pub(super) struct Text {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) rule: Rule,
    pub(super) example: &'static str,
    pub(super) unset: Unset,
    /// Whether digits without quotes are taken as they stand, not as a number.
    pub(super) bare_digits: bool,
}

/// What holds when a text is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset {
    /// It must be given.
    Required,
    /// The value follows from elsewhere.
    Derived,
    Default(&'static str),
}

/// `true` or `false`.
#[derive(Debug)]
pub(super) struct Switch {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) default: bool,
}

/// A whole number.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) allowed: Allowed,
    pub(super) default: u32,
}

#[derive(Debug)]
pub(super) enum Allowed {
    Range(RangeInclusive<u32>),
    OneOf(&'static [u32]),
}

/// One of a few words.
#[derive(Debug)]
pub(super) struct Choice<T: 'static> {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) options: &'static [(&'static str, T)],
    /// Other names for the same, for "did you mean".
    pub(super) also_known_as: &'static [(&'static str, &'static str)],
    pub(super) default: T,
}

/// A list of texts without repetition.
#[derive(Debug)]
pub(super) struct List {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) rule: Rule,
    pub(super) length: RangeInclusive<usize>,
    pub(super) default: &'static [&'static str],
    /// An item.
    pub(super) example: &'static str,
}

#[derive(Debug)]
pub(super) struct Map {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) example: (&'static str, &'static str),
}

#[derive(Debug)]
pub(super) struct Stages {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) rule: Rule,
    pub(super) most: usize,
    /// A stage's name.
    pub(super) example: &'static str,
}

/// A name of something in AWS; derived from the gallery's name unless given.
const fn resource_name(name: &'static str, doc: &'static str, rule: Rule, example: &'static str) -> Text {
    Text { name, doc, rule, example, unset: Unset::Derived, bare_digits: false }
}

pub(super) static ROOT: Section = Section {
    name: "",
    doc: "Configuration of gallery-deploy.",
    keys: &[
        Key::Text(&NAME),
        Key::Text(&REGION),
        Key::Text(&ACCOUNT),
        Key::Section(&IMAGES),
        Key::Section(&INDEX),
        Key::Section(&INDEXER),
        Key::Section(&CLIENT),
        Key::Section(&SITE),
        Key::Map(&TAGS),
        Key::Stages(&STAGES),
    ],
    together: None,
};

pub(super) static NAME: Text = Text {
    name: "name",
    doc: "The gallery's name: 3-20 lower-case letters, digits and hyphens. Every resource is named after it.",
    rule: rules::GALLERY_NAME,
    example: "holiday",
    unset: Unset::Required,
    bare_digits: false,
};
pub(super) static REGION: Text = Text {
    name: "region",
    doc: "Where it lives. Without it: AWS_REGION, or the region of the profile.",
    rule: region::RULE,
    example: "us-west-2",
    unset: Unset::Derived,
    bare_digits: false,
};
pub(super) static ACCOUNT: Text = Text {
    name: "account",
    doc: "A guard: with it, credentials of any other account are refused. 12 digits, in quotes.",
    rule: rules::ACCOUNT,
    example: "123456789012",
    unset: Unset::Derived,
    bare_digits: true,
};
pub(super) static TAGS: Map = Map {
    name: "tags",
    doc: "Tags for everything that can carry them: up to 45, KEY: VALUE. Keys that start with `aws:` or `gallery-deploy:` are taken.",
    example: ("team", "photos"),
};

pub(super) static STAGES: Stages = Stages {
    name: "stages",
    doc: "Galleries beside this one, up to 20: `--stage STAGE` deploys NAME-STAGE, with the keys that stand here below STAGE laid \
          over those of the file. A stage that does not stand here is the file as it is. A name that is set above gets -STAGE at its end.",
    rule: rules::STAGE,
    most: stages::MOST,
    example: "staging",
};

pub(super) static IMAGES: Section = Section {
    name: "images",
    doc: "The bucket with the pictures.",
    keys: &[
        Key::Text(&IMAGES_BUCKET),
        Key::Switch(&VERSIONING),
        Key::Number(&ABORT_UPLOADS_AFTER_DAYS),
        Key::Number(&EXPIRE_OLD_VERSIONS_AFTER_DAYS),
        Key::List(&CORS_ORIGINS),
        Key::Switch(&ALLOW_ANY_ORIGIN),
        Key::Number(&MAX_SIZE_MIB),
        Key::List(&ACCEPTED_TYPES),
    ],
    together: Some(checks::any_origin_schema),
};

pub(super) static IMAGES_BUCKET: Text =
    resource_name("bucket", "Its name. Without it: NAME-images-ACCOUNT-REGION.", rules::BUCKET, "my-holiday-pictures");
pub(super) static VERSIONING: Switch =
    Switch { name: "versioning", doc: "Keep what is overwritten or deleted, for the days below.", default: true };
pub(super) static ABORT_UPLOADS_AFTER_DAYS: Number = Number {
    name: "abort_uploads_after_days",
    doc: "Uploads in parts that nobody finished are removed after this many days (1-365).",
    allowed: Allowed::Range(1..=365),
    default: 1,
};
pub(super) static EXPIRE_OLD_VERSIONS_AFTER_DAYS: Number = Number {
    name: "expire_old_versions_after_days",
    doc: "What was overwritten or deleted is gone for good after this many days (1-3650).",
    allowed: Allowed::Range(1..=3650),
    default: 30,
};
pub(super) static CORS_ORIGINS: List = List {
    name: "cors_origins",
    doc: "Pages beside the gallery's own that may use the bucket (up to 50), for example https://www.example.com.",
    rule: origin::RULE,
    length: 0..=50,
    default: &[],
    example: "https://www.example.com",
};
pub(super) static ALLOW_ANY_ORIGIN: Switch =
    Switch { name: "allow_any_origin", doc: "Must be true before \"*\" is accepted above.", default: false };
pub(super) static MAX_SIZE_MIB: Number = Number {
    name: "max_size_mib",
    doc: "The page refuses larger files (1-5120 MiB).",
    allowed: Allowed::Range(1..=5120),
    default: 25,
};
pub(super) static ACCEPTED_TYPES: List = List {
    name: "accepted_types",
    doc: "The page refuses files of other types. SVG is not possible: it runs scripts.",
    rule: media_type::RULE,
    length: 1..=50,
    default: &["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"],
    example: "image/heic",
};

pub(super) static INDEX: Section = Section {
    name: "index",
    doc: "The table that lists the pictures of each gallery.",
    keys: &[Key::Text(&TABLE), Key::Switch(&POINT_IN_TIME_RECOVERY), Key::Switch(&DELETION_PROTECTION)],
    together: None,
};

pub(super) static TABLE: Text = resource_name("table", "Its name. Without it: NAME-index.", rules::TABLE, "my-holiday-index");
pub(super) static POINT_IN_TIME_RECOVERY: Switch = Switch {
    name: "point_in_time_recovery",
    doc: "Continuous backups of the table. It can also be built anew from the pictures.",
    default: false,
};
pub(super) static DELETION_PROTECTION: Switch =
    Switch { name: "deletion_protection", doc: "AWS refuses to delete the table while this is true.", default: false };

pub(super) static INDEXER: Section = Section {
    name: "indexer",
    doc: "The function that writes the table.",
    keys: &[
        Key::Text(&FUNCTION),
        Key::Text(&ROLE),
        Key::Number(&MEMORY),
        Key::Number(&TIMEOUT),
        Key::Architecture(&ARCHITECTURE),
        Key::Number(&LOG_RETENTION_DAYS),
    ],
    together: None,
};

pub(super) static FUNCTION: Text =
    resource_name("function", "Its name. Without it: NAME-indexer.", rules::FUNCTION, "my-holiday-indexer");
pub(super) static ROLE: Text = resource_name(
    "role",
    "The name of its role. Without it: NAME-indexer-REGION.",
    rules::IAM_NAME,
    "my-holiday-indexer-us-west-2",
);
pub(super) static MEMORY: Number =
    Number { name: "memory", doc: "Its memory (128-10240 MB).", allowed: Allowed::Range(128..=10_240), default: 128 };
pub(super) static TIMEOUT: Number = Number {
    name: "timeout",
    doc: "It is stopped after this many seconds (1-900).",
    allowed: Allowed::Range(1..=900),
    default: 30,
};
pub(super) static ARCHITECTURE: Choice<Architecture> = Choice {
    name: "architecture",
    doc: "Its processor: x86_64 or arm64.",
    options: &[(Architecture::X86_64.as_str(), Architecture::X86_64), (Architecture::Arm64.as_str(), Architecture::Arm64)],
    also_known_as: &[("amd64", "x86_64"), ("x64", "x86_64"), ("x86-64", "x86_64"), ("aarch64", "arm64"), ("graviton", "arm64")],
    default: Architecture::X86_64,
};
/// G5: CloudWatch Logs takes these and no others.
pub(super) static LOG_RETENTION_DAYS: Number = Number {
    name: "log_retention_days",
    doc: "Its log is kept this many days: one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, \
          2192, 2557, 2922, 3288 and 3653.",
    allowed: Allowed::OneOf(&[
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]),
    default: 14,
};

pub(super) static CLIENT: Section =
    Section { name: "client", doc: "The IAM user whose key the page carries.", keys: &[Key::Text(&USER)], together: None };

pub(super) static USER: Text =
    resource_name("user", "Its name. Without it: NAME-client-REGION.", rules::IAM_NAME, "my-holiday-client-us-west-2");

pub(super) static SITE: Section = Section {
    name: "site",
    doc: "The bucket with the page.",
    keys: &[Key::Text(&SITE_BUCKET), Key::Text(&DIR), Key::Text(&TITLE)],
    together: None,
};

pub(super) static SITE_BUCKET: Text =
    resource_name("bucket", "Its name. Without it: NAME-site-ACCOUNT-REGION.", rules::SITE_BUCKET, "my-holiday-page");
pub(super) static DIR: Text = Text {
    name: "dir",
    doc: "A folder with your own page (index.html) instead of the built-in one, relative to this file.",
    rule: rules::FOLDER,
    example: "my-page",
    unset: Unset::Derived,
    bare_digits: false,
};
pub(super) static TITLE: Text = Text {
    name: "title",
    doc: "The page's title: 1-100 characters.",
    rule: rules::TITLE,
    example: "Our holiday",
    unset: Unset::Default("Gallery"),
    bare_digits: false,
};
