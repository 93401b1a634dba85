//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(gallery_deploy::cli::main(std::env::args_os()))
}
