/// Why a certificate cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A chain without any certificate.
    #[error("there is no certificate")]
    Missing,
    /// Longer than [`CERTIFICATE_BYTES_MAX`](super::CERTIFICATE_BYTES_MAX).
    #[error("a certificate of {bytes} bytes is longer than the {max} that are read")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// Not a certificate in DER.
    #[error("not a certificate in DER")]
    Malformed,
    /// Bytes behind the certificate: two readers could disagree on what was signed.
    #[error("{bytes} bytes stand behind the certificate")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// An extension that decides who may use the certificate for what is not readable.
    #[error("the extension {oid} is malformed")]
    MalformedExtension {
        /// Its object identifier.
        oid: String,
    },
    /// An extension stands there twice ([RFC 5280 §4.2]).
    ///
    /// [RFC 5280 §4.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2
    #[error("the extension {oid} stands there twice")]
    RepeatedExtension {
        /// Its object identifier.
        oid: String,
    },
    /// A date that no clock of this machine can show.
    #[error("the validity is out of range")]
    ValidityOutOfRange,
}
