//! The certificate: read, believed, and read again when its files change.
#![expect(clippy::disallowed_methods, reason = "the certificate lies on disk")]

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::base::Digest;
use crate::serve::ServeError;
use crate::serve::server::settings::TlsFiles;

/// The certificate that is shown, and the files it is from.
#[derive(Debug)]
pub(super) struct Certificates {
    files: TlsFiles,
    current: ArcSwap<CertifiedKey>,
    /// What the files held when they were last read, whether it could be used or not.
    seen: Mutex<Seen>,
}

type Seen = [Digest; 2];

/// Both files as they are now.
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// Which file, and what is wrong with it.
    pub(super) fn open(files: TlsFiles) -> Result<Arc<Self>, ServeError> {
        let read = read(&files)?;
        let current = ArcSwap::from_pointee(certified(&files, &read)?);
        Ok(Arc::new(Self { current, seen: Mutex::new(read.digests()), files }))
    }

    /// Looks whether the files changed, and shows the new certificate from now on; returns whether
    /// there is one.
    ///
    /// # Errors
    /// What is wrong with the new files; the old certificate stays. Told once, not at every look.
    pub(super) fn renew(&self) -> Result<bool, ServeError> {
        let read = read(&self.files)?;
        let digests = read.digests();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == digests {
            return Ok(false);
        }
        *seen = digests;
        self.current.store(Arc::new(certified(&self.files, &read)?));
        Ok(true)
    }

    /// Speaks TLS with whatever certificate is current, HTTP/2 where the client can.
    ///
    /// # Errors
    /// What the library has against it.
    pub(super) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, ServeError> {
        let provider = Arc::new(ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(ServeError::Tls)?;
        let resolver = Arc::clone(self) as Arc<dyn ResolvesServerCert>;
        let mut config = config.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A fleet that comes every night is spared half a handshake.
        config.ticketer = ring::Ticketer::new().map_err(ServeError::Tls)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Files {
    fn digests(&self) -> Seen {
        [Digest::of(&self.certificate), Digest::of(&self.key)]
    }
}

fn read(files: &TlsFiles) -> Result<Files, ServeError> {
    let read = |path: &Path| fs::read(path).map_err(|source| wrong(path, pem::Error::Io(source)));
    Ok(Files { certificate: read(&files.certificate)?, key: read(&files.key)? })
}

fn wrong(path: &Path, source: pem::Error) -> ServeError {
    ServeError::Pem { path: path.to_owned(), source }
}

/// Makes of two files what is shown; the key has to be the certificate's.
fn certified(files: &TlsFiles, read: &Files) -> Result<CertifiedKey, ServeError> {
    let TlsFiles { certificate, key } = files;
    let chain = CertificateDer::pem_slice_iter(&read.certificate);
    let chain: Vec<_> =
        chain.collect::<Result<_, _>>().map_err(|error| wrong(certificate, error))?;
    if chain.is_empty() {
        return Err(ServeError::NoCertificate { path: certificate.clone() });
    }
    let private = PrivateKeyDer::from_pem_slice(&read.key).map_err(|error| wrong(key, error))?;
    CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(|source| {
        ServeError::Certificate { certificate: certificate.clone(), key: key.clone(), source }
    })
}
