//! Passwords: from a file, from a variable of the environment that was named, or from who sits at the terminal. Never from the
//! command line, where everybody on the machine can read them.

use std::env;
use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use wharf_pki::Password;

use crate::files;
use crate::ui::Advised;

/// Where a password comes from.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PasswordArg {
    /// The password of the key: the first line of a file, `-` for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// The password of the key: the value of a variable of the environment
    #[arg(long, value_name = "NAME", conflicts_with = "password_file")]
    pub(crate) password_env: Option<String>,
    /// What else stands in its place.
    #[arg(skip)]
    instead: Instead,
}

/// How a password is given that cannot be asked for.
#[derive(Clone, Copy, Debug, Default)]
enum Instead {
    /// By the flags of [`PasswordArg`].
    #[default]
    Password,
    /// By those of [`CaPasswordArg`].
    CaPassword,
    /// By those of [`P12PasswordArg`].
    P12Password,
    /// Not at all.
    Nothing,
}

/// Where the password of the CA's keys comes from, beside that of another key.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct CaPasswordArg {
    /// The password of the CA's keys: the first line of a file, `-` for stdin
    #[arg(long, value_name = "FILE")]
    ca_password_file: Option<PathBuf>,
    /// The password of the CA's keys: the value of a variable of the environment
    #[arg(long, value_name = "NAME", conflicts_with = "ca_password_file")]
    ca_password_env: Option<String>,
}

impl CaPasswordArg {
    /// The file that holds the password.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.ca_password_file.as_deref()
    }

    /// The variable that holds it.
    pub(crate) fn variable(&self) -> Option<&str> {
        self.ca_password_env.as_deref()
    }
}

impl From<CaPasswordArg> for PasswordArg {
    fn from(arg: CaPasswordArg) -> Self {
        Self {
            password_file: arg.ca_password_file,
            password_env: arg.ca_password_env,
            instead: Instead::CaPassword,
        }
    }
}

/// Where the password of a PKCS#12 file comes from, beside that of the key which goes into it.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct P12PasswordArg {
    /// The password of the PKCS#12 file: the first line of a file, `-` for stdin
    #[arg(long, value_name = "FILE")]
    p12_password_file: Option<PathBuf>,
    /// The password of the PKCS#12 file: the value of a variable of the environment
    #[arg(long, value_name = "NAME", conflicts_with = "p12_password_file")]
    p12_password_env: Option<String>,
}

impl From<P12PasswordArg> for PasswordArg {
    fn from(arg: P12PasswordArg) -> Self {
        Self {
            password_file: arg.p12_password_file,
            password_env: arg.p12_password_env,
            instead: Instead::P12Password,
        }
    }
}

impl PasswordArg {
    /// For verbs without flags for a password.
    pub(crate) fn only_typed() -> Self {
        Self {
            instead: Instead::Nothing,
            ..Self::default()
        }
    }

    /// The file that holds a password.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.password_file.as_deref()
    }

    /// The variable that holds a password, which is nobody else's business.
    pub(crate) fn variable(&self) -> Option<&str> {
        self.password_env.as_deref()
    }

    /// What a file or a variable says; `None` if neither was named.
    pub(crate) fn given(&self) -> anyhow::Result<Option<Password>> {
        let password = if let Some(file) = &self.password_file {
            Password::first_line(&files::read(file)?)
        } else if let Some(name) = &self.password_env {
            let value = env::var_os(name).with_context(|| format!("{name} is not set"))?;
            Password::new(value.into_vec())
        } else {
            return Ok(None);
        };
        Ok(Some(password))
    }

    /// What was given, or what is typed for `what`.
    pub(crate) fn for_reading(&self, what: &str) -> anyhow::Result<Password> {
        match self.given()? {
            Some(password) => Ok(password),
            None => Ok(Password::new(
                self.typed(what, &format!("Password of {what}: "))?
                    .as_bytes(),
            )),
        }
    }

    /// What was given, or what is typed twice for something new.
    pub(crate) fn for_writing(&self, what: &str) -> anyhow::Result<Password> {
        if let Some(password) = self.given()? {
            return Ok(password);
        }
        let first = self.typed(what, &format!("New password of {what}: "))?;
        if *first != *self.typed(what, "Again: ")? {
            anyhow::bail!("the two passwords differ");
        }
        Ok(Password::new(first.as_bytes()))
    }

    fn typed(&self, what: &str, prompt: &str) -> anyhow::Result<zeroize::Zeroizing<String>> {
        if !can_ask() {
            return Err(self
                .missing(what, "and there is no terminal to ask for it")
                .into());
        }
        // Before the prompt is seen: rpassword does it after, and who types at once would see the password.
        let _quiet = Quiet::new().context("cannot read a password")?;
        let typed = rpassword::prompt_password(prompt).context("cannot read a password")?;
        Ok(typed.into())
    }

    /// The failure of who has no password.
    pub(crate) fn missing(&self, what: &str, why: &str) -> Advised {
        Advised {
            message: format!("the password of {what} is needed, {why}"),
            hint: match self.instead {
                Instead::Password => "--password-file FILE or --password-env NAME",
                Instead::CaPassword => "--ca-password-file FILE or --ca-password-env NAME",
                Instead::P12Password => "--p12-password-file FILE or --p12-password-env NAME",
                Instead::Nothing => "run it at a terminal",
            }
            .into(),
        }
    }
}

/// A terminal that shows nothing of what is typed, for as long as this lives.
struct Quiet(Termios);

impl Quiet {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing more.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
