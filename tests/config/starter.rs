//! What `leadhook init` writes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use leadhook::config::{self, Env, StarterError, starter};
use leadhook::domain::source::Auth;

use crate::dir::Dir;

/// A dice that counts, so that each secret is another one.
fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0;
    move |bytes| {
        bytes.fill_with(|| {
            next += 1;
            next
        });
    }
}

#[test]
fn the_config_it_writes_is_whole_and_without_warnings() {
    let dir = Dir::new();
    let fresh = dir.path().join("new/leads");
    let written = starter(&fresh, None, &mut counting()).expect("a starter");
    assert_eq!(written[0], fresh.join("leadhook.toml"));
    let config = match config::load(&written[0], &Env::default()) {
        Ok(config) => config,
        Err(problems) => panic!("{problems}"),
    };
    assert_eq!(config.warnings, []);
    assert_eq!(config.webhooks[0].keys.len(), 1);
    let Auth::Bearer(tokens) = &config.sources[1].auth else {
        panic!("{:?}", config.sources);
    };
    assert_ne!(tokens[0], config.admin.tokens[0]);
}

#[test]
fn its_files_are_for_their_owner_alone_and_hold_what_the_dice_gave() {
    let dir = Dir::new();
    let written = starter(dir.path(), None, &mut counting()).expect("a starter");
    assert_eq!(written.len(), 4);
    let mut contents = Vec::new();
    for path in &written {
        let mode = fs::metadata(path).expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        contents.push(fs::read_to_string(path).expect("its content"));
    }
    assert_eq!(
        contents[1],
        "lh_admin_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA\n"
    );
    assert!(contents[2].starts_with("lh_source_ISIj"));
    assert!(contents[3].starts_with("whsec_QUJD"));
}

#[test]
fn no_file_is_ever_overwritten() {
    let names = [
        "leadhook.toml",
        "admin-token",
        "source-token",
        "webhook-secret",
    ];
    for name in names {
        let dir = Dir::new();
        let path = dir.write(name, "mine", 0o600);
        match starter(dir.path(), None, &mut counting()) {
            Err(StarterError::Exists(existing)) => assert_eq!(existing, path),
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read_to_string(&path).expect(name), "mine");
        assert_eq!(fs::read_dir(dir.path()).expect("the directory").count(), 1);
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = Dir::new();
    dir.write("file", "", 0o600);
    let error =
        starter(&dir.path().join("file/below"), None, &mut counting()).expect_err("no directory");
    assert!(error.to_string().contains("file/below"), "{error}");
}

#[test]
fn for_a_domain_it_adds_what_the_web_server_and_the_site_need() {
    let dir = Dir::new();
    let domain = Some("leads.ada.example");
    let written = starter(dir.path(), domain, &mut counting()).expect("a starter");
    let content = |at: usize| fs::read_to_string(&written[at]).expect("its content");
    assert_eq!(written.len(), 6);
    assert!(content(4).contains("\nleads.ada.example {\n"));
    assert!(content(5).contains("action=\"https://leads.ada.example/in/website\""));
    assert!(!content(0).contains("leads.example.com") && !content(5).contains("leads.example.com"));
    let config = config::load(&written[0], &Env::default()).expect("a config");
    // Or all visitors would count as one, the web server.
    assert_eq!(config.ingest.trusted_proxies.len(), 2);
    assert!(content(0).contains("\npublic_url = \"https://leads.ada.example\"\n"));
    assert_eq!(config.warnings, []);
}

#[test]
fn what_is_no_domain_is_refused_before_anything_is_written() {
    for text in [
        "https://a.example",
        "a.example/in",
        "localhost",
        "10.0.0.1",
        "a b.example",
        "",
    ] {
        let dir = Dir::new();
        let error = starter(dir.path(), Some(text), &mut counting()).expect_err(text);
        assert!(matches!(error, StarterError::Domain(_)), "{error}");
        assert_eq!(fs::read_dir(dir.path()).expect("the directory").count(), 0);
    }
}

/// As `/etc/leadhook` of the package is: the daemon has a user of its own, whose group may read.
#[test]
fn in_a_directory_that_hands_its_group_on_the_group_may_read() {
    let dir = Dir::new();
    let hands_on = fs::Permissions::from_mode(0o2750);
    fs::set_permissions(dir.path(), hands_on).expect("its mode");
    for path in starter(dir.path(), None, &mut counting()).expect("a starter") {
        let mode = fs::metadata(&path).expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{}", path.display());
    }
}
