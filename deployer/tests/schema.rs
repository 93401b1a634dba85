//! The JSON Schema of `gallery.yaml`: the file in `docs` is the generated one, and it is of one mind with the program.

mod common;
#[path = "common/random.rs"]
mod random;
#[path = "common/samples.rs"]
mod samples;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::assert_golden;
use gallery_deploy::config::{ConfigError, json_schema, load, parse};
use jsonschema::Validator;
use random::Random;
use samples::yaml_files;
use serde_json::{Value, json};

/// Invalid samples that the schema takes, and why it cannot refuse them. Samples that are no YAML never come before a schema.
const BEYOND_A_SCHEMA: [(&str, &str); 11] = [
    ("account_number", "the number may have lost leading zeros"),
    ("bucket_shared", "two keys of different sections"),
    ("bucket_shared_with_default", "two keys of different sections"),
    ("directive", "gone when YAML has become values"),
    ("site_bucket_shared_with_default", "two keys of different sections"),
    ("site_dir_home", "depends on the disk"),
    ("site_dir_missing", "depends on the disk"),
    ("site_dir_without_index", "depends on the disk"),
    ("stages_bucket_shared", "two keys of different sections"),
    ("windows_line_ends", "a region one slip away from a known one: it could be a new one"),
    ("yaml_tag", "gone when YAML has become values"),
];

/// What an editor's parser makes of a file, by the core schema of YAML 1.2. An error where it is no YAML.
fn as_json(text: &str) -> Result<Value, serde_yaml::Error> {
    serde_yaml::from_str_with_options(text, serde_yaml::options! { strict_booleans: true, legacy_octal_numbers: false })
}

fn validator() -> Validator {
    let schema = json_schema();
    jsonschema::draft7::meta::validate(&schema).expect("it is a JSON Schema");
    jsonschema::draft7::new(&schema).expect("its patterns are regular expressions")
}

#[test]
fn the_schema_in_docs_is_the_generated_one() {
    assert_golden("../docs/gallery.schema.json", &format!("{:#}\n", json_schema()));
}

#[test]
fn what_the_program_takes_the_schema_takes() {
    let validator = validator();
    let mut files = yaml_files("tests/config/valid".as_ref()).expect("the samples");
    files.push("../gallery.yaml".into());
    for file in files {
        load(&file).unwrap_or_else(|error| panic!("{error}"));
        let json = as_json(&fs::read_to_string(&file).expect("UTF-8")).expect("YAML");
        let problems: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{}: {problems:?}", file.display());
    }
}

#[test]
fn what_the_program_refuses_the_schema_refuses_as_far_as_it_can_say_it() {
    let validator = validator();
    let mut beyond: BTreeMap<&str, &str> = BEYOND_A_SCHEMA.into();
    for file in yaml_files("tests/config/invalid".as_ref()).expect("the samples") {
        let name = file.file_stem().expect("a name").to_str().expect("UTF-8");
        let json = String::from_utf8(fs::read(&file).expect("a file")).ok().and_then(|text| as_json(&text).ok());
        let is_taken = json.is_some_and(|json| validator.is_valid(&json));
        let is_expected = beyond.remove(name).is_some();
        assert_eq!(is_taken, is_expected, "{name}: taken by the schema, and expected to be");
    }
    assert!(beyond.is_empty(), "no samples: {beyond:?}");
}

/// Defaults that the schema shows are those that hold: a file that spells them out means the same as one without them.
#[test]
fn defaults_of_the_schema_are_those_of_the_program() {
    fn defaults(schema: &Value) -> Value {
        let properties = schema["properties"].as_object().expect("a section");
        let set = properties.iter().filter_map(|(name, schema)| match schema.get("default") {
            Some(default) => Some((name.clone(), default.clone())),
            None => schema.get("properties").map(|_| (name.clone(), defaults(schema))),
        });
        Value::Object(set.collect())
    }
    let mut file = defaults(&json_schema());
    assert_eq!(file["images"]["max_size_mib"], 25);
    file["name"] = "holiday".into();
    // JSON is YAML.
    let mut spelled_out = parse(Path::new("gallery.yaml"), &file.to_string()).unwrap_or_else(|error| panic!("{error}"));
    let left_out = parse(Path::new("gallery.yaml"), "name: holiday").expect("a name is enough");
    spelled_out.lines = left_out.lines.clone();
    assert_eq!(spelled_out, left_out);
}

/// The texts of the file with what they are when nobody changes them, and signs that matter to them.
const TEXTS: [(&str, &[&str], &str); 13] = [
    ("/name", &["holiday", "a-1", "xn--a", "sthree-a"], "aZ09-_. é"),
    ("/region", &["us-west-2", "us-gov-west-1", "nz-south-12"], "az019-_A"),
    ("/account", &["123456789012", "000000000001"], "0179-a"),
    ("/images/bucket", &["my-pictures", "1.2.3.4", "300.2.3.4", "a-s3alias", "b.mrap", "c--x-s3", "d-an"], "aZ01.-_"),
    ("/site/bucket", &["my-page", "a.b", "amzn-s3-demo-a"], "aZ09.-_"),
    ("/index/table", &["my-index", "a.b"], "aZ09._-/é"),
    ("/indexer/function", &["my-indexer", "a_b"], "aZ09._-/é"),
    ("/indexer/role", &["my-role", "a+b=c,d.e@f"], "aZ09+=,.@_-/é"),
    ("/site/title", &["Gallery", "  ", "\u{a0}"], "aé 日\n\t\u{7f}\u{85}\u{2028}"),
    (
        "/images/cors_origins/0",
        &[
            "https://a.example",
            "http://localhost:*",
            "https://*",
            "*",
            "http://a:80",
            "https://a:443",
            "http://a:65535",
            "capacitor://localhost",
        ],
        "aZ09*:/.-_@[]",
    ),
    ("/images/accepted_types/0", &["image/png", "image/jpg", "image/svg+xml", "image/x-icon", "image/svg"], "aZ0/.+-*"),
    ("/stages/*", &["pr-1", "a", "staging"], "aZ09-_. é"),
    ("/tags/*", &["team", "aws:a", "AWS:b", "Gallery-Deploy:c", "cost center"], "aZ0 _.:/=+-@,é日²\n"),
];

/// Where the program knows better than a pattern can: a slip of the fingers and a new name look alike.
fn is_slip(error: &ConfigError) -> bool {
    let helped = |help: &Option<String>| help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
    error.problems().iter().all(|problem| {
        // The longest name of a stage depends on the gallery's.
        (problem.summary.starts_with("the stage ") && problem.summary.ends_with(" too long"))
            || (problem.summary.starts_with("region ") || problem.label == "is not a media type") && helped(&problem.help)
    })
}

#[test]
fn mutated_texts_are_judged_alike() {
    let validator = validator();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut taken, mut refused) = (0, 0);
    for (place, examples, signs) in TEXTS {
        let signs: Vec<char> = signs.chars().collect();
        for _ in 0..1500 {
            let mut text: Vec<char> = random.one_of(examples).chars().collect();
            for _ in 0..random.below(3) {
                let at = random.below(text.len() + 1);
                match random.below(3) {
                    0 => text.insert(at, random.one_of(&signs)),
                    1 if at < text.len() => drop(text.remove(at)),
                    _ => text.extend(text.clone()),
                }
            }
            let text: String = text.into_iter().collect();
            let file = file_with(place, &text);
            let is_valid = validator.is_valid(&file);
            match parse(Path::new("gallery.yaml"), &file.to_string()) {
                Ok(_) => {
                    taken += 1;
                    assert!(is_valid, "{place}: the schema refuses {text:?}");
                }
                Err(error) => {
                    refused += 1;
                    assert!(!is_valid || is_slip(&error), "{place}: the schema takes {text:?}\n{error}");
                }
            }
        }
    }
    assert!(taken > 2000 && refused > 2000, "{taken} taken, {refused} refused");
}

/// A valid file, but for `text` at `place`. A `*` in it is the key of a tag.
fn file_with(place: &str, text: &str) -> Value {
    let mut file = json!({ "name": "holiday", "region": "us-west-2" });
    let steps: Vec<&str> = place.split('/').skip(1).collect();
    match steps.as_slice() {
        [key] => file[*key] = text.into(),
        ["stages", "*"] => file["stages"] = json!({ text: {} }),
        [section, "*"] => file[*section] = json!({ text: text }),
        [section, key] => file[*section] = json!({ *key: text }),
        [section, key, _] => file[*section] = json!({ *key: [text] }),
        _ => unreachable!("places are at most three deep"),
    }
    file
}
