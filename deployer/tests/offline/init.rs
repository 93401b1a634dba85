//! `init`.

use super::Offline;

#[test]
fn without_a_terminal_it_takes_defaults_and_the_result_is_valid() {
    let offline = Offline::in_folder("My Trip");
    let init = offline.run(&["init"]);
    let told = "wrote gallery.yaml: gallery `my-trip` in us-west-2; it explains every key\n\
                wrote gallery.schema.json beside it: editors check the file with it\n\
                \n\
                Next:\n  \
                  gallery-deploy dev    try it in a local AWS on this machine\n  \
                  gallery-deploy plan   see what `up` would make in your AWS account\n  \
                  gallery-deploy up     make it; it asks first\n";
    init.is(0, "", told);
    let file = offline.read("gallery.yaml");
    assert!(file.starts_with("# yaml-language-server: $schema=gallery.schema.json\n"), "{file}");
    assert_eq!(offline.read("gallery.schema.json"), offline.run(&["schema", "config"]).stdout);
    assert_eq!(offline.run(&["validate"]).code, Some(0));
}

#[test]
fn it_takes_flags_and_never_overwrites() {
    let offline = Offline::in_folder("flags");
    let init = ["init", "--name", "trip", "--region", "eu-central-1", "--file", "trip.yaml"];
    let first = offline.run(&init);
    assert_eq!(first.code, Some(0));
    assert!(first.stderr.contains("\n  gallery-deploy dev --file trip.yaml "), "{}", first.stderr);
    let before = offline.read("trip.yaml");
    assert!(before.contains("\nname: trip\n") && before.contains("\nregion: eu-central-1\n"), "{before}");

    let refusal = "error[refused]: `trip.yaml` is there already\n\
                   help: edit it, remove it, or name another file with `--file`\n";
    offline.run(&init).is(6, "", refusal);
    assert_eq!(offline.read("trip.yaml"), before);

    // A schema that is there may be of use to somebody: it stays.
    offline.write("gallery.schema.json", "{}");
    let second = offline.run(&["init", "--name", "other"]);
    assert!(second.stderr.contains("\nkept the gallery.schema.json beside it; "), "{}", second.stderr);
    assert_eq!(offline.read("gallery.schema.json"), "{}");
}

#[test]
fn values_that_the_file_could_not_have_are_a_wrong_command_line() {
    let offline = Offline::in_folder("wrong-values");
    for (flag, value, reason) in
        [("--name", "My Trip", "name `My Trip` is not allowed"), ("--region", "us-wset-2", "did you mean `us-west-2`?")]
    {
        let run = offline.run(&["init", flag, value]);
        assert!(run.code == Some(2) && run.stderr.contains(reason), "{}", run.stderr);
    }
    assert!(!offline.exists("gallery.yaml"));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let offline = Offline::in_folder("no-folder");
    let run = offline.run(&["init", "--file", "absent/gallery.yaml"]);
    assert!(run.code == Some(1) && run.stderr.starts_with("error[file]: cannot write `absent/gallery.yaml`"), "{}", run.stderr);
}
