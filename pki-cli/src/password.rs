//! Passwords: from a file, from a variable of the environment that was named, or from who sits at the terminal. Never from the
//! command line, where everybody on the machine can read them.

use std::env;
use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use anyhow::Context;
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
    /// What stands before these names on the command line.
    #[arg(skip)]
    prefix: &'static str,
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

impl From<CaPasswordArg> for PasswordArg {
    fn from(arg: CaPasswordArg) -> Self {
        Self {
            password_file: arg.ca_password_file,
            password_env: arg.ca_password_env,
            prefix: "ca-",
        }
    }
}

impl PasswordArg {
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
                self.typed(&format!("Password of {what}: "))?.as_bytes(),
            )),
        }
    }

    /// What was given, or what is typed twice for something new.
    pub(crate) fn for_writing(&self, what: &str) -> anyhow::Result<Password> {
        if let Some(password) = self.given()? {
            return Ok(password);
        }
        let first = self.typed(&format!("New password of {what}: "))?;
        if *first != *self.typed("Again: ")? {
            anyhow::bail!("the two passwords differ");
        }
        Ok(Password::new(first.as_bytes()))
    }

    fn typed(&self, prompt: &str) -> anyhow::Result<zeroize::Zeroizing<String>> {
        if !can_ask() {
            let prefix = self.prefix;
            return Err(Advised {
                message: "a password is needed, and there is no terminal to ask for it".into(),
                hint: format!("--{prefix}password-file FILE or --{prefix}password-env NAME"),
            }
            .into());
        }
        let typed = rpassword::prompt_password(prompt).context("cannot read a password")?;
        Ok(typed.into())
    }
}

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
