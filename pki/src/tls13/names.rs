//! What the numbers of TLS 1.3 are called ([RFC 8446 §B], [IANA]). One without a name here is written as its number.
//!
//! [RFC 8446 §B]: https://www.rfc-editor.org/rfc/rfc8446#appendix-B
//! [IANA]: https://www.iana.org/assignments/tls-parameters

use std::borrow::Cow;

/// The type of a record: `handshake`.
pub fn content_type(number: u8) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        20 => "change_cipher_spec",
        21 => "alert",
        22 => "handshake",
        23 => "application_data",
        24 => "heartbeat",
        _ => return format!("type {number}").into(),
    })
}

/// The type of a handshake message, as the RFC writes the message: `ClientHello`.
pub fn handshake_type(number: u8) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        4 => "NewSessionTicket",
        5 => "EndOfEarlyData",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        22 => "CertificateStatus",
        24 => "KeyUpdate",
        25 => "CompressedCertificate",
        _ => return format!("message of type {number}").into(),
    })
}

/// An extension: `key_share`.
pub fn extension(number: u16) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        0 => "server_name",
        1 => "max_fragment_length",
        5 => "status_request",
        10 => "supported_groups",
        11 => "ec_point_formats",
        13 => "signature_algorithms",
        16 => "application_layer_protocol_negotiation",
        17 => "status_request_v2",
        18 => "signed_certificate_timestamp",
        19 => "client_certificate_type",
        20 => "server_certificate_type",
        21 => "padding",
        22 => "encrypt_then_mac",
        23 => "extended_main_secret",
        27 => "compress_certificate",
        28 => "record_size_limit",
        34 => "delegated_credential",
        35 => "session_ticket",
        41 => "pre_shared_key",
        42 => "early_data",
        43 => "supported_versions",
        44 => "cookie",
        45 => "psk_key_exchange_modes",
        47 => "certificate_authorities",
        48 => "oid_filters",
        49 => "post_handshake_auth",
        50 => "signature_algorithms_cert",
        51 => "key_share",
        57 => "quic_transport_parameters",
        17_513 => "application_settings",
        0xfe0d => "encrypted_client_hello",
        0xff01 => "renegotiation_info",
        _ if is_grease(number) => return format!("reserved {number:#06x}").into(),
        _ => return format!("{number:#06x}").into(),
    })
}

/// Whether it is one of the reserved numbers that mean nothing, and are sent so that nobody stumbles over unknown ones
/// ([RFC 8701]).
///
/// [RFC 8701]: https://www.rfc-editor.org/rfc/rfc8701
pub fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// The level of an alert.
pub fn alert_level(number: u8) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        1 => "warning",
        2 => "fatal",
        _ => return format!("level {number}").into(),
    })
}

/// What an alert says: `handshake_failure`.
pub fn alert(number: u8) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => return format!("alert {number}").into(),
    })
}

/// How certificates are compressed ([RFC 8879 §3]).
///
/// [RFC 8879 §3]: https://www.rfc-editor.org/rfc/rfc8879#section-3
pub fn compression(number: u16) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        1 => "zlib",
        2 => "brotli",
        3 => "zstd",
        _ => return format!("{number:#06x}").into(),
    })
}
