//! Echo over QUIC, with quinn on a socket of this crate:
//! `cargo run -p wharf-dgram --features quinn --example quic_echo -- serve 127.0.0.1:4433`, and then what it says.
//!
//! The server makes itself a certificate and tells it, in hexadecimal, so that the client can trust that one alone.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    reason = "a program that tells where it is, and what it heard"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use quinn::rustls::RootCertStore;
use quinn::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig, TokioRuntime};
use wharf_dgram::{BatchOptions, DgramOptions, Udp};

const NAME: &str = "echo.example";
/// Half of an echo is not an echo.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["serve", address] => serve(address.parse()?).await,
        ["ask", address, certificate, message] => {
            println!("{}", ask(address.parse()?, certificate, message).await?);
            Ok(())
        }
        _ => Err("usage: quic_echo serve ADDRESS | ask ADDRESS CERTIFICATE MESSAGE".into()),
    }
}

/// An endpoint of quinn's on a socket for many datagrams at a time.
fn endpoint(address: SocketAddr, server: Option<ServerConfig>) -> Result<Endpoint, Failure> {
    let options = DgramOptions {
        recv_buffer_bytes: Some(1 << 20),
        send_buffer_bytes: Some(1 << 20),
        ..DgramOptions::default()
    };
    let socket = Udp::bind(address, &options)?.into_batch(&BatchOptions::default())?;
    Ok(Endpoint::new_with_abstract_socket(
        EndpointConfig::default(),
        server,
        Arc::new(socket),
        Arc::new(TokioRuntime),
    )?)
}

async fn serve(address: SocketAddr) -> Result<(), Failure> {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let certificate = made.cert.der().clone();
    let hex: String = certificate
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let config = ServerConfig::with_single_cert(vec![certificate], key)?;
    let endpoint = endpoint(address, Some(config))?;
    println!("listening on {} {hex}", endpoint.local_addr()?);

    while let Some(incoming) = endpoint.accept().await {
        tokio::spawn(async move {
            if let Err(error) = echo(incoming).await {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

async fn echo(incoming: quinn::Incoming) -> Result<(), Failure> {
    let connection = incoming.await?;
    // Ends when the client closes.
    while let Ok((mut send, mut recv)) = connection.accept_bi().await {
        let message = recv.read_to_end(MESSAGE_BYTES_MAX).await?;
        send.write_all(&message).await?;
        send.finish()?;
    }
    Ok(())
}

async fn ask(server: SocketAddr, certificate: &str, message: &str) -> Result<String, Failure> {
    let pairs = certificate.as_bytes().chunks(2);
    let bytes: Result<Vec<u8>, Failure> = pairs
        .map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
        .collect();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(bytes?))?;
    let anywhere = if server.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let mut endpoint = endpoint(anywhere.parse()?, None)?;
    endpoint.set_default_client_config(ClientConfig::with_root_certificates(Arc::new(roots))?);

    let connection = endpoint.connect(server, NAME)?.await?;
    let (mut send, mut recv) = connection.open_bi().await?;
    send.write_all(message.as_bytes()).await?;
    send.finish()?;
    let answer = recv.read_to_end(MESSAGE_BYTES_MAX).await?;
    connection.close(0_u32.into(), b"");
    endpoint.wait_idle().await;
    Ok(String::from_utf8(answer)?)
}
