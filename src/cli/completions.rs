//! What completes a command line in bash, zsh and fish, made of the table.

use std::fmt::Write;

use super::table::{COMMANDS, Entry, Opt};

/// A shell that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
}

impl Shell {
    /// The shell that is called so.
    pub fn parse(name: &str) -> Option<Shell> {
        match name {
            "bash" => Some(Shell::Bash),
            "zsh" => Some(Shell::Zsh),
            "fish" => Some(Shell::Fish),
            _ => None,
        }
    }
}

/// What can stand in a place of the command line.
enum Values {
    Files,
    Directories,
    Of(Vec<&'static str>),
    Unknown,
}

/// The script for a shell.
pub fn completions(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
    }
}

/// By what the usage shows and a sentence names.
fn values(name: &'static str, what: &'static str) -> Values {
    if name == "COMMAND" {
        return Values::Of(COMMANDS.iter().map(|entry| entry.name).collect());
    }
    let listed: Vec<&str> = what
        .split(" or ")
        .flat_map(|part| part.split(", "))
        .collect();
    if listed.len() > 1 && listed.iter().all(|word| !word.contains(' ')) {
        return Values::Of(listed);
    }
    match name {
        "DIRECTORY" => Values::Directories,
        _ if what.contains("file") || what == "a backup" => Values::Files,
        _ => Values::Unknown,
    }
}

fn of_option(option: &Opt) -> Option<Values> {
    option.value.map(|(name, what)| values(name, what))
}

fn of_word(entry: &Entry) -> Values {
    let first = entry.words.first();
    first.map_or(Values::Unknown, |word| values(word.name, word.what))
}

/// The first sentence of a text.
fn first_sentence(text: &str) -> &str {
    text.split_once(". ")
        .map_or(text, |(first, _)| first)
        .trim_end_matches('.')
}

fn bash() -> String {
    let names: Vec<&str> = COMMANDS.iter().map(|entry| entry.name).collect();
    let (mut behind, mut here) = (String::new(), String::new());
    let compgen = |values: &Values| match values {
        Values::Files => "-f".to_owned(),
        Values::Directories => "-d".to_owned(),
        Values::Of(words) => format!("-W '{}'", words.join(" ")),
        Values::Unknown => "-W ''".to_owned(),
    };
    for entry in COMMANDS {
        for option in entry.options {
            if let Some(values) = of_option(option) {
                let arm = format!(
                    "    '{} {}') what=({}) ;;\n",
                    entry.name,
                    option.name,
                    compgen(&values)
                );
                behind.push_str(&arm);
            }
        }
        let options: Vec<&str> = entry.options.iter().map(|option| option.name).collect();
        let (name, word) = (entry.name, compgen(&of_word(entry)));
        let _ = writeln!(
            here,
            "    '{name}') options='{}' what=({word}) ;;",
            options.join(" ")
        );
    }
    format!(
        "# bash completion of leadhook, made by `leadhook completions bash`\n\
_leadhook() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} options='' what=()
  if [ \"$COMP_CWORD\" -le 1 ]; then
    COMPREPLY=($(compgen -W '{}' -- \"$current\"))
    return
  fi
  case \"${{COMP_WORDS[1]}}\" in
{here}  esac
  case \"${{COMP_WORDS[1]}} $before\" in
{behind}  esac
  case \"$current\" in
    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;
    *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen \"${{what[@]}}\" -- \"$current\")) ;;
  esac
}}
complete -F _leadhook leadhook\n",
        names.join(" ")
    )
}

fn zsh() -> String {
    let quoted = |text: &str| text.replace('\'', "'\\''");
    let plain = |text: &str| {
        let text = quoted(first_sentence(text));
        text.replace(':', "\\:")
            .replace('[', "\\[")
            .replace(']', "\\]")
    };
    let action = |values: &Values| match values {
        Values::Files => "_files".to_owned(),
        Values::Directories => "_files -/".to_owned(),
        Values::Of(words) => format!("({})", words.join(" ")),
        Values::Unknown => " ".to_owned(),
    };
    let (mut commands, mut arms) = (String::new(), String::new());
    for entry in COMMANDS {
        let _ = writeln!(commands, "    '{}:{}'", entry.name, plain(entry.about));
        let _ = write!(arms, "    {}) _arguments", entry.name);
        for option in entry.options {
            let _ = write!(arms, " '{}[{}]", option.name, plain(option.about));
            if let (Some((name, _)), Some(values)) = (option.value, of_option(option)) {
                let _ = write!(arms, ":{name}:{}", action(&values));
            }
            arms.push('\'');
        }
        for (place, word) in (1..).zip(entry.words) {
            let _ = write!(
                arms,
                " '{place}:{}:{}'",
                word.name,
                action(&values(word.name, word.what))
            );
        }
        arms.push_str(" ;;\n");
    }
    format!(
        "#compdef leadhook\n# zsh completion of leadhook, made by `leadhook completions zsh`\n\
_leadhook() {{
  local -a commands=(
{commands}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
{arms}  esac
}}
if [ \"$funcstack[1]\" = _leadhook ]; then _leadhook \"$@\"; else compdef _leadhook leadhook; fi\n"
    )
}

fn fish() -> String {
    let quoted = |text: &str| {
        first_sentence(text)
            .replace('\\', "\\\\")
            .replace('\'', "\\'")
    };
    let candidates = |values: &Values| match values {
        Values::Files => " -F".to_owned(),
        Values::Directories => " -a '(__fish_complete_directories)'".to_owned(),
        Values::Of(words) => format!(" -a '{}'", words.join(" ")),
        Values::Unknown => String::new(),
    };
    let mut script = "# fish completion of leadhook, made by `leadhook completions fish`\n\
        complete -c leadhook -f\n"
        .to_owned();
    for entry in COMMANDS {
        let (name, about) = (entry.name, quoted(entry.about));
        let _ = writeln!(
            script,
            "complete -c leadhook -n __fish_use_subcommand -a {name} -d '{about}'"
        );
        let seen = format!("complete -c leadhook -n '__fish_seen_subcommand_from {name}'");
        match of_word(entry) {
            Values::Unknown => {}
            values => {
                let _ = writeln!(script, "{seen}{}", candidates(&values));
            }
        }
        for option in entry.options {
            let long = option.name.trim_start_matches('-');
            let value = of_option(option);
            let value = value.map_or(String::new(), |values| {
                format!(" -r{}", candidates(&values))
            });
            let _ = writeln!(
                script,
                "{seen} -l {long}{value} -d '{}'",
                quoted(option.about)
            );
        }
    }
    script
}
