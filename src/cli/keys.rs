//! `ipmint keys`: who is let in.

use std::collections::HashMap;
use std::io::Write as _;

use anyhow::bail;
use serde_json::{Value, json};

use crate::base::BuildEpoch;
use crate::cli::args::{KeysArgs, KeysCommand, KeysListArgs, KeysNewArgs, KeysRevokeArgs};
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::table::{Side, Table, grouped};
use crate::cli::{Exit, keys_sign};
use crate::serve::access::{
    AccessError, AccountRecord, Key, KeyFile, Moment, Plans, Revocation, Span,
};

pub(super) fn run(args: &KeysArgs) -> anyhow::Result<Exit> {
    match &args.command {
        KeysCommand::New(args) => new(args),
        KeysCommand::List(args) => list(args),
        KeysCommand::Revoke(args) => revoke(args),
        KeysCommand::Sign(args) => keys_sign::run(args),
    }
}

fn new(args: &KeysNewArgs) -> anyhow::Result<Exit> {
    let plan = plan(args)?;
    if args.name.chars().any(char::is_control) {
        bail!("--name `{}`: expected text in one line", args.name.escape_debug());
    }
    let (key, now) = (Key::generate().map_err(AccessError::Random)?, Moment::now());
    let mut file = KeyFile::open_or_create(&args.file.keys)?;
    let account = file.add(&args.name, &plan, &key, now)?;
    let mut out = stdout();
    if args.json {
        let json = json!({
            "account": account,
            "key": key.reveal(),
            "name": args.name,
            "plan": plan,
            "created": time(now.seconds()),
        });
        write_json(&mut out, &json)?;
        return finish(out).map(|()| Exit::Done);
    }
    writeln!(out, "{}", key.reveal())?;
    finish(out)?;
    eprintln!(
        "account {account} on plan `{plan}`, in {}; the key is shown this once\n\n\
         curl:\n  curl -H \"X-API-Key: $KEY\" https://HOST/v1/database/list\n\n\
         GeoIP.conf:\n  AccountID {account}\n  LicenseKey KEY\n  EditionIDs EDITION\n  Host HOST",
        args.file.keys.display()
    );
    Ok(Exit::Done)
}

/// The name of the plan of a new key.
fn plan(args: &KeysNewArgs) -> anyhow::Result<String> {
    let plans = args.plans.as_deref().map_or_else(|| Ok(Plans::default()), Plans::open)?;
    let Some(plan) = &args.plan else { return Ok(plans.default_plan().name.clone()) };
    if plans.get(plan).is_none() {
        return Err(AccessError::NoPlan { plan: plan.clone(), known: plans.names() }.into());
    }
    Ok(plan.clone())
}

fn list(args: &KeysListArgs) -> anyhow::Result<Exit> {
    let file = KeyFile::open(&args.file.keys)?;
    let (accounts, now) = (file.accounts()?, Moment::now());
    let rows = file.usage()?.into_iter().filter(|row| row.edition.is_empty());
    let used = rows.map(|row| ((row.account, row.window.span_ms()), row.window.used(now)));
    let used: HashMap<(u64, u64), u64> = used.collect();
    let used = |account: &AccountRecord, span: Span| {
        used.get(&(account.id, span.millis())).copied().unwrap_or(0)
    };
    let mut out = stdout();
    if args.json {
        let key = |account: &AccountRecord| {
            json!({
                "account": account.id,
                "name": account.name,
                "plan": account.plan,
                "created": time(account.created),
                "state": state(account),
                "revoked": account.revoked.map(time),
                "used_day": used(account, Span::Day),
                "used_month": used(account, Span::Month),
            })
        };
        let keys: Vec<Value> = accounts.iter().map(key).collect();
        write_json(&mut out, &json!({ "keys": keys }))?;
        return finish(out).map(|()| Exit::Done);
    }
    let mut table = Table::new(&[
        ("account", Side::Right),
        ("name", Side::Left),
        ("plan", Side::Left),
        ("created", Side::Left),
        ("state", Side::Left),
        ("today", Side::Right),
        ("this month", Side::Right),
    ]);
    for account in &accounts {
        table.row([
            account.id.to_string(),
            account.name.escape_debug().to_string(),
            account.plan.escape_debug().to_string(),
            time(account.created),
            state(account).to_owned(),
            grouped(used(account, Span::Day)),
            grouped(used(account, Span::Month)),
        ]);
    }
    write!(out, "{table}")?;
    finish(out)?;
    Ok(Exit::Done)
}

fn state(account: &AccountRecord) -> &'static str {
    if account.revoked.is_some() { "revoked" } else { "good" }
}

fn revoke(args: &KeysRevokeArgs) -> anyhow::Result<Exit> {
    let mut file = KeyFile::open(&args.file.keys)?;
    let revoked = file.revoke(&args.accounts, Moment::now())?;
    for (account, revocation) in args.accounts.iter().zip(revoked) {
        match revocation {
            Revocation::Done => eprintln!("account {account}: revoked"),
            Revocation::Before(at) => {
                eprintln!("account {account}: was revoked already, at {}", time(at));
            }
        }
    }
    Ok(Exit::Done)
}

fn time(seconds: u64) -> String {
    BuildEpoch(seconds).to_string()
}
