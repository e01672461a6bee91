//! Why the server could not start or go on.

use std::io;
use std::path::PathBuf;

use crate::serve::access::AccessError;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Settings that contradict each other.
    #[error("{0}")]
    Settings(String),
    /// An address that cannot be listened at.
    #[error("cannot listen at {listen}")]
    Listen {
        /// Which.
        listen: String,
        /// What the system says.
        source: io::Error,
    },
    /// A socket handed over that is none to accept connections from.
    #[error("socket {idx} that was handed over cannot be used")]
    Inherited {
        /// Which, from 0.
        idx: usize,
        /// What is wrong with it.
        source: io::Error,
    },
    /// A file of the certificate that cannot be read.
    #[error("cannot read {}", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// A certificate and key that cannot be used.
    #[error("{} and {} cannot be used", certificate.display(), key.display())]
    Certificate {
        /// The chain.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// What is wrong with them.
        source: rustls::Error,
    },
    /// A chain without a certificate.
    #[error("{} holds no certificate, expected PEM", path.display())]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// TLS that cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// Keys or plans that cannot be used.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Something that the system refused.
    #[error("cannot {what}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
}
