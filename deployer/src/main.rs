//! Arguments in, exit code out.

use std::process::{ExitCode, exit};

use gallery_deploy::cli;
use gallery_deploy::report::panic;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| exit(panic::tell(info).into())));
    ExitCode::from(cli::main(std::env::args_os()))
}
