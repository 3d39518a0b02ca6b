//! The RPM. `packaging/try-install` tries it on a whole system; here is what can be seen from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::passed_over;
use crate::process::Place;

/// Builds the package of the binary of the tests.
fn built(place: &Place, directory: &str) -> PathBuf {
    let mut build = Command::new("packaging/build-rpm");
    build
        .arg(env!("CARGO_BIN_EXE_leadhook"))
        .arg(place.path(directory))
        // A debugging binary takes long to pack.
        .env("RPM_PAYLOAD", "w1.gzdio")
        .env("SOURCE_DATE_EPOCH", "1769954941");
    let build = build.output().expect("the script");
    let said = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "{said}");
    String::from_utf8_lossy(&build.stdout).trim().into()
}

fn asked(what: &[&str], package: &Path) -> String {
    let output = Command::new("rpm")
        .arg("-qp")
        .args(what)
        .arg(package)
        .output();
    String::from_utf8_lossy(&output.expect("rpm").stdout).into_owned()
}

#[test]
fn the_same_binary_makes_the_same_rpm_in_which_is_nothing_that_a_removal_should_leave() {
    if Command::new("rpmbuild").arg("--version").output().is_err() {
        return passed_over("there is no rpmbuild");
    }
    let place = Place::new();
    let package = built(&place, "one");
    let content = asked(&["-l"], &package);
    for path in [
        "/usr/bin/leadhook\n",
        "/usr/lib/systemd/system/leadhook.service\n",
        "/usr/share/man/man1/leadhook.1.gz\n",
        "/usr/share/licenses/leadhook/LICENSE\n",
    ] {
        assert!(content.contains(path), "{path} is not in\n{content}");
    }
    // Config and leads belong to no package: no upgrade changes them, no removal takes them.
    assert!(
        !content.contains("/etc") && !content.contains("/var"),
        "{content}"
    );
    let scripts = asked(&["--scripts"], &package);
    assert!(
        scripts.contains("The leads stay in /var/lib/leadhook"),
        "{scripts}"
    );
    assert!(!scripts.contains("rm -"), "{scripts}");
    let version = asked(&["--queryformat", "%{version}"], &package);
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    let again = built(&place, "two");
    assert!(fs::read(package).expect("a package") == fs::read(again).expect("another"));
}
