//! What is asked for, from flags, profiles and the state folder's configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use time::OffsetDateTime;
use wharf_pki::profile::ExtendedKeyUsage;
use wharf_pki::validity::DAY;
use wharf_pki::{
    CustomExtension, EndEntity, Error, Home, Locations, Profile, Profiles, Subject, SubjectAltName,
};

use crate::args::subject_alt_name;
use crate::ui::Advised;
use crate::{clock, config, files, subject};

/// How long a server's certificate is valid if neither a lifetime nor a profile is asked for: what public CAs could give while
/// browsers last changed that limit, and less than half of what Apple's systems take from a CA of one's own.
const SERVER_DAYS: u32 = 397;

#[derive(Debug, clap::Args)]
pub(super) struct Request {
    /// DNS names and IP addresses, a wildcard for the leftmost label; other profiles take e-mail addresses and URIs
    #[arg(value_name = "NAME", required_unless_present = "subject", value_parser = subject_alt_name)]
    pub(super) names: Vec<SubjectAltName>,
    /// The subject, where the profile leaves it open: CN=…,O=…,OU=…,L=…,ST=…,C=…; without a NAME for code-signing and ocsp
    #[arg(long, value_name = "SUBJECT", value_parser = subject::parse)]
    pub(super) subject: Option<Subject>,
    #[command(flatten)]
    terms: Terms,
}

/// What is issued, but for whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Terms {
    /// The kind of certificate: server, client, peer, spiffe, code-signing, email, ocsp, webtransport, or one of --profiles
    #[arg(long, value_name = "P", default_value = "server")]
    profile: String,
    /// A TOML file of profiles
    #[arg(long, value_name = "FILE")]
    profiles: Option<PathBuf>,
    /// How many days it is valid [default: 397 for a server, else what the profile says]
    #[arg(long, value_name = "N", conflicts_with_all = ["hours", "not_after"], value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: Option<u32>,
    /// How many hours it is valid
    #[arg(long, value_name = "N", conflicts_with = "not_after", value_parser = clap::value_parser!(u32).range(1..=876_600))]
    hours: Option<u32>,
    /// Until when it is valid: 2030-12-31, the whole day in UTC, or 2030-12-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = clock::end)]
    not_after: Option<OffsetDateTime>,
    /// A further extendedKeyUsage; may be repeated
    #[arg(long = "eku", value_name = "OID")]
    extended_key_usages: Vec<ExtendedKeyUsage>,
    /// An extension in DER; may be repeated
    #[arg(long = "ext", value_name = "OID=HEX[:critical]")]
    extensions: Vec<CustomExtension>,
    /// Where the issuer's CRL is, instead of what config.toml says; may be repeated
    #[arg(long = "crl-url", value_name = "URL")]
    crl_urls: Vec<String>,
    /// Where the issuer's OCSP responder is; may be repeated
    #[arg(long = "ocsp-url", value_name = "URL")]
    ocsp_urls: Vec<String>,
    /// Where the issuer's certificate is; may be repeated
    #[arg(long = "issuer-url", value_name = "URL")]
    issuer_urls: Vec<String>,
}

/// How long a certificate of a profile is valid, of all verbs that are not told otherwise.
pub(crate) fn default_lifetime(profile: &Profile) -> Duration {
    match *profile == Profile::server() {
        true => SERVER_DAYS * DAY,
        false => profile.default_lifetime,
    }
}

impl Request {
    /// The files that are read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.terms.profiles.as_deref().into_iter()
    }

    /// What to issue.
    pub(super) fn end_entity(&self, home: &Home) -> anyhow::Result<EndEntity> {
        let wanted = EndEntity {
            names: self.names.clone(),
            subject: self.subject.clone(),
            ..self.terms.end_entity(home)?
        };
        self.check_kinds(&wanted.profile)?;
        Ok(wanted)
    }

    /// What would be refused when it is issued, before a CA is made for it.
    fn check_kinds(&self, profile: &Profile) -> Result<(), Error> {
        if self.names.is_empty() && !profile.required_names.is_empty() {
            return Err(Error::NoNames);
        }
        let kinds = &profile.names;
        match self.names.iter().find(|name| !kinds.contains(&name.kind())) {
            None => Ok(()),
            Some(name) => Err(Error::NameKind {
                name: name.to_string(),
                kind: name.kind(),
                profile: profile.name.clone(),
                allowed: kinds.clone(),
            }),
        }
    }
}

impl Terms {
    /// What to issue, for nobody yet.
    pub(crate) fn end_entity(&self, home: &Home) -> anyhow::Result<EndEntity> {
        if self.not_after.is_some_and(|end| end <= clock::now()) {
            return Err(Advised {
                message: "--not-after is not in the future".into(),
                hint: "name a day to come".into(),
            }
            .into());
        }
        let profile = self.profile()?;
        Ok(EndEntity {
            lifetime: match (self.days, self.hours) {
                (Some(days), _) => days * DAY,
                (None, Some(hours)) => Duration::from_secs(u64::from(hours) * 3600),
                (None, None) => default_lifetime(&profile),
            },
            not_after: self.not_after,
            extended_key_usages: self.extended_key_usages.clone(),
            extensions: self.extensions.clone(),
            locations: self.locations(home)?,
            ..EndEntity::new(profile)
        })
    }

    fn profile(&self) -> anyhow::Result<Profile> {
        let Some(file) = &self.profiles else {
            return Ok(Profiles::built_in().get(&self.profile)?.clone());
        };
        let bytes = files::read(file)?;
        let text = std::str::from_utf8(&bytes)
            .with_context(|| format!("{} is not text", file.display()))?;
        let profiles = Profiles::from_toml(text)
            .with_context(|| format!("cannot read profiles from {}", file.display()))?;
        Ok(profiles.get(&self.profile)?.clone())
    }

    fn locations(&self, home: &Home) -> anyhow::Result<Locations> {
        let mut locations = config::locations(home)?;
        for (urls, given) in [
            (&mut locations.crl, &self.crl_urls),
            (&mut locations.ocsp, &self.ocsp_urls),
            (&mut locations.ca_issuers, &self.issuer_urls),
        ] {
            if !given.is_empty() {
                urls.clone_from(given);
            }
        }
        Ok(locations)
    }
}
