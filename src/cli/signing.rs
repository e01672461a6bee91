//! The key that releases are signed with.
#![expect(clippy::disallowed_methods, reason = "a password comes from the environment")]

use std::env;
use std::sync::Arc;

use crate::cli::args::SigningArgs;
use crate::release::{SignError, Signer};

/// Has the password of an encrypted key.
const PASSWORD: &str = "IPMINT_SIGN_PASSWORD";

/// Opens the key that is named, if one is.
pub(super) fn signer(args: &SigningArgs) -> Result<Option<Arc<Signer>>, SignError> {
    let Some(path) = &args.sign_key else { return Ok(None) };
    let password = env::var(PASSWORD).ok();
    Ok(Some(Arc::new(Signer::open(path, password.as_deref())?)))
}
