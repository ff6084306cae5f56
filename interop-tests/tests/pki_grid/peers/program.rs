//! Peers in other languages: one process reads a list of all cases and says a line for each.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use wharf_interop_tests::{Process, peer};

use crate::case::{Answer, Case};
use crate::lab::Lab;

/// Java compiles its program first, and Node does a hundred handshakes.
const TIME_MAX: Duration = Duration::from_secs(180);

pub(super) fn go(lab: &Lab, cases: &[&Case]) -> Option<Vec<Answer>> {
    Some(run(lab, cases, &mut Command::new(peer::go_pki()?), &[]))
}

pub(super) fn cryptography(lab: &Lab, cases: &[&Case]) -> Option<Vec<Answer>> {
    let text = fs::read_to_string(peer::program("pki.py")).unwrap();
    Some(run(
        lab,
        cases,
        &mut peer::python_cryptography()?(&text),
        &[],
    ))
}

pub(super) fn node(lab: &Lab, cases: &[&Case]) -> Option<Vec<Answer>> {
    let mut command = Command::new(peer::node_program()?);
    command.arg(peer::program("pki.js"));
    Some(run(lab, cases, &mut command, &server(cases)))
}

/// `ssl` of Python's standard library.
pub(super) fn python(lab: &Lab, cases: &[&Case]) -> Option<Vec<Answer>> {
    let text = fs::read_to_string(peer::program("pki_ssl.py")).unwrap();
    let mut command = peer::python()?.command(&text, &[]);
    Some(run(lab, cases, &mut command, &server(cases)))
}

/// Key and certificate of the server that clients come to.
fn server(cases: &[&Case]) -> [String; 2] {
    let server = cases.iter().find(|case| case.name == "server").unwrap();
    [&server.key, &server.file].map(|file| file.to_str().unwrap().to_owned())
}

pub(super) fn java(lab: &Lab, cases: &[&Case]) -> Option<Vec<Answer>> {
    let mut command = Command::new(peer::java_program()?);
    command.arg(peer::program("Pki.java"));
    Some(run(lab, cases, &mut command, &[]))
}

fn run(lab: &Lab, cases: &[&Case], command: &mut Command, more: &[String]) -> Vec<Answer> {
    let list = list_file(lab, cases);
    let said = Process::spawn(command.arg(list).args(more))
        .finish(TIME_MAX)
        .success();
    let answers: Vec<_> = said.text().lines().map(Answer::parse).collect();
    assert_eq!(answers.len(), cases.len(), "{said}");
    answers
}

/// All peers are asked the same, so it is the same file.
fn list_file(lab: &Lab, cases: &[&Case]) -> PathBuf {
    let path = lab.path().join("list");
    let lines: String = cases.iter().map(|case| case.line()).collect();
    fs::write(&path, lines).unwrap();
    path
}
