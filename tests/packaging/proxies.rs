//! The recipes for web servers, tried with the real ones: a lead arrives by HTTPS, and the visitor is known.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::daemon::{Directory, Setting, TestDaemon, wait_until};
use crate::passed_over;

const SOURCES: &str = "
[[source]]
name = \"website\"
auth = \"none\"
[[source]]
name = \"partner\"
auth = { bearer = \"test-source-token-0123\" }
";
/// Another address of the loopback network stands for a visitor's.
const VISITOR: &str = "127.0.5.2";

/// A web server at work; it ends with the value.
struct WebServer(Child);

impl Drop for WebServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    free.expect("a free port").port()
}

/// Starts a web server and waits until it listens; none where there is no such program.
fn start(command: &mut Command, port: u16) -> Option<WebServer> {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match quiet.spawn() {
        Ok(child) => {
            let mut server = WebServer(child);
            wait_until("a web server that listens", || {
                let ended = server.0.try_wait().expect("its state");
                assert!(ended.is_none(), "the web server refuses the recipe");
                TcpStream::connect(("127.0.0.1", port)).is_ok()
            });
            Some(server)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            passed_over(&format!("{}: {error}", command.get_program().display()));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Posts by HTTPS from the visitor's address, who claims another one; gives answer and status.
fn post(port: u16, source: &str) -> Option<String> {
    let url = format!("https://localhost:{port}/in/{source}");
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--insecure",
        "--max-time",
        "10",
        "--interface",
        VISITOR,
    ]);
    curl.args([
        "--resolve",
        &format!("localhost:{port}:127.0.0.1"),
        "-H",
        "X-Forwarded-For: 203.0.113.9",
    ]);
    curl.args([
        "--write-out",
        " %{http_code}",
        "-d",
        "name=Ada&email=ada@example.com",
        &url,
    ]);
    match curl.output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            passed_over(&format!("curl: {error}"));
            None
        }
    }
}

/// A daemon behind a web server, which `serve` starts with a recipe in which the ports are these.
fn behind(recipe: &str, serve: impl FnOnce(&str, u16, &Path) -> Option<WebServer>) {
    let setting = Setting::default().with("ingest", "trusted_proxies = [\"127.0.0.1\"]");
    let daemon = TestDaemon::start_with(setting, SOURCES);
    let directory = Directory::new();
    let recipe = fs::read_to_string(recipe).expect("a recipe");
    assert!(recipe.contains("127.0.0.1:8480"));
    let recipe = recipe.replace("127.0.0.1:8480", &daemon.ingest().to_string());
    let port = free_port();
    let Some(_server) = serve(&recipe, port, &directory.0) else {
        return;
    };
    let Some(mut answer) = post(port, "website") else {
        return;
    };
    // Caddy listens a moment before it has its certificate.
    wait_until("a lead by HTTPS", || {
        if answer.ends_with(" 000") {
            answer = post(port, "website").expect("curl");
        }
        !answer.ends_with(" 000")
    });
    assert_eq!(answer, "{\"lead_id\":1,\"result\":\"created\"} 201");
    // Of who is refused the network is noted: the visitor's, neither the web server's nor the claimed one.
    assert!(post(port, "partner").expect("curl").ends_with(" 401"));
    let refused = daemon.get("/api/v1/sources/partner/refused").body;
    assert!(refused.contains("\"127.0.5.0\""), "{refused}");
}

#[test]
fn the_recipe_for_caddy_brings_leads_by_https_and_says_who_posts() {
    behind("packaging/Caddyfile", |recipe, port, directory| {
        let site = format!("https://localhost:{port} {{\n\ttls internal\n");
        let options = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n";
        let recipe = recipe.replace("leads.example.com {\n", &site);
        assert!(recipe.contains(&site));
        fs::write(directory.join("Caddyfile"), format!("{options}{recipe}")).expect("a file");
        let mut caddy = Command::new("caddy");
        caddy
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(directory.join("Caddyfile"));
        caddy
            .env("XDG_DATA_HOME", directory)
            .env("XDG_CONFIG_HOME", directory)
            .env("HOME", directory);
        start(&mut caddy, port)
    });
}

#[test]
fn the_recipe_for_nginx_brings_leads_by_https_and_says_who_posts() {
    behind("packaging/nginx.conf", |recipe, port, directory| {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
            .expect("a certificate");
        fs::write(directory.join("fullchain.pem"), own.cert.pem()).expect("a file");
        fs::write(
            directory.join("privkey.pem"),
            own.signing_key.serialize_pem(),
        )
        .expect("a file");
        let shown = directory.display();
        let recipe = recipe
            .replace("listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl"))
            .replace(
                "/etc/letsencrypt/live/leads.example.com",
                &shown.to_string(),
            );
        assert!(recipe.contains(&format!("{shown}/privkey.pem")));
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary = temporary
            .map(|kind| format!("{kind}_temp_path {shown}/{kind};\n"))
            .concat();
        let config = format!(
            "pid {shown}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{recipe}}}\n"
        );
        fs::write(directory.join("nginx.conf"), config).expect("a file");
        let mut nginx = Command::new("nginx");
        nginx
            .args(["-g", "daemon off; master_process off;", "-p"])
            .arg(directory);
        nginx.arg("-c").arg(directory.join("nginx.conf"));
        start(&mut nginx, port)
    });
}
