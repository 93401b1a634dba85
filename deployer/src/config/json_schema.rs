//! The table of keys as JSON Schema, for editors. Draft 7: what the YAML language server, and with it most editors, knows.

use serde_json::{Map as Object, Value, json};

use super::rules::Rule;
use super::schema::{Allowed, Choice, Key, List, Map, Number, ROOT, Section, Stages, Switch, Text, Unset};
use super::{stages, tags};

/// The JSON Schema of `gallery.yaml`. It takes every file that [`load`](super::load) takes and refuses most of what that refuses;
/// `deployer/tests/schema.rs` lists what it cannot say.
pub fn json_schema() -> Value {
    let mut schema = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "title": "gallery.yaml" });
    extend(&mut schema, section(&ROOT));
    schema["type"] = "object".into();
    schema
}

fn section(section: &Section) -> Value {
    let properties: Object<String, Value> = section.keys.iter().map(|key| (key.name().to_owned(), property(*key))).collect();
    // A section whose keys are all commented out is null to an editor.
    let mut schema = json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties });
    let is_required = |key: &&Key| matches!(key, Key::Text(Text { unset: Unset::Required, .. }));
    let required: Vec<&str> = section.keys.iter().filter(is_required).map(|key| key.name()).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if let Some(together) = section.together {
        extend(&mut schema, together());
    }
    schema
}

fn property(key: Key) -> Value {
    let mut schema = json!({ "description": key.doc() });
    let rest = match key {
        Key::Text(key) => text(key),
        Key::Switch(Switch { default, .. }) => json!({ "type": "boolean", "default": default }),
        Key::Number(key) => number(key),
        Key::Architecture(Choice { options, default, .. }) => {
            let words: Vec<&str> = options.iter().map(|(word, _)| *word).collect();
            json!({ "type": "string", "enum": words, "default": default.as_str() })
        }
        Key::List(key) => list(key),
        Key::Map(Map { example: (name, value), .. }) => json!({
            "type": ["object", "null"],
            "maxProperties": tags::MOST,
            "propertyNames": (tags::KEY.schema)(),
            "additionalProperties": string(tags::VALUE),
            "default": {},
            "examples": [{ *name: value }],
        }),
        Key::Section(key) => section(key),
        Key::Stages(key) => stages_of_the_file(key),
    };
    extend(&mut schema, rest);
    schema
}

fn stages_of_the_file(Stages { rule, most, example, .. }: &Stages) -> Value {
    let keys = ROOT.keys.iter().filter(|key| !stages::OF_THE_FILE.contains(&key.name()));
    let properties: Object<String, Value> = keys.map(|key| (key.name().to_owned(), laid_over(property(*key)))).collect();
    let stage = json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties });
    json!({
        "type": ["object", "null"],
        "maxProperties": most,
        "propertyNames": string(*rule),
        "additionalProperties": stage,
        "default": {},
        "examples": [{ *example: {} }],
    })
}

/// A key as it may stand in a stage: what is not there is as in the file, and what keys must fulfil together also rests on those of the file.
fn laid_over(mut schema: Value) -> Value {
    if let Value::Object(schema) = &mut schema {
        for keyword in ["default", "if", "else"] {
            schema.remove(keyword);
        }
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.values_mut().for_each(|property| *property = laid_over(property.take()));
        }
    }
    schema
}

fn text(key: &Text) -> Value {
    let mut schema = string(key.rule);
    if key.bare_digits {
        schema["type"] = json!(["string", "integer"]);
    }
    if let Unset::Default(default) = key.unset {
        schema["default"] = default.into();
    }
    schema["examples"] = json!([key.example]);
    schema
}

fn number(key: &Number) -> Value {
    match &key.allowed {
        Allowed::Range(range) => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end(), "default": key.default })
        }
        Allowed::OneOf(numbers) => json!({ "type": "integer", "enum": numbers, "default": key.default }),
    }
}

fn list(key: &List) -> Value {
    let mut items = string(key.rule);
    items["examples"] = json!([key.example]);
    json!({
        "type": "array",
        "items": items,
        "minItems": key.length.start(),
        "maxItems": key.length.end(),
        "uniqueItems": true,
        "default": key.default,
    })
}

fn string(rule: Rule) -> Value {
    let mut schema = json!({ "type": "string" });
    extend(&mut schema, (rule.schema)());
    schema
}

/// Adds the keywords of `more`. Both are objects.
fn extend(schema: &mut Value, more: Value) {
    if let (Value::Object(schema), Value::Object(more)) = (schema, more) {
        schema.extend(more);
    }
}
