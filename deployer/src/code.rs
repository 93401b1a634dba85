//! The words in `error[CODE]`.

/// What kind of failure it is. [`explain`](crate::explain) has a page for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Code {
    Account,
    Aws,
    Bug,
    Bundle,
    Changes,
    Config,
    Credentials,
    Deadline,
    Doctor,
    Drift,
    Endpoint,
    File,
    Incomplete,
    Index,
    Interrupted,
    Local,
    Network,
    NotDeployed,
    OtherRun,
    Output,
    Permission,
    Refused,
    Region,
    Site,
    Usage,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Aws => "aws",
            Self::Bug => "bug",
            Self::Bundle => "bundle",
            Self::Changes => "changes",
            Self::Config => "config",
            Self::Credentials => "credentials",
            Self::Deadline => "deadline",
            Self::Doctor => "doctor",
            Self::Drift => "drift",
            Self::Endpoint => "endpoint",
            Self::File => "file",
            Self::Incomplete => "incomplete",
            Self::Index => "index",
            Self::Interrupted => "interrupted",
            Self::Local => "local",
            Self::Network => "network",
            Self::NotDeployed => "not-deployed",
            Self::OtherRun => "other-run",
            Self::Output => "output",
            Self::Permission => "permission",
            Self::Refused => "refused",
            Self::Region => "region",
            Self::Site => "site",
            Self::Usage => "usage",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn the_command_line_takes_the_words_that_errors_show() {
        for code in Code::value_variants() {
            let word = code.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(word.as_deref(), Some(code.as_str()));
        }
    }
}
