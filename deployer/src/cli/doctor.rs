//! `doctor`: why `up` would fail, before it does.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::global::Global;
use crate::aws::error::Class;
use crate::aws::simulate::{Lacking, lacking, principal};
use crate::aws::{Access, Aws, Connection, Origin};
use crate::bundle::{self, BundleError, IndexerZip};
use crate::caller_policy::rights;
use crate::config::Config;
use crate::desired::Desired;
use crate::error::{Error, exit};
use crate::event::{Event, Report};
use crate::finding::{Finding, Outcome};
use crate::names::Names;
use crate::observe::observe;
use crate::place::Place;
use crate::plan::{self, Adopt, Blocked, Why};
use crate::resource::rights::Right;
use crate::site_files;
use crate::text::plural;

/// AWS takes requests that are up to five minutes off; a clock that is nearly so far off will be.
const CLOCK: u64 = 240;

/// A local AWS answers at once.
const LOCAL: Duration = Duration::from_secs(4);

pub(super) async fn run(global: &Global, report: &dyn Report) -> Result<(), Error> {
    let mut doctor = Doctor { global, report, wrong: 0, exit: None };
    doctor.examine().await;
    match doctor.exit {
        None => Ok(()),
        Some(exit) => Err(Error::Unwell { findings: doctor.wrong, exit }),
    }
}

struct Doctor<'a> {
    global: &'a Global,
    report: &'a dyn Report,
    wrong: usize,
    /// That of the first finding: what `up` would end with.
    exit: Option<u8>,
}

impl Doctor<'_> {
    fn tell(&mut self, finding: &Finding) {
        if let Outcome::Wrong { exit } = finding.outcome {
            self.wrong += 1;
            self.exit.get_or_insert(exit);
        }
        self.report.event(&Event::Finding(finding));
    }

    async fn examine(&mut self) {
        let config = self.config();
        let region = self.global.region.as_deref().or_else(|| config.as_ref().and_then(|config| config.region.as_deref()));
        let connection = match Connection::open(Origin::Environment, Access::ReadOnly, region, &self.global.reach).await {
            Ok(connection) => connection,
            Err(error) => return self.tell(&Finding::of("region", &error)),
        };
        self.tell(&Finding::fine("region", connection.region()));
        if let Some(finding) = local_aws(&connection).await {
            self.tell(&finding);
            if finding.outcome != Outcome::Fine {
                return;
            }
        }
        let is_clock_right = self.clock(&connection).await;
        let account = config.as_ref().and_then(|config| config.account.clone());
        let (aws, place, caller) = match connection.identify().await {
            Ok(known) => known,
            // AWS refuses what a wrong clock has signed, whoever signed it.
            Err(Error::Aws(error)) if !is_clock_right && error.class == Class::Credentials => {
                return self.tell(&Finding::unknown("credentials", "AWS takes none from a clock that is wrong", &[]));
            }
            Err(error) => return self.tell(&Finding::of("credentials", &error)),
        };
        if let Some(wanted) = account.filter(|wanted| *wanted != caller.account) {
            return self.tell(&Finding::of("credentials", &Error::WrongAccount { wanted, found: caller.account }));
        }
        self.tell(&Finding::fine("credentials", format!("{} in the account {}", caller.arn, place.account)));
        if let Some(config) = config {
            self.gallery(&config, &aws, place, &caller.arn).await;
        }
    }

    /// The file, and what travels inside the program.
    fn config(&mut self) -> Option<Config> {
        let config = match self.global.config() {
            Ok(config) => config,
            Err(error) => {
                self.tell(&Finding::of("config", &error));
                return None;
            }
        };
        let file = self.global.file.display();
        self.tell(&Finding::fine("config", format!("{file} is valid: gallery `{}`", config.full_name())));
        self.tell(&indexer(bundle::indexer(config.indexer.architecture)));
        if let (None, Err(error)) = (&config.site.dir, bundle::site()) {
            self.tell(&Finding::of("page", &error.into()));
        }
        Some(config)
    }

    /// False: it is wrong.
    async fn clock(&mut self, connection: &Connection) -> bool {
        // Without credentials nothing was asked.
        let Some(ahead) = connection.clock_ahead().await else { return true };
        let finding = clock(ahead);
        self.tell(&finding);
        finding.outcome == Outcome::Fine
    }

    async fn gallery(&mut self, config: &Config, aws: &Aws, place: Place, caller: &str) {
        let names = Names::new(config, place);
        if let Err(error) = names.check() {
            return self.tell(&Finding::of("names", &error.into()));
        }
        let refused = self.names(config, aws, &names).await;
        self.permissions(aws, &names, caller, refused).await;
    }

    /// Whether anything stands in the way. Returns what could not be read.
    async fn names(&mut self, config: &Config, aws: &Aws, names: &Names) -> Vec<Blocked> {
        let files = site_files::load(config.site.dir.as_deref(), &names.place, &names.images_bucket);
        // What is not there to be sent has been told.
        let code = bundle::indexer(config.indexer.architecture).map_or("", |zip| zip.code_sha256);
        let desired = match files {
            Ok(files) => Desired::new(config, names, files, code),
            Err(error) => {
                self.tell(&Finding::of("page", &error.into()));
                Desired::new(config, names, Vec::new(), code)
            }
        };
        let seen = match observe(aws, names, None).await {
            Ok(seen) => seen,
            Err(error) => {
                self.tell(&Finding::of("names", &error.into()));
                return Vec::new();
            }
        };
        let plan = plan::up(&desired, &seen, Adopt::Nothing);
        let (refused, taken): (Vec<_>, Vec<_>) =
            plan.blocked.into_iter().partition(|blocked| matches!(blocked.why, Why::Denied { .. }));
        if taken.is_empty() {
            self.tell(&Finding::fine("names", "every name is free or this gallery's own"));
        }
        for blocked in taken {
            self.tell(&Finding::of("names", &Error::Blocked { blocked: vec![blocked] }));
        }
        refused
    }

    async fn permissions(&mut self, aws: &Aws, names: &Names, caller: &str, refused: Vec<Blocked>) {
        let mut needed = rights(names);
        // A local AWS simulates without what a condition asks for.
        let is_simulated = |right: &Right| !names.place.is_loopback() || right.passed_to.is_none();
        needed.retain(|right| is_simulated(right) && !right.is_dispensable());
        let lacks_something = match foretold(aws, caller, &needed).await {
            Foretold::All => false,
            Foretold::Lacking(lacking) => {
                self.tell(&permissions(&lacking));
                true
            }
            Foretold::Nothing(why) => {
                let help = "`gallery-deploy policy` prints what is needed";
                self.tell(&Finding::unknown("permissions", why, &[help]));
                true
            }
        };
        if !refused.is_empty() {
            self.tell(&Finding::of("permissions", &Error::Blocked { blocked: refused }));
        } else if !lacks_something {
            let actions: usize = needed.iter().map(|right| right.actions.len()).sum();
            self.tell(&Finding::fine("permissions", format!("all {actions} actions are allowed")));
        }
    }
}

/// `None`: the endpoint is not on this machine.
async fn local_aws(connection: &Connection) -> Option<Finding> {
    let endpoint = connection.endpoint().filter(|endpoint| endpoint.is_loopback())?;
    Some(match timeout(LOCAL, TcpStream::connect(endpoint.address())).await {
        Ok(Ok(_)) => Finding::fine("local AWS", format!("something answers at {endpoint}")),
        _ => Finding::wrong(
            "local AWS",
            exit::FAILED,
            format!("nothing answers at {endpoint}"),
            &[
                "start it: `gallery-deploy dev` prints the address of its own",
                "or unset AWS_ENDPOINT_URL (and AWS_ENDPOINT_URL_S3), if you mean the real AWS",
            ],
        ),
    })
}

fn indexer(zip: Result<IndexerZip, BundleError>) -> Finding {
    match zip.and_then(|zip| zip.verify().map(|()| zip)) {
        Ok(zip) => Finding::fine(
            "indexer",
            format!("for {}, {} KiB, starts on Lambda", zip.architecture(), zip.bytes.len().div_ceil(1024)),
        ),
        Err(error) => Finding::of("indexer", &error.into()),
    }
}

/// `ahead`: seconds.
fn clock(ahead: i64) -> Finding {
    let off = ahead.unsigned_abs();
    if off < CLOCK {
        return Finding::fine("clock", format!("{off} s off AWS's"));
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let summary = format!("this machine's clock is {} min {} s {direction} AWS's", off / 60, off % 60);
    Finding::wrong(
        "clock",
        exit::CREDENTIALS,
        summary,
        &["set it, for example with `sudo timedatectl set-ntp true`; AWS refuses what is more than 5 minutes off"],
    )
}

/// What the simulation says.
enum Foretold {
    All,
    Lacking(Vec<Lacking>),
    /// Why it says nothing.
    Nothing(String),
}

async fn foretold(aws: &Aws, caller: &str, needed: &[Right]) -> Foretold {
    if caller.ends_with(":root") {
        return Foretold::All;
    }
    let Some(principal) = principal(aws, caller).await else {
        return Foretold::Nothing(format!("IAM cannot tell what {caller} may do: it is neither a user nor a role"));
    };
    match lacking(aws, &principal, needed).await {
        Ok(lacking) if lacking.is_empty() => Foretold::All,
        Ok(lacking) => Foretold::Lacking(lacking),
        Err(error) => Foretold::Nothing(format!("they cannot be checked beforehand: {}: {}", error.call, error.message)),
    }
}

/// With the statements that are missing, ready to be pasted.
fn permissions(lacking: &[Lacking]) -> Finding {
    let count: usize = lacking.iter().map(|lacking| lacking.actions.len()).sum();
    let facts = lacking.iter().map(|lacking| ("lacks", format!("{} on {}", lacking.actions.join(", "), lacking.resource)));
    let statements = lacking
        .iter()
        .map(|Lacking { resource, actions }| json!({ "Effect": "Allow", "Action": actions, "Resource": resource }).to_string());
    let help = ["let an administrator add these statements to the policies of this identity".to_owned()];
    let whole = ["or attach the whole policy that `gallery-deploy policy` prints".to_owned()];
    Finding {
        check: "permissions",
        outcome: Outcome::Wrong { exit: exit::CREDENTIALS },
        summary: format!("{} not allowed", plural(count, "action")),
        facts: facts.collect(),
        help: help.into_iter().chain(statements).chain(whole).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::Architecture;
    use crate::bundle::tests::{elf_header, zip_with};

    const X86_64: u8 = 62;

    #[test]
    fn an_indexer_for_another_processor_is_found() {
        let zip = |architecture| zip_with("bootstrap", &elf_header(X86_64), architecture);
        assert_eq!(indexer(Ok(zip(Architecture::X86_64))).outcome, Outcome::Fine);
        let finding = indexer(Ok(zip(Architecture::Arm64)));
        assert_eq!(finding.outcome, Outcome::Wrong { exit: exit::CONFIG });
        assert!(finding.summary.contains("for arm64") && finding.summary.contains("would not start"), "{}", finding.summary);
    }

    #[test]
    fn a_clock_is_wrong_shortly_before_aws_says_so() {
        assert_eq!(clock(-239).outcome, Outcome::Fine);
        assert_eq!(clock(600).summary, "this machine's clock is 10 min 0 s ahead of AWS's");
        assert_eq!(clock(-301).summary, "this machine's clock is 5 min 1 s behind AWS's");
    }

    #[test]
    fn a_missing_action_comes_with_the_statement_that_allows_it() {
        let lacking =
            Lacking { resource: "arn:aws:iam::1:role/r".into(), actions: vec!["iam:CreateRole".into(), "iam:TagRole".into()] };
        let finding = permissions(&[lacking]);
        assert_eq!(finding.summary, "2 actions not allowed");
        let statement: serde_json::Value = serde_json::from_str(&finding.help[1]).expect("a statement");
        assert_eq!(statement["Action"], json!(["iam:CreateRole", "iam:TagRole"]));
    }
}
