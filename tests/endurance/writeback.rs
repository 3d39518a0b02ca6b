//! A disk that takes every write and tells only at the sync that it could not keep them: a file system on
//! a loop device whose image lies in a tmpfs with too little room, as on a host that promised more space
//! than it has. Root and loop devices are needed; without them the test says that it is left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::client::Connection;
use crate::clients::Clients;
use crate::daemon::{Directory, wait_until, webhook};
use crate::exhausted::retry;
use crate::receiver::{Receiver, Reply};
use crate::{everything, look, start};

/// What the file system believes it has, and what there is at first.
const PROMISED: &str = "200M";
const THERE_IS: &str = "size=12m";
const THEN_THERE_IS: &str = "remount,size=400m";

/// So many large posts are more than there is room for.
const POSTS_MAX: usize = 200;

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stderr(Stdio::null());
    let output = command.output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(said)
}

/// The disk, which is gone with the value.
struct Disk {
    device: Option<String>,
    tmpfs: PathBuf,
    /// Where the file system is mounted.
    mounted: PathBuf,
    // Removed behind all that is mounted in it.
    _directory: Directory,
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of the test's own")
}

impl Disk {
    /// None where the system does not let the test make one.
    fn make() -> Option<Disk> {
        let directory = Directory::new();
        let mut disk = Disk {
            device: None,
            tmpfs: directory.0.join("tmpfs"),
            mounted: directory.0.join("disk"),
            _directory: directory,
        };
        for path in [&disk.tmpfs, &disk.mounted] {
            fs::create_dir(path).expect("a directory");
        }
        let options = ["-t", "tmpfs", "-o", THERE_IS, "tmpfs", text(&disk.tmpfs)];
        run("mount", &options)?;
        let image = disk.tmpfs.join("image");
        run("truncate", &["-s", PROMISED, text(&image)])?;
        disk.device = Some(run("losetup", &["--find", "--show", text(&image)])?);
        // A loop device takes a write that is cut short for a whole one. Of one page it is all or nothing.
        let name = disk.device().strip_prefix("/dev/")?;
        fs::write(format!("/sys/block/{name}/queue/max_sectors_kb"), "4").ok()?;
        let ext4 = ["-q", "-b", "4096", "-J", "size=4", disk.device()];
        run("mkfs.ext4", &ext4)?;
        disk.mount()?;
        Some(disk)
    }

    fn device(&self) -> &str {
        self.device.as_deref().unwrap_or_default()
    }

    fn mount(&self) -> Option<String> {
        let options = ["-o", "errors=continue", self.device(), text(&self.mounted)];
        run("mount", &options)
    }

    /// There is as much as was promised.
    fn enlarge(&self) {
        let enlarged = run("mount", &["-o", THEN_THERE_IS, text(&self.tmpfs)]);
        enlarged.expect("a larger tmpfs");
    }

    /// Then what is really on the disk is seen.
    fn mount_again(&self) {
        let mounted = run("umount", &[text(&self.mounted)]).and_then(|_| self.mount());
        mounted.expect("the disk is mounted again");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["--lazy", text(&self.mounted)]);
        if let Some(device) = &self.device {
            run("losetup", &["--detach", device]);
        }
        run("umount", &["--lazy", text(&self.tmpfs)]);
    }
}

/// Kills the program when a sync has failed, or lets it go on by itself on an enlarged disk before that.
/// Gives the number of answers, and of the leads in the end.
fn lose_writes(disk: &Disk, goes_on: bool) -> (usize, u64) {
    let receiver = Receiver::always(Reply::status(200));
    let webhooks = webhook("crm", &receiver.url(), &retry());
    let program = &mut start(&disk.mounted, &webhooks);
    let clients = Clients::start();
    clients.door.open(program.ingest);
    let large = "many words ".repeat(5_000);
    let large = |n| format!(r#"{{"notes":"large {n}","a":"{large}","b":"{large}","c":"{large}"}}"#);
    let json = [("content-type", "application/json")];
    let post = |n| {
        let large = large(n);
        let mut connection = Connection::open(program.ingest).ok()?;
        let answer = connection.ask("POST", "/in/website", &json, large.as_bytes());
        Some(answer.ok()?.status)
    };
    let failed = (0..POSTS_MAX).any(|n| post(n) == Some(503));
    assert!(failed, "no sync failed");
    wait_until("trouble that is told", || {
        program.health().is_none_or(|health| health.status == 503)
    });
    if goes_on {
        disk.enlarge();
        let before = clients.told().len();
        wait_until("answers after all", || clients.told().len() > before + 50);
    }
    clients.door.close();
    program.kill();
    disk.enlarge();
    disk.mount_again();

    let program = &mut start(&disk.mounted, &webhooks);
    clients.door.open(program.ingest);
    let told = clients.finish();
    wait_until("an empty queue", || program.pending() == Some(0));
    assert_eq!(program.stop(), Some(0));
    (told.len(), look::check(&disk.mounted, &told))
}

#[test]
fn what_was_acknowledged_is_there_when_a_disk_that_lost_writes_is_mounted_again() {
    let times = if everything() { 20 } else { 2 };
    let (mut answers, mut leads) = (0, 0);
    for n in 0..times {
        let Some(disk) = Disk::make() else {
            println!("figure: left out: it needs root, loop devices and mkfs.ext4");
            return;
        };
        let (told, there) = lose_writes(&disk, n % 2 == 1);
        (answers, leads) = (answers + told, leads + there);
    }
    println!("figure: {times} disks that lost writes, {answers} answers, {leads} leads, all there");
}
