//! `wharf serve`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use wharf_http::h1::Limits;
use wharf_http::{Server, ServerConfig};
use wharf_net::{Bind, Drain, Listener, ShutdownSignal};
use wharf_pki::{Ca, SubjectAltName};
use wharf_tls::{ServerTls, ServerTlsOptions};

use crate::exit::Status;
use crate::serve::identity::{self, Origin};
use crate::serve::site::Site;
use crate::serve::{PlainHttp, Serve, redirect, url};
use crate::ui::{self, Advised};
use crate::{clock, expiry, home};

/// How long connections may take to finish after the first signal; the second one cuts them.
const GRACE: Duration = Duration::from_secs(30);

/// Serves until a signal, then drains.
pub(crate) fn run(args: Serve) -> anyhow::Result<Status> {
    if let Some(folder) = &args.folder {
        check_folder(folder)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(serve(args));
    // A read that hangs in the file system cannot be cut; it must not keep the process.
    runtime.shutdown_background();
    result.map(|()| Status::Done)
}

/// A folder that is not there is found out before anything is made.
fn check_folder(folder: &Path) -> anyhow::Result<()> {
    let metadata = std::fs::metadata(folder).map_err(|error| Advised {
        message: format!("cannot serve {}: {error}", folder.display()),
        hint: "name a folder that exists, or none for the page about the connection".into(),
    })?;
    if !metadata.is_dir() {
        return Err(Advised {
            message: format!("cannot serve {}: it is not a folder", folder.display()),
            hint: "name the folder that holds the file".into(),
        }
        .into());
    }
    Ok(())
}

async fn serve(args: Serve) -> anyhow::Result<()> {
    // The ports come first: one that is taken must not leave a new CA behind.
    let https = Listener::bind(&args.listen.into(), &Bind::default()).await?;
    let http = match args.http {
        PlainHttp::Off => None,
        PlainHttp::On(address) => Some(Listener::bind(&address.into(), &Bind::default()).await?),
    };
    let home = home::find(&args.home)?;
    let ca = home::ca(&home)?;
    expiry::check(&ca, ca.intermediate(), clock::now())?;
    let https_address = bound(&https)?;
    let names = names(&args.names, https_address.ip());
    let (identity, origin) = identity::load_or_issue(&home, &ca, &names, clock::now())?;
    tell_origin(&origin);

    let tls = ServerTls::new(identity.tls.clone(), &ServerTlsOptions::default())
        .context("cannot use the server's certificate")?;
    let site = match &args.folder {
        Some(folder) => Site::files(folder, &[home.ca_path(), identity::path(&home)]),
        None => Site::landing(&identity, &ca),
    };
    let mut signal = ShutdownSignal::new().context("cannot listen for signals")?;
    let drain = Drain::new();
    announce(
        &ca,
        https_address,
        http.as_ref().map(bound).transpose()?,
        args.folder.as_deref(),
    )?;

    let secure = Server::new(site)
        .config(config())
        .tls(tls)
        .serve(https, drain.clone());
    let plain = async {
        match http {
            Some(listener) => {
                let redirect = Server::new(redirect::to_https(https_address.port()));
                redirect.serve(listener, drain.clone()).await.map(Some)
            }
            None => Ok(None),
        }
    };
    let stop = async {
        let name = signal.recv().await;
        ui::note(&format!(
            "{name}: finishing what is under way; again to stop at once"
        ));
        drain.begin(GRACE);
        signal.recv().await;
        drain.begin(Duration::ZERO);
        // Whatever comes after the second signal changes nothing.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = async { tokio::try_join!(secure, plain) } => {
            let (secure, plain) = served.context("a listener failed")?;
            let cut = secure.cut + plain.map_or(0, |report| report.cut);
            if cut > 0 {
                ui::note(&format!("{cut} connections did not finish and were cut"));
            }
            Ok(())
        }
        () = stop => Ok(()),
    }
}

/// The address of a listener, with the port that the kernel chose.
fn bound(listener: &Listener) -> anyhow::Result<SocketAddr> {
    listener
        .local_addr()
        .inet()
        .context("the listener has no IP address")
}

/// Files may be of any size, and so may what is echoed.
fn config() -> ServerConfig {
    ServerConfig {
        limits: Limits {
            content_bytes_max: None,
            ..Limits::default()
        },
        ..ServerConfig::default()
    }
}

/// What the certificate has to say: every way to reach this machine from itself, the address that was asked for, and what
/// the user adds.
fn names(extra: &[SubjectAltName], listening: IpAddr) -> Vec<SubjectAltName> {
    let mut names = vec![
        SubjectAltName::Dns("localhost".into()),
        SubjectAltName::Ip(Ipv4Addr::LOCALHOST.into()),
        SubjectAltName::Ip(Ipv6Addr::LOCALHOST.into()),
    ];
    let listening = (!listening.is_unspecified()).then_some(SubjectAltName::Ip(listening));
    for name in listening.into_iter().chain(extra.iter().cloned()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn tell_origin(origin: &Origin) {
    match origin {
        Origin::Loaded => {}
        Origin::Issued {
            reason,
            names,
            until,
        } => {
            ui::note(&format!(
                "{reason}: issued a certificate for {names}, valid until {}",
                clock::day(*until)
            ));
        }
    }
}

fn announce(
    ca: &Ca,
    https: SocketAddr,
    http: Option<SocketAddr>,
    folder: Option<&Path>,
) -> anyhow::Result<()> {
    let https = url::of("https", https);
    let what = match folder {
        Some(folder) => folder.display().to_string(),
        None => "a page about your connection".to_owned(),
    };
    ui::note(&format!("serving {what}; Ctrl-C stops"));
    // Absolute, so that it can be pasted into a shell that stands somewhere else.
    let root = std::path::absolute(ca.root_path())?;
    let root = ui::shell_word(&root.display().to_string());
    ui::paste(&format!("curl --cacert {root} {https}"));
    let closed = "stdout is closed, so nobody would learn the address";
    ui::line(&https).context(closed)?;
    if let Some(http) = http {
        ui::line(&url::of("http", http)).context(closed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_names_each_address_once() {
        let text = |extra: &[&str], listening: &str| {
            let extra: Vec<_> = extra.iter().map(|name| name.parse().unwrap()).collect();
            let names = names(&extra, listening.parse().unwrap());
            names
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(text(&[], "127.0.0.1"), "localhost 127.0.0.1 ::1");
        assert_eq!(
            text(&["a.test", "localhost", "a.test"], "::"),
            "localhost 127.0.0.1 ::1 a.test"
        );
        assert_eq!(text(&[], "192.0.2.1"), "localhost 127.0.0.1 ::1 192.0.2.1");
    }
}
