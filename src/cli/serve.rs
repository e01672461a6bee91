//! `ipmint serve`: settings from everywhere, a log, and the server.
#![expect(clippy::disallowed_methods, reason = "settings lie on disk")]

use std::fs;
use std::io::{self, Write as _};

use anyhow::Context as _;
use tracing::Level;

use crate::cli::Exit;
use crate::cli::args::ServeArgs;
use crate::cli::exit::UsageError;
use crate::cli::output::{finish, stdout};
use crate::serve::server::{Hooks, Listen, LogFormat, Settings, TlsFiles};
use crate::serve::{ServeError, serve};

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<Exit> {
    let settings = settings(args)?;
    if args.print_config {
        let mut out = stdout();
        out.write_all(settings.to_toml().as_bytes())?;
        finish(out)?;
        return Ok(Exit::Done);
    }
    start_log(settings.log.format);
    let ready = |urls: &[String]| urls.iter().for_each(|url| eprintln!("listening on {url}"));
    let hooks = Hooks { ready: Box::new(ready), ..Hooks::default() };
    match serve(settings, hooks) {
        Err(ServeError::Settings(wrong)) => Err(UsageError(wrong).into()),
        served => {
            served?;
            Ok(Exit::Done)
        }
    }
}

/// The file's settings, and what the arguments and the environment say otherwise.
fn settings(args: &ServeArgs) -> anyhow::Result<Settings> {
    let mut settings = match &args.config {
        Some(path) => {
            let name = path.display().to_string();
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
            Settings::from_toml(&name, &text)?
        }
        None => Settings::default(),
    };
    if !args.listen.is_empty() {
        let parse = |text: &String| {
            let wrong = |wrong| UsageError(format!("--listen: {wrong}"));
            text.parse::<Listen>().map_err(wrong)
        };
        settings.listen = args.listen.iter().map(parse).collect::<Result<_, _>>()?;
    }
    if let Some(output) = &args.output {
        settings.output.clone_from(output);
    }
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        settings.tls = Some(TlsFiles { certificate: certificate.clone(), key: key.clone() });
    }
    settings.keys = args.keys.clone().or(settings.keys);
    settings.plans = args.plans.clone().or(settings.plans);
    if let Some(word) = &args.log {
        let named = LogFormat::ALL.iter().find(|format| format.name() == word);
        settings.log.format = *named.expect("the parser knows the same words");
    }
    settings.threads = args.threads.or(settings.threads);
    Ok(settings)
}

/// Sends the log to standard error; trouble is told even where requests are not.
fn start_log(format: LogFormat) {
    let level = if format == LogFormat::Off { Level::WARN } else { Level::INFO };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr);
    match format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text | LogFormat::Off => log.with_ansi(false).init(),
    }
}
