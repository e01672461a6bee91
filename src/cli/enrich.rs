//! `ipmint enrich`: fields of a database added to what comes on standard input.

use std::io::{self, IsTerminal as _};
use std::num::NonZero;
use std::thread;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use crate::cli::Exit;
use crate::cli::args::{EnrichArgs, EnrichFormat};
use crate::cli::database;
use crate::cli::exit::UsageError;
use crate::query::enrich::{
    Column, Csv, EnrichError, Enricher, Fields, FieldsError, Format, Ndjson, Pattern, Place, Tally,
    USUAL_KEYS,
};

pub(super) fn run(args: &EnrichArgs) -> anyhow::Result<Exit> {
    // Mistakes of the command line before the file is read.
    let format = format(args)?;
    let opened = database::open(&args.database, &args.edition)?;
    let reader = opened.reader()?;
    let fields = Fields::of(opened.bytes(), &args.fields).map_err(|error| match error {
        FieldsError::Unknown(message) => UsageError(format!("--field: {message}")).into(),
        error => anyhow::Error::from(error),
    })?;
    let n_cores = thread::available_parallelism().map_or(1, NonZero::get);
    let n_threads = args.threads.map_or(n_cores, usize::from);
    let bar = bar();
    let done = Enricher::new(&reader, &fields, format).run(
        io::stdin(),
        &mut io::stdout().lock(),
        n_threads,
        |tally| bar.set_position(tally.n_lines),
    );
    bar.finish_and_clear();
    let tally = done.map_err(|error| match error {
        EnrichError::Column(message) => UsageError(message).into(),
        error => anyhow::Error::from(error),
    })?;
    eprintln!("{}", summary(args.format, &tally));
    Ok(Exit::Done)
}

fn format(args: &EnrichArgs) -> Result<Format, UsageError> {
    let usage = |message: &str| Err(UsageError(message.to_owned()));
    let is = |format| args.format == format;
    if args.pattern.is_some() && !is(EnrichFormat::Lines) {
        return usage("--pattern is for lines; expected `--format lines`");
    }
    if !args.keys.is_empty() && !is(EnrichFormat::Ndjson) {
        return usage("--key is for NDJSON; expected `--format ndjson`");
    }
    if (args.delimiter.is_some() || args.no_header) && !is(EnrichFormat::Csv) {
        return usage("--delimiter and --no-header are for CSV; expected `--format csv`");
    }
    Ok(match args.format {
        EnrichFormat::Lines => Format::Lines(match (&args.pattern, &args.column) {
            (Some(pattern), _) => {
                let pattern = Pattern::new(pattern);
                Place::Pattern(pattern.map_err(|error| UsageError(format!("--pattern: {error}")))?)
            }
            (None, Some(column)) => match column.parse() {
                Ok(0) | Err(_) => return usage("--column of lines is a number from 1"),
                Ok(number) => Place::Column(number),
            },
            (None, None) => Place::Anywhere,
        }),
        EnrichFormat::Ndjson => {
            if args.column.is_some() {
                return usage("--column is for lines and CSV; NDJSON has `--key`");
            }
            let usual = || USUAL_KEYS.map(str::to_owned).to_vec();
            let keys = if args.keys.is_empty() { usual() } else { args.keys.clone() };
            Format::Ndjson(Ndjson::new(&keys, &args.into))
        }
        EnrichFormat::Csv => {
            let delimiter = match args.delimiter.as_deref().map(str::as_bytes) {
                None => b',',
                Some(b"tab" | b"\\t") => b'\t',
                Some(&[sign]) if sign.is_ascii() && !matches!(sign, b'"' | b'\r' | b'\n') => sign,
                Some(_) => return usage("--delimiter is one sign of ASCII, no quote, or `tab`"),
            };
            let column = args.column.clone().map_or(Column::Usual, Column::Named);
            Format::Csv(Csv { column, delimiter, has_header: !args.no_header })
        }
    })
}

/// How many lines there were so far, where somebody watches and nothing else is shown.
fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() || io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{human_pos} lines, {per_sec}, {elapsed}");
    let bar = ProgressBar::new_spinner();
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

fn summary(format: EnrichFormat, tally: &Tally) -> String {
    let what = if format == EnrichFormat::Csv { "records" } else { "lines" };
    let mut text = format!(
        "{} {what}, {} with an address, {} of them known",
        HumanCount(tally.n_lines),
        HumanCount(tally.n_with_address),
        HumanCount(tally.n_known),
    );
    for (count, what) in [(tally.n_too_long, "too long"), (tally.n_no_object, "no JSON object")] {
        if count > 0 {
            text.push_str(&format_args!(", {} {what}", HumanCount(count)).to_string());
        }
    }
    text
}
