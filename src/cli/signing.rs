//! The key that releases are signed with.
#![expect(clippy::disallowed_methods, reason = "a password comes from the environment")]

use std::env;
use std::sync::Arc;

use anyhow::Context as _;

use crate::cli::args::SigningArgs;
use crate::release::Signer;

/// Has the password of an encrypted key.
const PASSWORD: &str = "IPMINT_SIGN_PASSWORD";

/// Opens the key that is named, if one is.
pub(super) fn signer(args: &SigningArgs) -> anyhow::Result<Option<Arc<Signer>>> {
    let Some(path) = &args.sign_key else { return Ok(None) };
    Ok(Some(Arc::new(Signer::open(path, password()?.as_deref())?)))
}

/// What the secret key is encrypted with, if it is.
pub(super) fn password() -> anyhow::Result<Option<String>> {
    match env::var(PASSWORD) {
        Ok(password) => Ok(Some(password).filter(|password| !password.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(PASSWORD),
    }
}
