//! `explain`: what an error code means, at length.

use clap::ValueEnum as _;

use crate::code::Code;
use crate::error::Error;
use crate::explain::{Page, page};
use crate::report::print_to_fit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The word in the brackets of `error[CODE]`; without it all are listed
    #[arg(value_enum)]
    code: Option<Code>,
}

pub(super) fn run(args: &Args) -> Result<(), Error> {
    match args.code {
        Some(code) => print_to_fit(&text(code)),
        None => {
            let lines: Vec<String> =
                Code::value_variants().iter().map(|code| format!("{:<13} {}", code.as_str(), page(*code).title)).collect();
            print_to_fit(&lines.join("\n"))
        }
    }
}

fn text(code: Code) -> String {
    let Page { title, means, why, remedies } = page(code);
    let mut text = format!("error[{}]: {title}\n\n{means}\n\nWhy it ends the run\n  {}\n\nWhat to do", code.as_str(), why);
    for remedy in remedies {
        text += &format!("\n  - {remedy}");
    }
    text
}
