//! Where the state folder is, and its CA.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use wharf_pki::store::{CaOrigin, Stamp, Store};
use wharf_pki::{Ca, CaOptions, Home, Password};

use crate::args::HomeArg;
use crate::clock;
use crate::password::PasswordArg;
use crate::ui::{self, Advised};

/// `--home`, then `WHARF_HOME`, then `wharf` in the XDG data folder. A variable that is empty is not set.
pub(crate) fn find(arg: &HomeArg) -> Result<Home, Advised> {
    let folder = arg
        .home
        .clone()
        .or_else(|| {
            env::var_os("WHARF_HOME")
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from)
        })
        .or_else(|| default_folder(env::var_os("XDG_DATA_HOME"), env::home_dir()));
    folder.map(Home::at).ok_or_else(|| Advised {
        message: "there is no home folder to keep the CA in".into(),
        hint: "say where with --home DIR or WHARF_HOME".into(),
    })
}

/// The CA, made with the defaults if there is none.
pub(crate) fn ca(home: &Home) -> anyhow::Result<Ca> {
    ca_with(home, &mut Asked::new(PasswordArg::only_typed()))
}

/// The same, with passwords from elsewhere.
pub(crate) fn ca_with(home: &Home, passwords: &mut Asked) -> anyhow::Result<Ca> {
    let options = CaOptions::default();
    let made = home.load_or_create_ca_with(&options, clock::now(), &mut |path| passwords.of(path));
    let (ca, origin) = passwords.tell(made)?;
    if origin == CaOrigin::Created {
        ui::note(&format!(
            "made a development CA in {}",
            ca.folder().display()
        ));
    }
    for key in ca.exposed_keys()? {
        let path = ui::shell_word(&key.display().to_string());
        ui::note(&format!(
            "warning: others can read {path}; mend it with: chmod 600 {path}"
        ));
    }
    Ok(ca)
}

/// The CA that there is, and no other is made.
pub(crate) fn existing(arg: &HomeArg) -> anyhow::Result<Home> {
    let home = find(arg)?;
    if home.ca_path().try_exists()? {
        return Ok(home);
    }
    let hint = match &arg.home {
        Some(home) => format!(
            "make one: wharf ca init --home {}",
            ui::shell_word(&home.display().to_string())
        ),
        None => "make one: wharf ca init".to_owned(),
    };
    Err(Advised {
        message: format!("there is no CA in {}", home.ca_path().display()),
        hint,
    }
    .into())
}

/// The passwords of a CA's keys: each is asked for once, and one that was given is that of all.
#[derive(Debug)]
pub(crate) struct Asked {
    arg: PasswordArg,
    /// Whether somebody at the terminal is asked.
    asks: bool,
    last: Option<Password>,
    /// Why there was none, which the library is not told.
    pub(crate) failure: Option<anyhow::Error>,
}

impl Asked {
    pub(crate) fn new(arg: PasswordArg) -> Self {
        Self {
            arg,
            asks: true,
            last: None,
            failure: None,
        }
    }

    /// For who runs alone: nobody is asked.
    pub(crate) fn nobody(arg: PasswordArg) -> Self {
        Self {
            asks: false,
            ..Self::new(arg)
        }
    }

    /// For the library. The keys of a CA have one password, unless another program made them.
    #[expect(clippy::unnecessary_wraps, reason = "the library's signature")]
    pub(crate) fn of(&mut self, path: &Path) -> Result<Option<Password>, wharf_pki::Error> {
        if self.last.is_none() {
            let what = path.display().to_string();
            let password = match self.asks {
                true => self.arg.for_reading(&what),
                false => self.given(&what),
            };
            match password {
                Ok(password) => self.last = Some(password),
                Err(error) => self.failure = Some(error),
            }
        }
        Ok(self.last.clone())
    }

    fn given(&self, what: &str) -> anyhow::Result<Password> {
        let given = self.arg.given()?;
        given.ok_or_else(|| self.arg.missing(what, "and nobody is asked for it").into())
    }

    /// What went wrong, the missing password before what came of it.
    pub(crate) fn tell<T>(&mut self, result: Result<T, wharf_pki::Error>) -> anyhow::Result<T> {
        result.map_err(|error| match (self.failure.take(), error.is_password()) {
            (Some(failure), _) => failure,
            (None, true) => anyhow::Error::from(error).context("cannot open the CA's keys"),
            (None, false) => error.into(),
        })
    }
}

/// The CA, made if there is none, and its inventory.
pub(crate) fn inventory(home: &Home, passwords: &mut Asked) -> anyhow::Result<(Ca, Store)> {
    let ca = ca_with(home, passwords)?;
    let who = who();
    let store = Store::open(home, &Stamp::new(&who, clock::now()))?;
    Ok((ca, store))
}

/// Who does it, for the audit log.
pub(crate) fn who() -> String {
    let name = ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    let uid = rustix::process::getuid().as_raw();
    match name {
        Some(name) => format!("{name} (uid {uid})"),
        None => format!("uid {uid}"),
    }
}

/// The XDG base directory specification: a relative path in the variable is to be ignored.
fn default_folder(xdg_data_home: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    let xdg = xdg_data_home
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let data = xdg.or_else(|| {
        home.filter(|path| path.is_absolute())
            .map(|home| home.join(".local/share"))
    });
    data.map(|data| data.join("wharf"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_xdg_folder_comes_first_unless_it_is_relative() {
        let folder = |xdg: &str| default_folder(Some(xdg.into()), Some("/h".into())).unwrap();
        assert_eq!(folder("/x"), PathBuf::from("/x/wharf"));
        assert_eq!(folder("x"), PathBuf::from("/h/.local/share/wharf"));
        assert_eq!(folder(""), PathBuf::from("/h/.local/share/wharf"));
        assert_eq!(default_folder(None, Some("".into())), None);
    }
}
