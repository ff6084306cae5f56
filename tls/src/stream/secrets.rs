//! Secrets of a connection that leave rustls: the exporter's, and the key log if a program asks for one.
//!
//! rustls's unbuffered connections have no exporter. But they tell their key log the secret behind it, on the thread and
//! inside the call that derives it. So each configuration gets a [`KeyLog`] of ours, and [`capture`] stands around the calls.

use std::cell::Cell;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::{digest, hkdf};
use rustls::KeyLog;
use zeroize::Zeroizing;

use crate::Error;
use crate::error::Kind;

/// The label of the exporter secret in a key log ([RFC 9850 §2.1]).
///
/// [RFC 9850 §2.1]: https://www.rfc-editor.org/rfc/rfc9850#section-2.1
const EXPORTER_SECRET: &str = "EXPORTER_SECRET";

thread_local! {
    static CAPTURE: Cell<Capture> = const { Cell::new(Capture::Off) };
}

#[derive(Default)]
enum Capture {
    #[default]
    Off,
    Armed,
    Caught(ExporterSecret),
}

/// Calls rustls, and catches the exporter secret if it is derived in this call.
pub(super) fn capture<R>(call: impl FnOnce() -> R) -> (R, Option<ExporterSecret>) {
    /// Disarms, after a panic too.
    struct Disarm;
    impl Drop for Disarm {
        fn drop(&mut self) {
            CAPTURE.take();
        }
    }
    CAPTURE.set(Capture::Armed);
    let _disarm = Disarm;
    let result = call();
    let secret = match CAPTURE.take() {
        Capture::Caught(secret) => Some(secret),
        Capture::Off | Capture::Armed => None,
    };
    (result, secret)
}

/// The `exporter_secret` of a TLS 1.3 connection ([RFC 8446 §7.1]).
///
/// [RFC 8446 §7.1]: https://www.rfc-editor.org/rfc/rfc8446#section-7.1
pub(super) struct ExporterSecret(Zeroizing<Box<[u8]>>);

impl ExporterSecret {
    /// ```text
    /// TLS-Exporter(label, context_value, key_length) =
    ///     HKDF-Expand-Label(Derive-Secret(Secret, label, ""), "exporter", Hash(context_value), key_length)
    /// ```
    ///
    /// [RFC 8446 §7.5]: https://www.rfc-editor.org/rfc/rfc8446#section-7.5
    pub(super) fn export(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<(), Error> {
        // The hash of the cipher suite is told by the length of the secret: there is one of each.
        let (hash, hkdf) = match self.0.len() {
            32 => (&digest::SHA256, hkdf::HKDF_SHA256),
            _ => (&digest::SHA384, hkdf::HKDF_SHA384),
        };
        let mut derived = Zeroizing::new(vec![0; hash.output_len()]);
        let empty = digest::digest(hash, b"");
        expand_label(hkdf, &self.0, label, empty.as_ref(), &mut derived)?;
        let context = digest::digest(hash, context);
        expand_label(hkdf, &derived, b"exporter", context.as_ref(), out)
    }
}

/// ```text
/// struct { uint16 length; opaque label<7..255>; opaque context<0..255>; } HkdfLabel;
/// ```
///
/// with `"tls13 "` in front of the label ([RFC 8446 §7.1]).
///
/// [RFC 8446 §7.1]: https://www.rfc-editor.org/rfc/rfc8446#section-7.1
fn expand_label(
    hkdf: hkdf::Algorithm,
    secret: &[u8],
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), Error> {
    const PREFIX: &[u8] = b"tls13 ";
    /// HKDF wants to know how much to expand as the length of a key.
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }

    let refused = || Error::from(Kind::ExporterArguments);
    let length = u16::try_from(out.len()).map_err(|_| refused())?;
    let label_length = u8::try_from(PREFIX.len() + label.len()).map_err(|_| refused())?;
    if out.is_empty() {
        return Err(refused());
    }
    // A hash is never longer than 64 bytes.
    let context_length = u8::try_from(context.len()).map_err(|_| refused())?;
    let info = [
        &length.to_be_bytes()[..],
        &[label_length],
        PREFIX,
        label,
        &[context_length],
        context,
    ];
    let secret = hkdf::Prk::new_less_safe(hkdf, secret);
    let expanded = secret
        .expand(&info, Length(out.len()))
        .map_err(|_| refused())?;
    expanded.fill(out).map_err(|_| refused())
}

/// The key log for every configuration that is built here. It writes to `sink`, if the program asked for that.
pub(crate) fn key_log(sink: Option<Arc<KeyLogSink>>) -> Arc<dyn KeyLog> {
    Arc::new(Secrets { sink })
}

#[derive(Debug)]
struct Secrets {
    sink: Option<Arc<KeyLogSink>>,
}

impl KeyLog for Secrets {
    fn will_log(&self, label: &str) -> bool {
        self.sink.is_some() || label == EXPORTER_SECRET
    }

    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if label == EXPORTER_SECRET {
            CAPTURE.set(match CAPTURE.take() {
                Capture::Off => Capture::Off,
                Capture::Armed | Capture::Caught(_) => {
                    Capture::Caught(ExporterSecret(Zeroizing::new(secret.into())))
                }
            });
        }
        if let Some(sink) = &self.sink {
            sink.log(label, client_random, secret);
        }
    }
}

/// Where a program wants the secrets of its connections written, for Wireshark and its kin: the format of
/// `SSLKEYLOGFILE` ([RFC 9850]).
///
/// Whoever reads it can decrypt the connections. Nothing is written unless a program makes a sink and hands it over; no
/// environment variable does.
///
/// [RFC 9850]: https://www.rfc-editor.org/rfc/rfc9850
pub struct KeyLogSink {
    writer: Mutex<Box<dyn Write + Send>>,
}

impl KeyLogSink {
    /// Writes each line to `writer` with one call, so that several processes can append to one file. `writer` is called in the
    /// middle of handshakes and should not block for long. Its errors are ignored: a log must not end connections.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self {
            writer: Mutex::new(Box::new(writer)),
        }
    }

    /// `<label> <client_random> <secret>`, the latter two in hexadecimal ([RFC 9850 §2]).
    ///
    /// [RFC 9850 §2]: https://www.rfc-editor.org/rfc/rfc9850#section-2
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = data_encoding::HEXLOWER;
        let mut line = Zeroizing::new(String::with_capacity(256));
        line.push_str(label);
        line.push(' ');
        hex.encode_append(client_random, &mut line);
        line.push(' ');
        hex.encode_append(secret, &mut line);
        line.push('\n');
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writer
            .write_all(line.as_bytes())
            .and_then(|()| writer.flush());
    }
}

impl fmt::Debug for KeyLogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLogSink").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_off() -> bool {
        matches!(CAPTURE.take(), Capture::Off)
    }

    #[test]
    fn a_secret_is_caught_inside_the_call_only() {
        let log = key_log(None);
        log.log(EXPORTER_SECRET, &[], &[1; 32]);
        assert!(is_off());
        let ((), secret) = capture(|| log.log(EXPORTER_SECRET, &[], &[2; 48]));
        assert_eq!(secret.unwrap().0.as_ref(), [2; 48]);
        assert!(is_off());
        assert!(capture(|| ()).1.is_none());
    }

    #[test]
    fn a_panic_in_the_call_leaves_no_secret_behind() {
        let panicked = std::panic::catch_unwind(|| {
            capture(|| {
                key_log(None).log(EXPORTER_SECRET, &[], &[1; 32]);
                panic!("planted");
            })
        });
        assert!(panicked.is_err());
        assert!(is_off());
    }

    #[test]
    fn nothing_but_the_exporter_is_asked_for_without_a_sink() {
        assert!(!key_log(None).will_log("CLIENT_RANDOM"));
        let sink = Arc::new(KeyLogSink::new(std::io::sink()));
        assert!(key_log(Some(sink)).will_log("CLIENT_RANDOM"));
    }
}
