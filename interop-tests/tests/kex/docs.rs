//! The page that walks through it: every command on it, in its order, in one folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use wharf_interop_tests::{PATIENCE, Process, peer};

use super::Lab;

/// The commands of the page.
fn commands(page: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    let mut is_shell = false;
    for line in page.lines() {
        match line {
            "```sh" => is_shell = true,
            "```" => is_shell = false,
            _ if is_shell => commands.push(line),
            _ => {}
        }
    }
    commands
}

#[test]
fn every_command_of_the_page_runs_as_it_stands() {
    let (Some(bash), Some(_)) = (peer::require("bash", "bash"), peer::openssl()) else {
        return;
    };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/key-exchange.md");
    let page = fs::read_to_string(page).unwrap();
    let lab = Lab::new();
    let bin = lab.0.folder("bin");
    let wharf = lab.0.wharf(&[]).get_program().to_owned();
    symlink(wharf, bin.join("wharf")).unwrap();
    let run = |line: &str| {
        let mut command = Command::new(&bash);
        // The environment and the folder are those of the command under test.
        for (name, value) in lab.0.wharf(&[]).get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let path = std::env::var("PATH").unwrap();
        command
            .args(["-o", "pipefail", "-c", line])
            .current_dir(bin.parent().unwrap())
            .env("PATH", format!("{}:{path}", bin.display()));
        command
    };
    let commands = commands(&page);
    assert!(commands.len() > 30, "{commands:?}");
    let (mut listening, mut port) = (None, String::new());
    for line in commands {
        // The page has a fixed port, which may be taken here; and whoever dials waits until somebody listens.
        if let Some(line) = line.strip_suffix(" &") {
            let line = format!("exec {}", line.replace("127.0.0.1:7000", "127.0.0.1:0"));
            let server = Process::spawn(&mut run(&line));
            port = server.wait_for_stderr(|line| {
                let address = line.strip_prefix("wharf: listening on ")?;
                Some(address.trim().to_owned())
            });
            listening = Some(server);
        } else if line == "wait" {
            let server = listening.take().expect("somebody listens");
            let _ = server.finish(PATIENCE).success();
        } else {
            let line = line.replace("127.0.0.1:7000", &port);
            let _ = Process::run(&mut run(&line)).success();
        }
    }
}
