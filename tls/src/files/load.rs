//! From the content of files to settings. Every error names the file.

use std::path::Path;
use std::time::SystemTime;

use super::contents::Contents;
use super::{ClientAuthFiles, ClientAuthMode, IdentityFiles, ServerFiles};
use crate::error::Kind;
use crate::{
    ClientAuth, Crl, Error, Identities, Identity, Resumption, ServerTls, ServerTlsOptions,
    ServerTlsSettings, TicketKey, TicketKeys, TicketOptions, Trust,
};

impl ServerFiles {
    /// A server with what the files hold now, and nothing that would look at them again. Blocks while it reads them.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or used, with its path; when there is no identity; and whatever [`ServerTls::new`] has
    /// against them.
    pub fn server(&self, options: &ServerTlsOptions) -> Result<ServerTls, Error> {
        self.server_of(&Contents::read(self)?, options)
    }

    pub(super) fn server_of(
        &self,
        contents: &Contents,
        options: &ServerTlsOptions,
    ) -> Result<ServerTls, Error> {
        let loaded = Loaded::new(self, contents)?;
        let mut settings = ServerTlsSettings {
            identities: loaded.identities.clone(),
            options: options.clone(),
        };
        loaded.put_into(&mut settings);
        if !loaded.ticket_keys.is_empty() {
            // A handle of this server's own: the one in the options may be another server's as well.
            let lifetimes = match &options.resumption {
                Resumption::Tickets(keys) => keys.options().clone(),
                _ => TicketOptions::default(),
            };
            let keys = TicketKeys::shared(loaded.ticket_keys, lifetimes)?;
            settings.options.resumption = Resumption::Tickets(keys);
        }
        ServerTls::new(settings.identities, &settings.options)
    }
}

/// What the files came down to, checked each for itself.
#[derive(Debug)]
pub(super) struct Loaded {
    identities: Identities,
    client_auth: Option<ClientAuth>,
    ticket_keys: Vec<TicketKey>,
}

impl Loaded {
    pub(super) fn new(files: &ServerFiles, contents: &Contents) -> Result<Self, Error> {
        let mut identities: Option<Identities> = None;
        for source in files.identities.iter().chain(&contents.in_folders) {
            let identity = identity(source, contents)?;
            let named = match identities.take() {
                None => Identities::new(identity.clone()),
                Some(identities) if source.names.is_empty() => identities.with(identity.clone()),
                Some(identities) => identities,
            };
            let add = |identities: Identities, name: &String| {
                identities.with_name(name, identity.clone())
            };
            identities = Some(source.names.iter().try_fold(named, add)?);
        }
        let client_auth = files
            .client_auth
            .as_ref()
            .map(|files| client_auth(files, contents))
            .transpose()?;
        let ticket_keys = files
            .ticket_keys
            .iter()
            .map(|path| at(path, TicketKey::from_bytes(contents.of(path))))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            identities: identities.ok_or(Kind::NoIdentity)?,
            client_auth,
            ticket_keys,
        })
    }

    /// Puts it in the place of what is there.
    pub(super) fn put_into(&self, settings: &mut ServerTlsSettings) {
        settings.identities.clone_from(&self.identities);
        if let Some(client_auth) = &self.client_auth {
            settings.options.client_auth.clone_from(client_auth);
        }
    }

    /// Hands the keys of tickets over. They live behind a handle, so this waits until nothing else can fail; and this
    /// cannot, since there are as many as when the server was made.
    pub(super) fn commit(self, resumption: &Resumption) -> Result<(), Error> {
        match resumption {
            Resumption::Tickets(keys) if !self.ticket_keys.is_empty() => {
                keys.replace(self.ticket_keys)
            }
            _ => Ok(()),
        }
    }
}

fn identity(source: &IdentityFiles, contents: &Contents) -> Result<Identity, Error> {
    let certificates = contents.of(&source.certificates);
    let key = contents.of(&source.private_key);
    let loaded = match &source.password {
        None => Identity::from_pem(certificates, key),
        Some(password) => Identity::from_encrypted_pem(certificates, key, password),
    };
    let identity = at(&source.certificates, loaded)?;
    match &source.ocsp_staple {
        None => Ok(identity),
        Some(path) => {
            let response = contents.of(path).to_vec();
            at(path, identity.with_ocsp_staple(response, SystemTime::now()))
        }
    }
}

fn client_auth(files: &ClientAuthFiles, contents: &Contents) -> Result<ClientAuth, Error> {
    let mut anchors = Vec::new();
    for path in &files.trust_anchors {
        // Each for itself first, so that the error names the file.
        at(path, Trust::from_pem(contents.of(path)))?;
        anchors.extend_from_slice(contents.of(path));
        anchors.push(b'\n');
    }
    let mut trust = Trust::from_pem(&anchors)?.with_crl_policy(files.crl_policy);
    for path in &contents.crls {
        let crls = at(path, Crl::read(contents.of(path)))?;
        trust = at(path, trust.with_crls(crls))?;
    }
    Ok(match files.mode {
        ClientAuthMode::Optional => ClientAuth::Optional(trust),
        ClientAuthMode::Required => ClientAuth::Required(trust),
    })
}

fn at<T, E: Into<Error>>(path: &Path, result: Result<T, E>) -> Result<T, Error> {
    result.map_err(|error| {
        Kind::FileContent {
            path: path.to_owned(),
            source: Box::new(error.into()),
        }
        .into()
    })
}
