//! Arguments of `ipmint keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint keys new --name 'the mail team'
  ipmint keys list
  ipmint keys revoke 7
  ipmint keys sign new")]
pub(in crate::cli) struct KeysArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysCommand {
    /// Make a key that a server lets in
    New(KeysNewArgs),
    /// List keys, with what they used
    List(KeysListArgs),
    /// Revoke keys
    Revoke(KeysRevokeArgs),
    /// Keys that releases are signed with
    Sign(SignArgs),
}

/// Which keys.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyFileArgs {
    /// File of keys, which a server may have open
    #[arg(
        long,
        value_name = "FILE",
        default_value = "keys.sqlite",
        env = "IPMINT_KEYS",
        hide_env_values = true
    )]
    pub(in crate::cli) keys: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint keys new
  ipmint keys new --plans plans.toml --plan gold --name 'the mail team'
  KEY=$(ipmint keys new --name nightly)
  ipmint keys new --json | jq .account

The key goes to standard output, this once: the file has a digest of it, from which there is no
way back. A server that has the file open knows the key within a second. The file is made if it
is not there, and can be read by its owner only.

A client sends it as X-API-Key, as Authorization: Bearer, as the password of Basic (with any user
name), or in the URL as api_key or license_key.")]
pub(in crate::cli) struct KeysNewArgs {
    #[command(flatten)]
    pub(in crate::cli) file: KeyFileArgs,
    /// File of plans [default: one plan, `unlimited`]
    #[arg(long, value_name = "FILE", env = "IPMINT_PLANS", hide_env_values = true)]
    pub(in crate::cli) plans: Option<PathBuf>,
    /// Whose it is, for `keys list`
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(in crate::cli) name: String,
    /// The plan it is on [default: the one that the file of plans says]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) plan: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint keys list
  ipmint keys list --keys /var/lib/ipmint/keys.sqlite --json

What was used is that of the last 24 hours and 30 days, as a server last wrote it: twice a second.")]
pub(in crate::cli) struct KeysListArgs {
    #[command(flatten)]
    pub(in crate::cli) file: KeyFileArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint keys revoke 7
  ipmint keys revoke 7 8 9 --keys /var/lib/ipmint/keys.sqlite

A server that has the file open refuses them within a second. If one of the accounts is not there,
none is revoked. There is no way back: make a new key.")]
pub(in crate::cli) struct KeysRevokeArgs {
    /// Account ids, as `keys list` has them
    #[arg(value_name = "ACCOUNT", required = true)]
    pub(in crate::cli) accounts: Vec<u64>,
    #[command(flatten)]
    pub(in crate::cli) file: KeyFileArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint keys sign new
  minisign -V -P \"$(tail -1 ipmint.pub)\" -m output/index.json")]
pub(in crate::cli) struct SignArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: SignCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SignCommand {
    /// Make a key pair, as the stock minisign tool has them
    New(SignNewArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint keys sign new
  ipmint keys sign new --out /etc/ipmint/store.key
  IPMINT_SIGN_PASSWORD=… ipmint keys sign new        # encrypted with it

The secret key can be read by its owner only. The public key goes beside it, with the extension
`pub`, and to standard output: who pulls with --key believes nobody else.")]
pub(in crate::cli) struct SignNewArgs {
    /// File of the secret key
    #[arg(long, value_name = "FILE", default_value = "ipmint.key")]
    pub(in crate::cli) out: PathBuf,
    /// Overwrite a key that is there: what it signed cannot be signed again
    #[arg(long)]
    pub(in crate::cli) force: bool,
}
