//! The files of a config: secrets, credentials, the config itself; and that no secret shows.

use std::path::Path;

use std::os::unix::fs::PermissionsExt;

use leadhook::config::{self, Config, Env, Problems};
use leadhook::domain::source::Auth;

use crate::dir::Dir;

const TOKEN: &str = "canary-0123456789";

fn parse(dir: &Dir, text: &str, env: &Env) -> Result<Config, Problems> {
    config::parse(text, "leadhook.toml", dir.path(), env)
}

fn only_problem(result: Result<Config, Problems>) -> String {
    let problems = result.expect_err("a problem");
    assert_eq!(problems.0.len(), 1, "{problems}");
    problems.to_string()
}

#[test]
fn a_secret_file_is_read_without_its_newline() {
    let dir = Dir::new();
    dir.write("admin-token", format!("{TOKEN}\n"), 0o600);
    dir.write("old-token", format!("old-{TOKEN}\r\n"), 0o400);
    let text = "[admin]\ntoken_file = ['admin-token', 'old-token']";
    let config = parse(&dir, text, &Env::default()).expect(text);
    assert!(config.admin.tokens[0].matches(TOKEN.as_bytes()));
    assert!(config.admin.tokens[1].matches(format!("old-{TOKEN}").as_bytes()));
}

#[test]
fn a_secret_file_that_others_may_use_is_refused_with_the_command_that_mends_it() {
    let dir = Dir::new();
    for mode in [0o640, 0o604, 0o620] {
        let path = dir.write("admin-token", TOKEN, mode);
        let said = only_problem(parse(
            &dir,
            "[admin]\ntoken_file = 'admin-token'",
            &Env::default(),
        ));
        assert!(
            said.starts_with("leadhook.toml:2:14: admin: token_file: "),
            "{said}"
        );
        assert!(
            said.ends_with(&format!("chmod 600 {}", path.display())),
            "{said}"
        );
        assert!(!said.contains(TOKEN));
    }
}

#[test]
fn a_secret_file_that_is_not_one_line_of_text_is_refused() {
    let dir = Dir::new();
    for content in [
        b"".as_slice(),
        b"\n",
        b"two\nlines-canary",
        b"\xff\xfe-canary",
        &[b'x'; 5000],
    ] {
        dir.write("admin-token", content, 0o600);
        let said = only_problem(parse(
            &dir,
            "[admin]\ntoken_file = 'admin-token'",
            &Env::default(),
        ));
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn a_credential_is_read_from_the_directory_that_systemd_names() {
    let dir = Dir::new();
    // With an access list, systemd's credentials look as if their group could read them.
    dir.write("partner", TOKEN, 0o440);
    let text = "[admin]\ntoken_credential = 'partner'";
    let path = dir.path().to_str().expect("a path in UTF-8");
    let env: Env = [("CREDENTIALS_DIRECTORY", path)].into_iter().collect();
    let config = parse(&dir, text, &env).expect(text);
    assert!(config.admin.tokens[0].matches(TOKEN.as_bytes()));
    assert!(only_problem(parse(&dir, text, &Env::default())).contains("LoadCredential="));
}

#[test]
fn the_spellings_of_a_secret_add_up() {
    let dir = Dir::new();
    dir.write("token", TOKEN, 0o600);
    let text = "[admin]\ntoken = 'sixteen-letters-'\n\
        [[source]]\nname = 'a'\nauth = { bearer = '${NEW}', bearer_file = 'token' }";
    let env: Env = [("NEW", "new-sixteen-letters")].into_iter().collect();
    let config = parse(&dir, text, &env).expect(text);
    assert!(matches!(&config.sources[0].auth, Auth::Bearer(secrets) if secrets.len() == 2));
}

#[test]
fn no_secret_shows_in_a_problem_or_in_debug() {
    let dir = Dir::new();
    dir.write("file", TOKEN, 0o600);
    let env: Env = [("VARIABLE", "canary"), ("LONG", TOKEN)]
        .into_iter()
        .collect();
    let wrong = "[ingest]\nlisten = '${VARIABLE}'\nheader_timeout = '${VARIABLE}'\n\
        [admin]\ntoken = ['canary', '${VARIABLE}', 'canary canary canary']\n\
        [[source]]\nname = 'a'\nauth = 'canary'\n\
        [[source]]\nname = 'b'\nauth = { bearer = 'canary', header = 'x y' }\n\
        [[webhook]]\nname = 'c'\nurl = 'https://canary:canary@crm.example.com/?canary'\n\
        secret = ['canary', 'whsec_canary']\nsecret_file = 'file'\n\
        proxy = 'http://canary:canary@proxy.example.com'\nlead_types = '${VARIABLE}'";
    let problems = parse(&dir, wrong, &env).expect_err(wrong);
    assert!(problems.0.len() >= 12, "{problems}");
    assert!(
        !format!("{problems} {problems:?}").contains("canary"),
        "{problems}"
    );

    let right = "[admin]\ntoken = '${LONG}'\ntoken_file = 'file'\n\
        [[source]]\nname = 'a'\nauth = { query = 't', secret = 'canary-canary-canary' }\n\
        [[webhook]]\nname = 'c'\nurl = 'https://crm.example.com/?key=canary'\n\
        secret = 'whsec_canarycanarycanarycanarycanarycanary'";
    let config = parse(&dir, right, &env).expect(right);
    assert!(
        !format!("{config:?} {env:?}").contains("canary"),
        "{config:?}"
    );
}

#[test]
fn relative_paths_begin_at_the_directory_of_the_config() {
    let dir = Dir::new();
    dir.write("token", TOKEN, 0o600);
    let path = dir.write("leadhook.toml", "[admin]\ntoken_file = 'token'", 0o600);
    let config = config::load(&path, &Env::default()).expect("a config");
    assert_eq!(config.store.path, dir.path().join("leadhook.redb"));
}

#[test]
fn a_secret_in_a_config_that_others_may_read_is_a_warning() {
    let dir = Dir::new();
    let text = format!(
        "[admin]\ntoken = '{TOKEN}'\n\
        [[source]]\nname = 'a'\nauth = {{ bearer = ['example-source-token', '${{LONG}}'] }}\n\
        [[webhook]]\nname = 'b'\nurl = 'https://crm.example.com/'\nunsigned = true\n\
        [[webhook]]\nname = 'ops'\nurl = 'https://ops.example.com/'\nunsigned = true\nalerts_only = true"
    );
    let env: Env = [("LONG", TOKEN)].into_iter().collect();
    let warnings = |mode| {
        let path = dir.write("leadhook.toml", &text, mode);
        config::load(&path, &env).expect(&text).warnings
    };
    assert_eq!(warnings(0o600), []);
    let open = warnings(0o644);
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(
        open[0].to_string().contains(":2:9: admin: token: "),
        "{}",
        open[0]
    );
    assert!(!open[0].to_string().contains(TOKEN));
}

#[test]
fn a_config_that_cannot_be_read_says_why_and_where() {
    let dir = Dir::new();
    let said = |path: &Path| only_problem(config::load(path, &Env::default()));
    assert!(said(&dir.path().join("none.toml")).contains("No such file"));
    assert!(said(dir.path()).contains("not a regular file"));
    let latin = dir.write("latin.toml", b"# caf\xe9\n[a]\nb = '\xe9'", 0o600);
    assert!(
        said(&latin).contains("latin.toml:1:6: this is not UTF-8"),
        "{}",
        said(&latin)
    );
    let long = dir.write("long.toml", vec![b'#'; (1 << 20) + 1], 0o600);
    assert!(said(&long).contains("more than 1048576 bytes"));
}

/// As in the package: the file is `root:leadhook` with 0640, and the daemon runs as `leadhook`.
#[test]
fn a_group_that_root_lets_read_a_secret_is_no_stranger_and_others_are() {
    let dir = Dir::new();
    let path = dir.write("token", TOKEN, 0o640);
    let text = "[admin]\ntoken_file = 'token'";
    if std::os::unix::fs::chown(&path, Some(0), Some(1)).is_err() {
        // Only root can hand a file to another group.
        return;
    }
    parse(&dir, text, &Env::default()).expect("a secret for a group");
    for mode in [0o660, 0o644, 0o641] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its mode");
        assert!(only_problem(parse(&dir, text, &Env::default())).contains("open to other users"));
    }
}
