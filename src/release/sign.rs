//! Signatures of minisign: what a store's owner signs, and who pulls from it checks.
//!
//! Files and signatures are those of the stock `minisign` tool, either way. What is signed is the
//! BLAKE2b of the bytes; the older kind, which signs the bytes themselves, is refused.
#![expect(clippy::disallowed_methods, reason = "keys lie on disk")]

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Read as _, Write as _};
use std::ops::Range;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ct_codecs::{Base64, Decoder as _};
use minisign::{KeyPair, PError, SecretKey, SecretKeyBox, SignatureBox};

/// How the line of an encrypted secret key begins: "Ed", "Sc", "B2" in base64.
const ENCRYPTED: &str = "RWRTY0Iy";

/// How that of one without a password begins: "Ed", two zeros, "B2".
const PLAIN: &str = "RWQAAEIy";

/// Where the checksum of a secret key lies; it is the last that there is.
const CHECKSUM: Range<usize> = 126..158;

/// Base64 digits of the second signature, 64 bytes: the crate looks at so many, be they there or not.
const COMMENT_SIGNATURE_DIGITS: usize = 88;

/// Why a key cannot be used, or a signature is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A key that cannot be read.
    #[error("cannot read the key {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key that cannot be written.
    #[error("cannot write the key {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key that would be overwritten.
    #[error("{} is there already; choose another --out, or --force to lose that key", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A name that the public key would have.
    #[error("{}: a secret key cannot end in `.pub`, as its public key will", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// A secret key that is none.
    #[error(
        "the secret key {} can be read by others (mode {mode:03o}); run `chmod 600 {}`",
        path.display(),
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A secret key that needs a password.
    #[error("the secret key {} is encrypted; set IPMINT_SIGN_PASSWORD", path.display())]
    NoPassword {
        /// The file.
        path: PathBuf,
    },
    /// No secret key, or another password.
    #[error("{} is no secret key of minisign, or has another password", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PError,
    },
    /// No public key.
    #[error(
        "`{}` is no public key of minisign; expected 56 characters that begin with RW, or a file with such a line",
        found.escape_debug()
    )]
    Public {
        /// What was found, shortened.
        found: String,
    },
    /// No keys can be made.
    #[error("cannot make a key")]
    Make(#[source] PError),
    /// No signature at all.
    #[error("is no signature of minisign")]
    Format,
    /// Other bytes, another comment, another key.
    #[error("is not signed by the key {key}")]
    Unsigned {
        /// The key that was expected.
        key: PublicKey,
        /// Why.
        source: PError,
    },
}

/// Signs; whoever has the public key can check.
pub struct Signer {
    secret: SecretKey,
}

/// Tells what was signed by whom.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(minisign::PublicKey);

impl Signer {
    /// Reads a secret key, with the password that it is encrypted with, if it is.
    ///
    /// # Errors
    /// Also if others can read the file: then it is no secret.
    pub fn open(path: &Path, password: Option<&str>) -> Result<Self, SignError> {
        let read_error = |source| SignError::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(read_error)?;
        check_mode(path, &file.metadata().map_err(read_error)?)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(read_error)?;
        let line = text.lines().nth(1).unwrap_or_default();
        if let Some(secret) = unchecked(line) {
            return Ok(Self { secret });
        }
        let is_encrypted = line.starts_with(ENCRYPTED);
        let secret = SecretKeyBox::from_string(&text).and_then(|secret| {
            // Without a password the crate would ask the terminal for one.
            match password.filter(|_| is_encrypted) {
                Some(password) => secret.into_secret_key(Some(password.to_owned())),
                None => secret.into_unencrypted_secret_key(),
            }
        });
        match secret {
            Ok(secret) => Ok(Self { secret }),
            Err(_) if is_encrypted && password.is_none() => {
                Err(SignError::NoPassword { path: path.to_owned() })
            }
            Err(source) => Err(SignError::Secret { path: path.to_owned(), source }),
        }
    }

    /// Makes a key pair: the secret key in a file that only its owner can read, encrypted if there
    /// is a password, and the public key beside it, with the extension `pub`.
    pub fn create(
        path: &Path,
        password: Option<&str>,
        overwrites: Overwrite,
    ) -> Result<PublicKey, SignError> {
        let public_path = path.with_extension("pub");
        if public_path == path {
            return Err(SignError::Name { path: public_path });
        }
        for path in [path, &public_path] {
            if overwrites == Overwrite::Never && path.exists() {
                return Err(SignError::Exists { path: path.to_owned() });
            }
        }
        let (pair, comment) = match password {
            Some(password) => (
                KeyPair::generate_encrypted_keypair(Some(password.to_owned())),
                "ipmint encrypted secret key",
            ),
            None => (KeyPair::generate_unencrypted_keypair(), "ipmint secret key"),
        };
        let KeyPair { pk, sk } = pair.map_err(SignError::Make)?;
        let secret = sk.to_box(Some(comment)).map_err(SignError::Make)?;
        let public = pk.to_box().map_err(SignError::Make)?;
        let write_error = |path: &Path| {
            let path = path.to_owned();
            |source| SignError::Write { path, source }
        };
        write_secret(path, secret.to_string().as_bytes()).map_err(write_error(path))?;
        fs::write(&public_path, public.to_string()).map_err(write_error(&public_path))?;
        Ok(PublicKey(pk))
    }

    /// Signs bytes, and a comment of one line that says what they are.
    ///
    /// The signature differs each time: the crate mixes fresh randomness in, so that a fault of
    /// the machine while signing gives nothing away. So a signature is written once.
    ///
    /// # Panics
    /// If the comment has several lines, or the system gives no randomness.
    pub fn sign(&self, bytes: &[u8], trusted_comment: &str) -> String {
        assert!(!trusted_comment.contains(['\n', '\r']), "a comment is one line");
        let comment = Some(trusted_comment);
        minisign::sign(None, &self.secret, bytes, comment, Some("signature from ipmint"))
            .expect("the key is decrypted, bytes can be read, the system is random")
            .to_string()
    }

    /// The key that tells what this one signed.
    pub fn public_key(&self) -> PublicKey {
        let public = minisign::PublicKey::from_secret_key(&self.secret);
        PublicKey(public.expect("a secret key ends with its public one"))
    }
}

/// The secret stays where it is: the crate's own way to print it does so in full.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("public_key", &self.public_key()).finish_non_exhaustive()
    }
}

/// What becomes of a key that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays, and none is made.
    Never,
    /// It is lost.
    Always,
}

impl PublicKey {
    /// Reads the file that `ipmint keys sign new` or `minisign -G` wrote.
    pub fn open(path: &Path) -> Result<Self, SignError> {
        let read = fs::read_to_string(path);
        let text = read.map_err(|source| SignError::Read { path: path.to_owned(), source })?;
        // After a comment, or alone.
        let line = text.lines().find(|line| !line.starts_with("untrusted comment:"));
        line.unwrap_or_default().parse()
    }

    /// Returns the comment that was signed with the bytes, if this key signed them.
    pub fn verify(&self, bytes: &[u8], signature: &str) -> Result<String, SignError> {
        let last = signature.lines().nth(3).map(|line| line.trim().len());
        if last != Some(COMMENT_SIGNATURE_DIGITS) {
            return Err(SignError::Format);
        }
        let signature = SignatureBox::from_string(signature).map_err(|_| SignError::Format)?;
        minisign::verify(&self.0, &signature, Cursor::new(bytes), true, false, false)
            .and_then(|()| signature.trusted_comment())
            .map_err(|source| SignError::Unsigned { key: self.clone(), source })
    }
}

impl FromStr for PublicKey {
    type Err = SignError;

    /// Reads the line of base64.
    fn from_str(text: &str) -> Result<Self, SignError> {
        let key = minisign::PublicKey::from_base64(text.trim());
        let found = || text.chars().take(80).collect();
        key.map(Self).map_err(|_| SignError::Public { found: found() })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_base64())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Refuses a secret key that is none.
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), SignError> {
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 { Ok(()) } else { Err(SignError::Exposed { path: path.to_owned(), mode }) }
}

/// A secret key without a password as the stock tool writes it: with zeros for the checksum, which
/// the crate would refuse.
fn unchecked(line: &str) -> Option<SecretKey> {
    let bytes = Base64::decode_to_vec(line.trim(), None).ok()?;
    let has_none = bytes.len() == CHECKSUM.end && bytes[CHECKSUM].iter().all(|byte| *byte == 0);
    let is_ours = has_none && line.starts_with(PLAIN);
    is_ours.then(|| SecretKey::from_bytes(&bytes).ok()).flatten()
}

/// Writes a file that was never open to others.
fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use crate::release::{Overwrite, PublicKey, SignError, Signer};

    fn signer() -> (tempfile::TempDir, Signer) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        Signer::create(&path, None, Overwrite::Never).expect("made");
        let signer = Signer::open(&path, None).expect("ours");
        (folder, signer)
    }

    #[test]
    fn what_was_signed_is_told_from_all_else() {
        let (_folder, signer) = signer();
        let key = signer.public_key();
        let signature = signer.sign(b"bytes", "ipmint 20261122.1 sequence 7");
        let comment = key.verify(b"bytes", &signature).expect("signed");
        assert_eq!(comment, "ipmint 20261122.1 sequence 7");
        let refused = |bytes: &[u8], signature: &str| {
            let found = key.verify(bytes, signature);
            assert!(matches!(found, Err(SignError::Unsigned { .. })), "{found:?}");
        };
        refused(b"other bytes", &signature);
        refused(b"bytes", &signature.replace("sequence 7", "sequence 8"));
        refused(b"bytes", &self::signer().1.sign(b"bytes", "x"));
    }

    #[test]
    fn whatever_a_signature_says_nothing_panics() {
        let (_folder, signer) = signer();
        let (key, signature) = (signer.public_key(), signer.sign(b"bytes", "comment"));
        for end in 0..signature.trim_end().len() {
            key.verify(b"bytes", &signature[..end]).expect_err("cut short");
        }
        for idx in 0..signature.len() {
            let mut damaged = signature.clone().into_bytes();
            damaged[idx] = b'=';
            // The first line is no part of what is signed.
            let _ = key.verify(b"bytes", &String::from_utf8_lossy(&damaged));
        }
    }

    #[test]
    fn a_public_key_is_a_line_or_a_file() {
        let (folder, signer) = signer();
        let key = signer.public_key();
        assert_eq!(key.to_string().parse::<PublicKey>().expect("its own line"), key);
        assert_eq!(PublicKey::open(&folder.path().join("a.pub")).expect("written"), key);
        for text in ["", "RWQ", "x", &"A".repeat(1000), &key.to_string().to_lowercase()[..40]] {
            assert!(matches!(text.parse::<PublicKey>(), Err(SignError::Public { .. })), "{text}");
        }
    }

    #[test]
    fn a_key_is_not_overwritten_by_accident() {
        let (folder, signer) = signer();
        let path = folder.path().join("a.key");
        let again = Signer::create(&path, None, Overwrite::Never);
        assert!(matches!(again, Err(SignError::Exists { .. })));
        let named = Signer::create(&path.with_extension("pub"), None, Overwrite::Always);
        assert!(matches!(named, Err(SignError::Name { .. })));
        let other = Signer::create(&path, None, Overwrite::Always).expect("made");
        assert_ne!(other, signer.public_key());
    }
}
