//! Which trouble with making a connection may be over when it is tried again.

use std::io::ErrorKind;

use http::StatusCode;

use super::{ProxyError, SocksError};
use crate::Phase;
use crate::error::{Kind, asked_last};
use crate::https::HandshakeError;

/// Whether another attempt may end otherwise. What was decided about us, or what we were told to do, stays as it is: a name or
/// an address that is denied, a certificate, credentials, a rule of the proxy.
pub(super) fn may_pass(trouble: &Kind) -> bool {
    match trouble {
        Kind::Dial(error) => match asked_last(error) {
            Some(trouble) => may_pass(trouble),
            None => !error.is_denied() && error.kind() != ErrorKind::InvalidInput,
        },
        Kind::Announce(_) => true,
        Kind::Handshake(error) => may_pass_in_handshake(error),
        Kind::Late(phase, _) => *phase == Phase::Proxy,
        Kind::Proxy { error, .. } => may_pass_at_proxy(error),
        _ => false,
    }
}

fn may_pass_in_handshake(error: &HandshakeError) -> bool {
    error.is_io() || error.is_timeout()
}

fn may_pass_at_proxy(error: &ProxyError) -> bool {
    match error {
        ProxyError::Closed | ProxyError::Io(_) => true,
        ProxyError::Handshake(error) => may_pass_in_handshake(error),
        ProxyError::Refused { status } => [
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ]
        .contains(status),
        ProxyError::Socks(error) => matches!(
            error,
            SocksError::GeneralFailure
                | SocksError::NetworkUnreachable
                | SocksError::HostUnreachable
                | SocksError::ConnectionRefused
                | SocksError::TtlExpired
        ),
        _ => false,
    }
}
