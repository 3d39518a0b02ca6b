//! What each command does. What people read goes to standard output, what went wrong to standard
//! error; the exit code tells programs.

mod asking;
mod backup;
mod compact;
mod consent;
mod deliveries;
mod doctor;
mod export;
mod forget;
mod healthcheck;
mod import;
mod init;
mod leads;
mod listen;
mod old_leads;
mod owner;
mod plain;
mod restore;
mod run;
mod signing;
mod sources;
mod stats;
mod table;
mod tail;
mod tasks;
mod test_lead;
mod test_webhook;
mod token;
mod unit;
mod webhooks;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;

use crate::cli::{Command, completions, help, man};
use crate::config::{self, Config, EXAMPLE, Env, Problems};
use crate::store::{Location, OpenError, Options, Store};
use test_webhook::Wish;
use unit::Unit;

/// How a command ended, as sysexits.h numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Well = 0,
    Wrong = 1,
    Newer = 65,
    Unavailable = 69,
    System = 71,
    Disk = 74,
    Locked = 75,
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Does what was asked for.
pub fn execute(command: Command) -> ExitCode {
    let exit = match command {
        Command::Run(file) => run::run(file),
        Command::CheckConfig(file) => check_config(file),
        Command::Init { directory, domain } => init::init(&directory, domain.as_deref()),
        Command::ExampleConfig => print(EXAMPLE),
        Command::Sending(what, file) => deliveries::sending(what, file),
        Command::TestLead {
            source,
            body,
            config,
        } => test_lead::test_lead(&source, &body, config),
        Command::Sources { name, json, config } => sources::sources(name, json, config),
        Command::Leads {
            filters,
            limit,
            json,
            config,
        } => leads::leads(filters, limit, json, config),
        Command::Lead { id, json, config } => leads::lead(id, json, config),
        Command::Export {
            filters,
            format,
            to,
            config,
        } => export::export(filters, format, to.as_deref(), config),
        Command::ExportPerson { whom, to, config } => forget::export(&whom, to.as_deref(), config),
        Command::Import(what, config) => import::import(&what, config),
        Command::Forget(what, config) => forget::forget(&what, config),
        Command::Stats { days, json, config } => stats::stats(days, json, config),
        Command::Tail { json, config } => tail::tail(json, config),
        Command::Healthcheck { live, config } => healthcheck::healthcheck(live, config),
        Command::Doctor { json, config } => doctor::doctor(json, config),
        Command::Token(token, config) => token::token(&token, config),
        Command::TestWebhook {
            name,
            lead_type,
            trigger,
            json,
            config,
        } => test_webhook::test_webhook(&name, Wish { lead_type, trigger }, json, config),
        Command::Listen {
            address,
            secret,
            status,
            delay,
        } => listen::listen(address.as_deref(), secret.as_deref(), status, delay),
        Command::Sign(signed) => signing::sign_body(&signed),
        Command::VerifySignature {
            signed,
            signature,
            headers,
            any_age,
        } => signing::verify_signature(&signed, signature, headers.as_deref(), any_age),
        Command::Verify(file) => verify(file),
        Command::Backup(to, file) => backup::backup(to.as_deref(), file),
        Command::Restore {
            backup,
            journal,
            config,
        } => restore::restore(backup, journal, config),
        Command::Compact(file) => compact::compact(file),
        Command::Completions(shell) => print(&completions(shell)),
        Command::Man => print(&man()),
        Command::Version => print(concat!("leadhook ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Help(of) => print(&help(of)),
    };
    exit.into()
}

/// Prints what was asked for. A reader that has gone away, as `head` does, has what it wanted.
fn print(text: &str) -> Exit {
    match printed(text) {
        Printed::Failed => Exit::Wrong,
        Printed::Well | Printed::NobodyReads => Exit::Well,
    }
}

/// What became of a text for standard output.
enum Printed {
    Well,
    /// The reader has gone away.
    NobodyReads,
    /// That was said.
    Failed,
}

/// Prints, for who goes on afterwards.
fn printed(text: &str) -> Printed {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Printed::Well,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Printed::NobodyReads,
        Err(error) => {
            complain(format_args!("cannot print: {error}"));
            Printed::Failed
        }
    }
}

/// Tells how it went; whether anybody listens changes nothing.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Tells what went wrong.
fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Where the config is that a command is about.
#[derive(Clone, Debug)]
enum Origin {
    File(PathBuf),
    BuiltIn,
}

impl Origin {
    /// The file that was named, or else the usual ones, or else the built-in example.
    fn find(named: Option<PathBuf>) -> Origin {
        const USUAL: [&str; 2] = ["leadhook.toml", "/etc/leadhook/leadhook.toml"];
        let usual = || USUAL.iter().map(PathBuf::from).find(|file| file.exists());
        named.or_else(usual).map_or(Origin::BuiltIn, Origin::File)
    }

    fn load(&self) -> Result<Config, Problems> {
        self.load_as(&self.usual_env())
    }

    /// What this process was given, and else what the unit is given that has this config. Who was told a
    /// directory for the database was started by systemd or in a container.
    fn usual_env(&self) -> Env {
        let own = Env::of_process();
        match own.var("STATE_DIRECTORY") {
            Some(_) => own,
            None => self.env_of(&Unit::of_system()),
        }
    }

    fn env_of(&self, unit: &Unit) -> Env {
        let own = Env::of_process();
        match self {
            Origin::File(file) => own.or(unit.env(file)),
            Origin::BuiltIn => own,
        }
    }

    /// The config in this environment.
    fn load_as(&self, env: &Env) -> Result<Config, Problems> {
        match self {
            Origin::File(file) => config::load(file, env),
            Origin::BuiltIn => config::parse(EXAMPLE, "config.example.toml", Path::new("."), env),
        }
    }

    fn name(&self) -> String {
        match self {
            Origin::File(file) => file.display().to_string(),
            Origin::BuiltIn => "the built-in example".to_owned(),
        }
    }
}

/// The config, or its problems on standard error.
fn load(origin: &Origin) -> Result<Config, Exit> {
    told(origin.load())
}

/// The same for what only works on files, perhaps while the unit that has the credentials is down.
fn load_for_files(origin: &Origin) -> Result<Config, Exit> {
    told(origin.load_as(&origin.usual_env().without_credentials()))
}

fn told(loaded: Result<Config, Problems>) -> Result<Config, Exit> {
    loaded.map_err(|problems| {
        complain(problems);
        Exit::Config
    })
}

fn check_config(file: Option<PathBuf>) -> Exit {
    let origin = Origin::find(file);
    let config = match load_for_files(&origin) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    for warning in &config.warnings {
        say(warning);
    }
    let (sources, webhooks) = (config.sources.len(), config.webhooks.len());
    say(format_args!(
        "{} is fine; sources: {sources}, webhooks: {webhooks}",
        origin.name()
    ));
    Exit::Well
}

fn verify(file: Option<PathBuf>) -> Exit {
    let config = match load_for_files(&Origin::find(file)).and_then(owner::become_owner) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    if !config.store.path.exists() {
        complain(format_args!(
            "there is no database at {}",
            config.store.path.display()
        ));
        return Exit::Wrong;
    }
    let options = Options {
        cache_bytes: config.store.cache_bytes,
        ..Options::at(Location::File(config.store.path.clone()))
    };
    let store = match open(options) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let exit = report(&store);
    store.close();
    exit
}

/// Opens a store that no daemon has open, or tells why not.
fn open(options: Options) -> Result<Store, Exit> {
    let (sender, opened) = mpsc::channel();
    let store = Store::look(options, move |result| {
        let _ = sender.send(result);
    });
    let store = store.map_err(|error| {
        complain(format_args!("cannot start: {error}"));
        Exit::System
    })?;
    match opened.recv() {
        Ok(Err(error)) => Err(not_opened(&error)),
        _ => Ok(store),
    }
}

/// Tells why a database could not be opened.
fn not_opened(error: &OpenError) -> Exit {
    complain(error);
    match error {
        OpenError::Locked(_) => Exit::Locked,
        OpenError::Newer(_) => Exit::Newer,
        OpenError::Damaged(_) => Exit::Wrong,
        OpenError::System(_) | OpenError::Full(_) => Exit::Disk,
    }
}

fn report(store: &Store) -> Exit {
    match store.verify() {
        Ok(problems) if problems.is_empty() => {
            let leads = store.counts().map_or(0, |counts| counts.leads);
            say(format_args!("the database is in order ({leads} leads)"));
            Exit::Well
        }
        Ok(problems) => {
            problems.iter().for_each(say);
            Exit::Wrong
        }
        Err(error) => {
            complain(error);
            Exit::Disk
        }
    }
}
