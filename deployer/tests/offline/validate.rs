//! `validate`.

use super::Offline;

#[test]
fn a_valid_file_is_told_in_one_line() {
    let offline = Offline::in_folder("valid");
    offline.write("gallery.yaml", "name: holiday\nregion: us-west-2\nimages:\n  versioning: false\n  bucket: pictures\n");
    let line = "is valid: gallery `holiday` in us-west-2; it sets 4 of 26 keys, the others have their defaults\n";
    offline.run(&["validate"]).is(0, "", &format!("gallery.yaml {line}"));

    offline.write("other.yaml", "name: trip\n");
    let line = "is valid: gallery `trip` in the region of the environment or the profile; \
                it sets 1 of 26 keys, the others have their defaults\n";
    offline.run(&["validate", "--file", "other.yaml"]).is(0, "", &format!("other.yaml {line}"));
}

#[test]
fn what_is_wrong_is_told_as_by_every_command() {
    let offline = Offline::in_folder("invalid");
    offline.write("gallery.yaml", "name: Holiday\n");
    let wrong = offline.run(&["validate"]);
    wrong.is(3, "", &offline.run(&["plan"]).stderr);
    assert!(wrong.stderr.ends_with("\n1 problem in gallery.yaml; nothing was contacted\n"), "{}", wrong.stderr);
    assert_eq!(offline.run(&["validate", "-f", "absent.yaml"]).code, Some(3));
}
