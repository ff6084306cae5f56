//! Completions and manual pages.

use std::fs;
use std::process::Command;

use wharf_interop_tests::{Process, peer};

use super::Lab;

#[test]
fn bash_takes_its_completions_and_every_shell_has_some() {
    let Some(bash) = peer::require("bash", "bash") else {
        return;
    };
    let lab = Lab::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = lab.done(&["completions", shell]);
        assert!(script.text().contains("verify-file"), "{shell}");
        lab.write(shell, script.stdout);
    }
    // What it offers behind `wharf key `.
    let asks = "source \"$1\"; COMP_WORDS=(wharf key \"\"); COMP_CWORD=2; _wharf wharf \"\" key; echo \"${COMPREPLY[@]}\"";
    let mut command = Command::new(bash);
    command
        .args(["--norc", "-c", asks, "bash"])
        .arg(lab.path("bash"));
    let offered = Process::run(&mut command).success().text();
    for verb in ["new", "show", "convert", "encrypt", "match"] {
        assert!(
            offered.split_whitespace().any(|word| word == verb),
            "{offered}"
        );
    }
}

#[test]
fn man_renders_a_page_for_each_command() {
    let lab = Lab::new();
    let written = lab.done(&["man", "pages"]).text();
    assert!(
        written.lines().any(|path| path == "pages/wharf-key-new.1"),
        "{written}"
    );
    lab.fails(&["man", "pages"], 1, "exists");
    let Some(man) = peer::require("man", "man-db") else {
        return;
    };
    for path in written.lines() {
        let path = lab.path(path);
        assert!(fs::metadata(&path).unwrap().len() > 100, "{path}");
        let mut command = Command::new(&man);
        command
            .args(["--warnings", "-P", "cat", "-l", &path])
            .env("MANWIDTH", "100");
        let page = Process::run(&mut command).success();
        assert!(page.text().contains("SYNOPSIS"), "{page}");
        assert_eq!(page.stderr, "", "{path}");
    }
}
