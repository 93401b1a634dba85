//! Parse, run, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use gallery_deploy::cli::Cli;
use gallery_deploy::report::show_error;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            show_error(&gallery_deploy::error::Error::Bug(error.to_string()));
            return ExitCode::from(gallery_deploy::error::exit::BUG);
        }
    };
    match runtime.block_on(cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            show_error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
