//! `completions`, `man` and `explain`.

use super::Offline;

const COMMANDS: [&str; 4] = ["up", "down", "validate", "explain"];

#[test]
fn each_shell_gets_its_completions() {
    let offline = Offline::in_folder("completions");
    for (shell, sign) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef gallery-deploy"),
        ("fish", "complete -c gallery-deploy"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let run = offline.run(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(run.stdout.contains(sign), "{shell}");
        assert!(COMMANDS.iter().all(|command| run.stdout.contains(command)), "{shell}");
    }
    assert_eq!(offline.run(&["completions", "tcsh"]).code, Some(2));
}

#[test]
fn each_command_has_its_man_page() {
    let offline = Offline::in_folder("man");
    let run = offline.run(&["man", "share/man1"]);
    run.is(0, "", "wrote man pages; `man share/man1/gallery-deploy.1` shows the first\n");
    assert!(offline.read("share/man1/gallery-deploy.1").contains(".SH SUBCOMMANDS"));
    for command in COMMANDS {
        let page = offline.read(&format!("share/man1/gallery-deploy-{command}.1"));
        assert!(page.contains("Example"), "{page}");
    }
    // Again, over what is there.
    assert_eq!(offline.run(&["man", "share/man1"]).code, Some(0));
}

#[test]
fn each_code_is_listed_and_has_a_page() {
    let offline = Offline::in_folder("explain");
    let list = offline.run(&["explain"]);
    assert_eq!((list.code, list.stderr.as_str()), (Some(0), ""));
    let codes: Vec<&str> = list.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(codes.len() >= 20 && codes.is_sorted(), "{codes:?}");
    for code in codes {
        let page = offline.run(&["explain", code]);
        assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""), "{code}");
        assert!(
            page.stdout.starts_with(&format!("error[{code}]: ")) && page.stdout.contains("\nWhat to do\n"),
            "{}",
            page.stdout
        );
    }
    let wrong = offline.run(&["explain", "permissions"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("'permission'"), "{}", wrong.stderr);
}
