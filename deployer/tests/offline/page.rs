//! A page of one's own that cannot be deployed.

use std::fs::File;

use super::Offline;

/// S3 would refuse it in the middle of a deploy: it is refused before AWS is asked who is calling.
#[test]
fn a_file_that_s3_does_not_take_is_told_before_aws_is_asked() {
    let offline = Offline::in_folder("large-page");
    offline.write("gallery.yaml", "name: holiday\nregion: us-west-2\nsite: { dir: page }\n");
    offline.write("page/index.html", "<!doctype html><title>mine</title>");
    let film = offline.path("page/film.mp4");
    // Nothing is written: the file has a size and no content.
    File::create(&film).and_then(|file| file.set_len((5 << 30) + 1)).expect("a file");
    let key = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("COLUMNS", "400")];
    for command in [&["up", "--yes"][..], &["plan"], &["status"]] {
        let run = offline.run_with(&key, command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{}", run.stderr);
        let first = format!("error[site]: `{film}` has 5368709121 bytes; S3 takes 5 GiB (5368709120 bytes) in one piece\n");
        assert!(run.stderr.starts_with(&first), "{}", run.stderr);
        assert!(run.stderr.contains("help: make it smaller"), "{}", run.stderr);
    }
}
