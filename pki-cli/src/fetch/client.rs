//! The client for one fetch: whom it trusts, which way it goes, how long it waits.

use std::cell::OnceCell;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use http::Uri;
use wharf_http::{ClientConfig, Decoding, Proxies, Proxy, ProxyKind, Redirects, Retries, Route};
use wharf_net::{Dialer, Endpoint, PrefixSet, SystemResolver, UnixName};
use wharf_tls::{ClientTls, ClientTlsOptions, Identity, Roots, Trust, danger};
use zeroize::Zeroizing;

use super::args::{Fetch, WayArgs};
use super::failure::{Class, Failure};
use super::resolve::Pinned;
use crate::args::HomeArg;
use crate::{home, ui};

/// Everything about it that the flags decide.
pub(super) fn config(args: &Fetch, url: &Uri) -> Result<ClientConfig, Failure> {
    let request = &args.request;
    let mut config = ClientConfig {
        dialer: dialer(args),
        route: route(&args.way)?,
        redirects: request.location.then(|| Redirects {
            hops_max: request.max_redirs,
            ..Redirects::default()
        }),
        retries: (request.retry > 0).then(|| Retries {
            attempts_max: request.retry.saturating_add(1),
            // There is one request, and who asked for so many wants as many.
            budget_reserve: request.retry,
            ..Retries::default()
        }),
        decoding: (!args.output.raw).then(Decoding::default),
        ..ClientConfig::default()
    };
    if let Some(limit) = request.max_time {
        config.total_timeout = limit;
        config.response_timeout = Duration::MAX;
        config.read_timeout = Duration::MAX;
        config.write_timeout = Duration::MAX;
    }
    // What is wrong with the CA of this user is told once.
    let by_default = OnceCell::new();
    let roots = |file: Option<&PathBuf>| match file {
        Some(file) => named(file),
        None => Ok(by_default.get_or_init(|| default_roots(&args.home)).clone()),
    };
    let is_secure = url.scheme_str() == Some("https");
    if is_secure || request.location {
        config.tls = Some(tls(args, roots(args.tls.cacert.as_ref())?)?);
    }
    if args.tls.says_of_proxies() || has_https_proxy(&config.route) {
        config.proxy_tls = Some(proxy_tls(args, roots(args.tls.proxy_cacert.as_ref())?)?);
    }
    Ok(config)
}

fn dialer(args: &Fetch) -> Dialer {
    let mut dialer = Dialer::default();
    if let Some(limit) = args.request.connect_timeout {
        dialer.deadline = limit;
    }
    if args.way.deny_private {
        dialer.deny = PrefixSet::not_global();
    }
    if !args.way.pins.is_empty() {
        dialer.resolver = Arc::new(Pinned {
            pins: args.way.pins.clone(),
            otherwise: SystemResolver::default(),
        });
    }
    dialer
}

fn route(way: &WayArgs) -> Result<Route, Failure> {
    if let Some(endpoint) = &way.connect_to {
        return Ok(Route::Endpoint(endpoint.clone()));
    }
    if let Some(path) = &way.unix_socket {
        let name = UnixName::Path(path.as_path().into());
        return Ok(Route::Endpoint(Endpoint::Unix(name)));
    }
    let proxies = match &way.proxy {
        Some(proxy) => Some(Proxies::from(proxy.clone())),
        None if way.proxy_env => {
            let found = Proxies::from_vars(env::vars_os());
            Some(found.map_err(|error| Failure::new(Class::Usage, error))?)
        }
        None => None,
    };
    let Some(mut proxies) = proxies else {
        return Ok(Route::Direct);
    };
    if let Some(bypass) = &way.noproxy {
        proxies.bypass = proxies.bypass.and(bypass.clone());
    }
    Ok(Route::Proxies(Box::new(proxies)))
}

fn has_https_proxy(route: &Route) -> bool {
    let Route::Proxies(proxies) = route else {
        return false;
    };
    let all = [&proxies.http, &proxies.https, &proxies.all];
    let is_one = |proxy: &Proxy| proxy.kind() == ProxyKind::Https;
    all.into_iter().flatten().any(is_one)
}

/// For origins.
fn tls(args: &Fetch, roots: Roots) -> Result<ClientTls, Failure> {
    let own = &args.tls;
    let identity = identity(own.cert.as_ref(), own.key.as_ref())?;
    let options = options(args, roots, identity);
    let made = if own.danger_accept_any_certificate {
        danger::accept_any_certificate(&options)
    } else {
        ClientTls::new(&options)
    };
    made.map_err(|error| no_roots(error, "--cacert"))
}

/// For proxies: nothing that was said of origins holds for them.
fn proxy_tls(args: &Fetch, roots: Roots) -> Result<ClientTls, Failure> {
    let own = &args.tls;
    let identity = identity(own.proxy_cert.as_ref(), own.proxy_key.as_ref())?;
    let made = ClientTls::new(&options(args, roots, identity));
    made.map_err(|error| no_roots(error, "--proxy-cacert"))
}

fn options(args: &Fetch, roots: Roots, identity: Option<Identity>) -> ClientTlsOptions {
    let mut options = ClientTlsOptions {
        roots,
        identity,
        alpn: vec![b"http/1.1".to_vec()],
        ..ClientTlsOptions::default()
    };
    if let Some(limit) = args.request.connect_timeout {
        options.handshake_timeout = limit;
    }
    options
}

fn no_roots(error: wharf_tls::Error, flag: &str) -> Failure {
    let hint = format!("install the package ca-certificates, or name a CA with {flag} FILE");
    Failure::new(Class::Trust, error).hint(hint)
}

/// Those in a file, and no others.
fn named(file: &Path) -> Result<Roots, Failure> {
    let trust = read(file).and_then(|pem| Ok(Trust::from_pem(&pem)?));
    let trust = trust.with_context(|| format!("cannot trust the CAs in {}", file.display()));
    Ok(Roots::Own(given(Class::Trust, trust)?))
}

/// Those of the system and the CA of this user.
fn default_roots(home: &HomeArg) -> Roots {
    match own_ca(home) {
        Ok(Some(trust)) => Roots::NativeAnd(trust),
        Ok(None) => Roots::Native,
        Err(error) => {
            // Most servers have nothing to do with it.
            ui::note(&format!("warning: {error:#}"));
            Roots::Native
        }
    }
}

/// The CA that `wharf serve` made. Its certificate is enough; its keys are not looked at.
fn own_ca(home: &HomeArg) -> anyhow::Result<Option<Trust>> {
    let Ok(home) = home::find(home) else {
        return Ok(None);
    };
    let path = home.root_path();
    let pem = match fs::read(&path) {
        Ok(pem) => pem,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
    };
    let trust = Trust::from_pem(&pem);
    let trust = trust.with_context(|| format!("cannot trust the CA in {}", path.display()))?;
    Ok(Some(trust))
}

fn identity(cert: Option<&PathBuf>, key: Option<&PathBuf>) -> Result<Option<Identity>, Failure> {
    let Some(cert) = cert else {
        return Ok(None);
    };
    let key = key.unwrap_or(cert);
    let load = || anyhow::Ok(Identity::from_pem(&read(cert)?, &read(key)?)?);
    let loaded = load().with_context(|| format!("cannot use {} as who we are", cert.display()));
    given(Class::Identity, loaded).map(Some)
}

/// There may be a private key in it.
fn read(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let read = fs::read(file).map(Zeroizing::new);
    read.with_context(|| format!("cannot read {}", file.display()))
}

/// What came of a file that was named. The hint is in its error.
fn given<T>(class: Class, loaded: anyhow::Result<T>) -> Result<T, Failure> {
    loaded.map_err(|error| Failure::new(class, error))
}
