//! What each error code means, why it ends the run, and what to do: the text of `gallery-deploy explain`.

use crate::code::Code;

/// The page of one code. Whole sentences, but for the title.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Lower case, no full stop.
    pub title: &'static str,
    pub means: &'static str,
    /// Why the program does not go on.
    pub why: &'static str,
    pub remedies: &'static [&'static str],
}

pub const fn page(code: Code) -> Page {
    match code {
        Code::Account => Page {
            title: "the credentials belong to another account",
            means: "gallery.yaml has `account:`, and AWS says that the credentials in use are of another account.",
            why: "The key is a guard against deploying into the wrong account.",
            remedies: &["use credentials of that account (AWS_PROFILE)", "correct or remove `account:` in gallery.yaml"],
        },
        Code::Aws => Page {
            title: "AWS refused a call for a reason of its own",
            means: "The lines below the summary name the call and the resource, and say what AWS answered.",
            why: "The answer is none that passes by itself, so that trying again at once would not help.",
            remedies: &[
                "read what AWS says: a name that is taken, a quota that is used up and an account that is closed are said there",
                "run the same command again later: what was done stays, and it goes on from there",
            ],
        },
        Code::Bug => Page {
            title: "a mistake of gallery-deploy itself",
            means: "Something happened that the program takes for impossible.",
            why: "Going on could do harm.",
            remedies: &[
                "report it with the text of the error and what `gallery-deploy --version` prints",
                "run the command again",
            ],
        },
        Code::Bundle => Page {
            title: "this build lacks the indexer or the page",
            means: "The program carries the indexer's zip for each architecture, and the page. One that is asked for is missing or cannot run on Lambda.",
            why: "Without it there would be nothing to deploy. AWS was not asked anything.",
            remedies: &[
                "build it with `cargo xtask dist`, which makes both",
                "choose another `indexer: { architecture: … }`, or your own page with `site: { dir: … }`, in gallery.yaml",
            ],
        },
        Code::Changes => Page {
            title: "changes from gallery.yaml are pending",
            means: "`plan --check` found that `up` would change something, and nothing that was changed by hand.",
            why: "The exit code 4 was asked for, so that a pipeline can tell. Nothing went wrong.",
            remedies: &["`gallery-deploy up` makes the changes"],
        },
        Code::Config => Page {
            title: "gallery.yaml is invalid",
            means: "All problems of the file are listed with their lines. Nothing was contacted.",
            why: "A mistake in the file is cheaper to mend before anything is deployed from it.",
            remedies: &[
                "mend what is marked; `gallery-deploy validate` checks again",
                "`gallery-deploy init` writes a file that explains every key",
                "let an editor check the file while you write: `gallery-deploy schema config` prints the schema",
            ],
        },
        Code::Credentials => Page {
            title: "AWS does not know who is calling",
            means: "There are no credentials, they have expired, or AWS does not take them: also since this machine's clock is wrong, the account cannot be used, or AWS has quarantined the key.",
            why: "Nothing can be read or written without them.",
            remedies: &[
                "run `aws sso login` or `aws configure`, or set AWS_PROFILE",
                "`aws sts get-caller-identity` shows whether the credentials work",
                "set this machine's clock: AWS refuses requests that are more than a few minutes off",
            ],
        },
        Code::Deadline => Page {
            title: "AWS took too long to settle",
            means: "A change was accepted, and AWS did not show it within the time given; or the whole run took longer than `--timeout`.",
            why: "A wait without an end would look like a program that hangs.",
            remedies: &["run the same command again: what was done stays, and it goes on from there"],
        },
        Code::Doctor => Page {
            title: "doctor found what would make `up` fail",
            means: "Each check was shown with its outcome. The exit code is the one with which `up` would end.",
            why: "It is cheaper to mend before anything is deployed.",
            remedies: &["do what the help below each finding says, the first one first: later checks rest on earlier ones"],
        },
        Code::Drift => Page {
            title: "something was changed by hand",
            means: "`plan --check` found live values that differ from what was last deployed, though gallery.yaml asks for the same as then.",
            why: "The exit code 5 was asked for, so that a pipeline can tell. It wins over 4, `changes`.",
            remedies: &[
                "`gallery-deploy up` puts back what the plan marks as drift",
                "or write into gallery.yaml what was changed by hand, if it is meant",
            ],
        },
        Code::Endpoint => Page {
            title: "an endpoint of your own cannot be used",
            means: "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_DYNAMODB or the profile names an endpoint that is none, or one of S3 that is not DynamoDB's. Nothing was contacted.",
            why: "The page finds images and index at one endpoint: it would send calls to a server that does not know them.",
            remedies: &[
                "set AWS_ENDPOINT_URL, which counts for all services, to http://HOST:PORT",
                "unset AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL_DYNAMODB, and take `endpoint_url` out of the `services` of the profile",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves all of them out, for the real AWS",
            ],
        },
        Code::File => Page {
            title: "a file on this machine cannot be read or written",
            means: "The summary names the file and what the system says.",
            why: "The command needs it.",
            remedies: &["correct the path, its permissions, or the space on the disk"],
        },
        Code::Incomplete => Page {
            title: "not everything was done",
            means: "Some changes failed, or a second look still finds a difference. Each failure was shown when it happened.",
            why: "What depends on a failed change is not begun; everything else is finished first.",
            remedies: &[
                "mend what the failures name and run the same command again: nothing is undone, it goes on from there",
                "`gallery-deploy plan` shows what is left",
            ],
        },
        Code::Index => Page {
            title: "the index differs from the images",
            means: "Some images have no row or a wrong one, or some rows have no image. `reindex --check` listed them.",
            why: "The page shows what the index says, so it shows too much or too little.",
            remedies: &[
                "`gallery-deploy reindex` repairs it; pictures can be uploaded meanwhile",
                "if it happens again, look for lost events: `gallery-deploy plan` shows whether the bucket still calls the indexer, and \
                 `gallery-deploy outputs log_group` prints where the indexer logs",
            ],
        },
        Code::Interrupted => Page {
            title: "the run was stopped",
            means: "Ctrl-C or SIGTERM: calls in flight were finished, no other was begun.",
            why: "It was asked to stop.",
            remedies: &["run the same command again: nothing was undone, it goes on from there"],
        },
        Code::Local => Page {
            title: "the local AWS cannot be used",
            means: "`gallery-deploy dev` runs a local AWS, a Python program. It could not be installed, started or stopped, or none answers at the address of `AWS_ENDPOINT_URL`.",
            why: "There is nothing to deploy into.",
            remedies: &[
                "do what the summary says; Python 3.10 or newer with `venv` is needed",
                "`gallery-deploy dev --endpoint URL` uses a local AWS that is running already",
            ],
        },
        Code::Network => Page {
            title: "AWS could not be reached",
            means: "The connection failed before AWS answered.",
            why: "What is there cannot be known without an answer.",
            remedies: &[
                "check the network, HTTPS_PROXY and AWS_ENDPOINT_URL",
                "check the region: an address of a region that does not exist leads nowhere",
            ],
        },
        Code::NotDeployed => Page {
            title: "the gallery is not deployed",
            means: "Nothing in this account and region carries the gallery's tag.",
            why: "There is nothing to tell about it.",
            remedies: &["`gallery-deploy up` deploys it", "check `name:` and `region:` in gallery.yaml, and the profile in use"],
        },
        Code::OtherRun => Page {
            title: "another run is at work on the same gallery",
            means: "Something has changed since this run looked, as only another `up` or `down`, or a person, changes it: what was there is gone, or \
                    what was not there has been made. What the other one has made is untouched, and so is its key of the page.",
            why: "There is no lock. Of two runs at once one may have to give way; going on would undo what the other one does.",
            remedies: &[
                "wait for the other run to end, then run the same command again: nothing was undone, it goes on from there",
                "let pipelines deploy one gallery one after the other",
            ],
        },
        Code::Output => Page {
            title: "standard output was closed",
            means: "The program that was to read the output has ended.",
            why: "Nobody would see the result.",
            remedies: &["run the command again without the pipe, or let its reader read to the end"],
        },
        Code::Permission => Page {
            title: "AWS does not allow the call",
            means: "The credentials are good, but no policy of theirs allows this action, or one of the organization forbids it.",
            why: "The gallery needs the action.",
            remedies: &[
                "let an administrator allow the action that the summary names on the resource below it",
                "what an organization's policy forbids only its administrator can allow",
            ],
        },
        Code::Refused => Page {
            title: "gallery-deploy does not do this unasked",
            means: "Something was not confirmed, is protected, is there already, or belongs to somebody else. Nothing was changed.",
            why: "It would delete, replace or take over what may still be needed.",
            remedies: &[
                "pass the flag that the help names, if it is meant",
                "choose another name in gallery.yaml for what belongs to somebody else",
            ],
        },
        Code::Region => Page {
            title: "there is no usable region",
            means: "Neither gallery.yaml nor the environment nor the profile names a region, or the name is none of AWS's.",
            why: "Everything but IAM lives in one region.",
            remedies: &["set `region:` in gallery.yaml, or AWS_REGION"],
        },
        Code::Site => Page {
            title: "your own page cannot be uploaded",
            means: "The folder of `site: { dir: … }` holds something that cannot become a page, and AWS was not asked anything; or a file in it was changed while it was sent.",
            why: "A page that is uploaded in part would be broken for everybody who opens it.",
            remedies: &[
                "change what the summary names in the folder",
                "run `up` again, when a file was changed meanwhile",
                "remove `dir` to use the built-in page",
            ],
        },
        Code::Usage => Page {
            title: "the command line is wrong",
            means: "A command, a flag or a value is not known.",
            why: "A guess could do something else than was meant.",
            remedies: &["`gallery-deploy help COMMAND` shows what there is"],
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn each_page_is_complete() {
        for code in Code::value_variants() {
            let Page { title, means, why, remedies } = page(*code);
            assert!(!title.is_empty() && !title.ends_with('.'), "{code:?}");
            assert!(means.ends_with('.') && why.ends_with('.'), "{code:?}");
            assert!(
                !remedies.is_empty() && remedies.iter().all(|remedy| !remedy.is_empty() && !remedy.ends_with('.')),
                "{code:?}"
            );
        }
    }
}
