use super::source::{File, code, without_tests};

/// The crates that others build on. They do not print, and they do not read their surroundings.
const LIBRARIES: &[&str] = &["net", "dgram", "tls", "http", "pki"];

/// Where a word is banned.
#[derive(Clone, Copy, Debug)]
enum Scope {
    /// In every file, tests included.
    Everywhere,
    /// In `src/` of the libraries, their test modules excepted, and the files that begin with one of these paths.
    LibrariesExcept(&'static [&'static str]),
}

use Scope::{Everywhere, LibrariesExcept};

const LIBRARIES_ONLY: Scope = LibrariesExcept(&[]);

/// The accept loop, and later the client's pool. What they spawn is tracked by a drain.
const SPAWNERS: Scope = LibrariesExcept(&["net/src/serve.rs", "http/src/client/"]);

/// The same, and what reads files on the runtime's threads for such work, and awaits that in place.
const SPAWNERS_OF_READS: Scope =
    LibrariesExcept(&["net/src/serve.rs", "http/src/client/", "tls/src/files/"]);

const BANNED: &[(&str, Scope, &str)] = &[
    ("todo!(", Everywhere, "finish it or leave it out"),
    ("unimplemented!(", Everywhere, "finish it or leave it out"),
    (
        "#[ignore",
        Everywhere,
        "assert the wrong behaviour with a note, or skip a missing peer by name",
    ),
    ("dbg!(", Everywhere, "a leftover"),
    ("static mut", Everywhere, "a data race in waiting"),
    ("thread::sleep", Everywhere, "wait for the event"),
    (
        "install_default",
        Everywhere,
        "the crypto provider is an argument",
    ),
    (
        "print!(",
        LIBRARIES_ONLY,
        "a library does not talk to the terminal",
    ),
    (
        "println!(",
        LIBRARIES_ONLY,
        "a library does not talk to the terminal",
    ),
    (
        "eprint!(",
        LIBRARIES_ONLY,
        "a library does not talk to the terminal",
    ),
    (
        "eprintln!(",
        LIBRARIES_ONLY,
        "a library does not talk to the terminal",
    ),
    (
        "env::var",
        LIBRARIES_ONLY,
        "no environment variable changes a library by itself",
    ),
    (
        "tokio::spawn",
        SPAWNERS,
        "only the accept loops and the client's pool spawn",
    ),
    (
        "task::spawn",
        SPAWNERS_OF_READS,
        "only the accept loops and the client's pool spawn",
    ),
    (
        "spawn_local",
        SPAWNERS,
        "only the accept loops and the client's pool spawn",
    ),
    (
        "JoinSet",
        SPAWNERS,
        "only the accept loops and the client's pool spawn",
    ),
    (
        "thread::spawn",
        LIBRARIES_ONLY,
        "a library starts no thread",
    ),
];

const FORBID_UNSAFE: &str = "#![forbid(unsafe_code)]";

/// Each banned word with its line, and a crate root that allows `unsafe`.
pub(crate) fn check(file: &File) -> Vec<String> {
    let whole = code(&file.text);
    let shipped = without_tests(&whole);
    let mut faults = Vec::new();
    for (word, scope, why) in BANNED {
        let code = match scope {
            Everywhere => &whole,
            LibrariesExcept(allowed) => {
                if !is_library_source(&file.path)
                    || allowed.iter().any(|start| file.path.starts_with(start))
                {
                    continue;
                }
                &shipped
            }
        };
        let lines = code
            .lines()
            .enumerate()
            .filter(|(_, line)| has_word(line, word));
        faults.extend(lines.map(|(at, _)| format!("{}:{}: `{word}`: {why}", file.path, at + 1)));
    }
    if is_crate_root(&file.path) && !whole.contains(FORBID_UNSAFE) {
        faults.push(format!(
            "{}: a crate root without `{FORBID_UNSAFE}`",
            file.path
        ));
    }
    faults
}

fn is_library_source(path: &str) -> bool {
    let mut parts = path.split('/');
    parts
        .next()
        .is_some_and(|folder| LIBRARIES.contains(&folder))
        && parts.next() == Some("src")
}

/// `net/src/lib.rs`, `xtask/src/main.rs`, `bench/src/bin/http.rs`.
fn is_crate_root(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>()[..] {
        [_, "src", file] => file == "lib.rs" || file == "main.rs",
        [_, "src", "bin", _] => true,
        _ => false,
    }
}

/// Whether `word` occurs with no name running into it: `todo!(` is not in `my_todo!(`.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn faults(path: &str, text: &str) -> usize {
        check(&File {
            path: path.into(),
            text: text.into(),
        })
        .len()
    }

    #[test]
    fn each_banned_word_is_reported_where_it_is_planted() {
        for (word, _, _) in BANNED {
            assert_eq!(
                faults("http/src/x.rs", &format!("fn f() {{\n    {word} x\n}}\n")),
                1,
                "{word}"
            );
        }
    }

    #[test]
    fn comments_strings_and_longer_names_pass() {
        assert_eq!(
            faults(
                "http/src/x.rs",
                "// todo!()\nfn f() { g(\"dbg!(\"); my_todo!(); }"
            ),
            0
        );
        assert_eq!(
            faults("http/src/x.rs", "/// println!(\"doc\");\nfn f() {}"),
            0
        );
    }

    #[test]
    fn a_test_module_may_print_and_spawn_but_not_sleep_or_be_ignored() {
        let module = |line: &str| format!("#[cfg(test)]\nmod tests {{\n    {line}\n}}\n");
        assert_eq!(
            faults(
                "net/src/x.rs",
                &module("fn f() { println!(); tokio::spawn(g()); }")
            ),
            0
        );
        assert_eq!(
            faults("net/src/x.rs", &module("fn f() { std::thread::sleep(d); }")),
            1
        );
        assert_eq!(
            faults("net/src/x.rs", &module("#[ignore] #[test] fn f() {}")),
            1
        );
        assert_eq!(
            faults("net/tests/x.rs", "#[ignore = \"later\"]\nfn f() {}"),
            1
        );
    }

    #[test]
    fn only_the_accept_loop_and_the_pool_may_spawn() {
        let spawn = "fn f() { let mut tasks = JoinSet::new(); }";
        assert_eq!(faults("net/src/serve.rs", spawn), 0);
        assert_eq!(faults("http/src/client/pool.rs", spawn), 0);
        assert_eq!(faults("http/src/server/conn.rs", spawn), 1);
    }

    #[test]
    fn a_program_may_print_and_read_its_environment_and_a_library_may_not() {
        let line = "fn f() { println!(); std::env::var(x); }";
        assert_eq!(faults("pki-cli/src/ui.rs", line), 0);
        assert_eq!(faults("http/examples/hello.rs", line), 0);
        assert_eq!(faults("tls/src/keylog.rs", line), 2);
    }

    #[test]
    fn a_crate_root_forbids_unsafe_code() {
        assert_eq!(faults("net/src/lib.rs", "mod a;\n"), 1);
        assert_eq!(faults("net/src/lib.rs", "// #![forbid(unsafe_code)]\n"), 1);
        assert_eq!(faults("bench/src/bin/http.rs", "fn main() {}"), 1);
        assert_eq!(
            faults("net/src/lib.rs", "#![forbid(unsafe_code)]\nmod a;\n"),
            0
        );
        assert_eq!(faults("net/src/a.rs", "fn f() {}\n"), 0);
    }
}
