//! `schema`.

use super::Offline;

#[test]
fn the_schema_is_the_one_document_on_standard_output() {
    let offline = Offline::in_folder("schema");
    for (of, published) in [
        ("config", include_str!("../../../docs/gallery.schema.json")),
        ("events", include_str!("../../../docs/events.schema.json")),
    ] {
        offline.run(&["schema", of]).is(0, published, "");
        offline.run(&["schema", of, "--json"]).is(0, published, "");
    }
}
