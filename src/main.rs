//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use leadhook::{cli, commands};

const USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(|argument| {
        let odd = |argument: std::ffi::OsString| format!("{} is not UTF-8", argument.display());
        argument.into_string().map_err(odd)
    });
    match arguments
        .collect::<Result<Vec<String>, String>>()
        .and_then(cli::parse)
    {
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
