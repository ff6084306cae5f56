//! What goes where: results that another program may read to stdout, everything meant for a person to stderr. An error is
//! printed once, with its causes, and a hint if there is something to do about it. Colours and heads of tables are for terminals.

pub(crate) mod certificate;
pub(crate) mod life;
pub(crate) mod lifelines;
pub(crate) mod page;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod tree;

use std::io::{self, IsTerminal, Write};

use wharf_net::BindError;

/// Prints a line to stdout, at once.
///
/// # Errors
///
/// When stdout is closed or full: a result that nobody received is a failure.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// Whether it is that nobody reads stdout any more. What breaks elsewhere is told with where.
pub(crate) fn is_unread(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether a person reads stdout.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Tells the person at the terminal.
pub(crate) fn note(text: &str) {
    // A person who closed stderr does not want to be told.
    let _ = writeln!(io::stderr().lock(), "wharf: {text}");
}

/// Prints a line to stderr as it is, to be copied.
pub(crate) fn paste(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Leaves the line of a terminal that something was written to.
pub(crate) fn end_line() {
    if io::stderr().is_terminal() {
        paste("");
    }
}

/// Prints an error with its causes, and what can be done.
pub(crate) fn report(error: &anyhow::Error) {
    report_with(error, None);
}

/// The same with a hint from somebody who knows better.
pub(crate) fn report_with(error: &anyhow::Error, better: Option<&str>) {
    note(&format!("error: {error:#}"));
    if let Some(hint) = better.map(ToOwned::to_owned).or_else(|| hint(error)) {
        paste(&format!("hint: {hint}"));
    }
}

/// A failure with advice.
#[derive(Debug)]
pub(crate) struct Advised {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl std::fmt::Display for Advised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Advised {}

/// What to do about it, if something is known that would help.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        if let Some(advised) = cause.downcast_ref::<Advised>() {
            return Some(advised.hint.clone());
        }
        if let Some(bind) = cause.downcast_ref::<BindError>() {
            return bind_hint(bind);
        }
        if let Some(tls) = cause.downcast_ref::<wharf_tls::Error>() {
            return tls.hint().map(ToOwned::to_owned);
        }
        cause
            .downcast_ref::<wharf_pki::Error>()
            .and_then(wharf_pki::Error::hint)
    })
}

fn bind_hint(error: &BindError) -> Option<String> {
    let endpoint = error.endpoint();
    let port = endpoint.port().unwrap_or_default();
    match error.kind() {
        io::ErrorKind::AddrInUse => Some(format!(
            "another program listens on port {port}: stop it, or choose another address with --listen (HTTPS) or --http (plain HTTP, or `off`); port 0 takes a free one"
        )),
        io::ErrorKind::AddrNotAvailable => {
            Some(format!("{endpoint} is not an address of this machine"))
        }
        io::ErrorKind::PermissionDenied => Some(format!(
            "port {port} is reserved for the administrator: choose one above 1023"
        )),
        _ => None,
    }
}

/// A path or another word as a shell takes it.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_when_a_shell_would_split_or_expand_them() {
        assert_eq!(shell_word("/a/b.crt"), "/a/b.crt");
        assert_eq!(shell_word("/a b"), "'/a b'");
        assert_eq!(shell_word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(shell_word(""), "''");
    }
}
