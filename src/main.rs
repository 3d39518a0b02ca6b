//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use leadhook::{cli, commands};

const USAGE: u8 = 64;

fn main() -> ExitCode {
    match cli::parse(std::env::args().skip(1)) {
        Ok(command) => commands::execute(command),
        Err(reason) => {
            use std::io::Write;
            let _ = writeln!(
                std::io::stderr(),
                "leadhook: {reason}\nTry `leadhook help`."
            );
            ExitCode::from(USAGE)
        }
    }
}
