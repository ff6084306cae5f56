//! `wharf ca rotate`.

use wharf_pki::KeyType;
use wharf_pki::store::{Rotation, Stamp};
use wharf_pki::validity::DAY;

use crate::args::HomeArg;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::PasswordArg;
use crate::{clock, expiry, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca rotate                     a new intermediate; clients need nothing
  wharf ca rotate --root              a new root, signed by the old one too
  wharf ca export > roots.pem         both roots, while both are valid

What was replaced is retired: it stays in the inventory, and its key signs CRLs.

Exit status: 0 done; 1 not done, and the old CA stands.")]
pub(crate) struct Rotate {
    /// A new intermediate below the same root; the default
    #[arg(long, conflicts_with = "root")]
    intermediate: bool,
    /// A new root, with an intermediate below it
    #[arg(long)]
    root: bool,
    /// Do not have the old root sign the new one: clients that know the old one alone then refuse
    #[arg(long, requires = "root")]
    no_cross: bool,
    /// The name of the new CA; the default is the old one's with a number behind it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The kind of the new keys; the default is that of the old ones
    #[arg(long, value_name = "TYPE")]
    key_type: Option<KeyType>,
    /// How long a new root is valid
    #[arg(long, value_name = "N", default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: u32,
    /// How long a new intermediate is valid
    #[arg(long, value_name = "N", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    intermediate_days: u32,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Rotate {
    /// Puts the new one in place, and says what clients have to do.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let (who, now) = (home::who(), clock::now());
        let stamp = Stamp::new(&who, now);
        let rotation = Rotation {
            name: self.name,
            key_type: self.key_type,
            root_lifetime: self.days * DAY,
            intermediate_lifetime: self.intermediate_days * DAY,
            cross_sign: !self.no_cross,
        };
        let mut asked = Asked::new(self.password);
        let mut password = |path: &std::path::Path| asked.of(path);
        let rotated = if self.root {
            home.rotate_root(&stamp, &rotation, &mut password)
        } else {
            home.rotate_intermediate(&stamp, &rotation, &mut password)
        };
        if let Err(error) = &rotated
            && let Some(advice) = advice(error, self.root)
        {
            ui::note(advice);
        }
        let ca = asked.tell(rotated)?;
        // A new intermediate ends with its root.
        expiry::check(&ca, ca.intermediate(), now)?;
        if !self.root {
            ui::note("made a new intermediate; clients that trust the root need nothing");
            ui::line(&ca.intermediate_path().display().to_string())?;
            return Ok(Status::Done);
        }
        match ca.cross() {
            Some(cross) => ui::note(&format!(
                "made a new root; until {} clients that trust the old one alone accept what is issued: have all trust the new one by then",
                clock::day(cross.validity().not_after)
            )),
            None => ui::note(
                "made a new root; clients refuse what is issued from now on until they trust it",
            ),
        }
        ui::note("wharf ca trust trusts it here; wharf ca export prints all roots that are valid");
        ui::line(&ca.root_path().display().to_string())?;
        Ok(Status::Done)
    }
}

/// What would work instead.
fn advice(error: &wharf_pki::Error, is_root: bool) -> Option<&'static str> {
    match (error, is_root) {
        (wharf_pki::Error::PathLength { .. }, true) => Some(
            "the old root has no room for a new one below it: --no-cross makes one that clients must trust first",
        ),
        (wharf_pki::Error::PathLength { .. }, false) => Some(
            "the root issues by itself and has no room for an intermediate: --root --no-cross makes a new one that clients must trust first",
        ),
        (wharf_pki::Error::Expired { .. }, _) => Some(
            "the root has expired: --root --no-cross makes a new one that clients must trust first",
        ),
        _ => None,
    }
}
