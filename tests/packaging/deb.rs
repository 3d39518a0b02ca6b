//! The Debian package. `packaging/try-install` tries it on a whole Debian; here is what can be seen from
//! outside.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::passed_over;
use crate::process::Place;

/// Builds the package of the binary of the tests; none where there is no dpkg-deb.
fn built(place: &Place, directory: &str) -> Option<PathBuf> {
    if Command::new("dpkg-deb").arg("--version").output().is_err() {
        passed_over("there is no dpkg-deb");
        return None;
    }
    let out = place.path(directory);
    let mut build = Command::new("packaging/build-deb");
    build.arg(env!("CARGO_BIN_EXE_leadhook")).arg(&out);
    // A debugging binary takes long to pack.
    build
        .env("DPKG_DEB_COMPRESSOR_TYPE", "none")
        .env("SOURCE_DATE_EPOCH", "1769954941");
    let build = build.output().expect("the script");
    assert!(
        build.status.success(),
        "{}",
        String::from_utf8_lossy(&build.stderr)
    );
    Some(String::from_utf8_lossy(&build.stdout).trim().into())
}

fn shown(what: &str, package: &PathBuf) -> String {
    let output = Command::new("dpkg-deb").arg(what).arg(package).output();
    String::from_utf8_lossy(&output.expect("dpkg-deb").stdout).into_owned()
}

#[test]
fn the_same_binary_makes_the_same_package_in_which_no_config_is() {
    let place = Place::new();
    let Some(package) = built(&place, "one") else {
        return;
    };
    let content = shown("--contents", &package);
    for path in [
        "usr/bin/leadhook",
        "systemd/system/leadhook.service",
        "man1/leadhook.1.gz",
        "completions/leadhook",
    ] {
        assert!(content.contains(path), "{path} is not in\n{content}");
    }
    // What no package brings, no upgrade changes.
    assert!(!content.contains("etc/"), "{content}");
    let version = format!("Version: {}\n", env!("CARGO_PKG_VERSION"));
    assert!(shown("--info", &package).contains(&version));
    let again = built(&place, "two").expect("dpkg-deb");
    assert!(fs::read(package).expect("a package") == fs::read(again).expect("another"));
}

#[test]
fn the_scripts_of_packaging_are_read_by_the_shell() {
    let mut n_scripts = 0;
    for directory in ["packaging", "packaging/debian"] {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let text = fs::read(&path).unwrap_or_default();
            if text.starts_with(b"#!/bin/sh\n") {
                n_scripts += 1;
                let read = Command::new("sh")
                    .arg("-n")
                    .arg(&path)
                    .output()
                    .expect("a shell");
                assert!(read.status.success(), "{}: {read:?}", path.display());
            }
        }
    }
    assert!(n_scripts >= 8, "only {n_scripts} scripts");
}
