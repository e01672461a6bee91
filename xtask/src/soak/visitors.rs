//! Clients that ask in every way there is, and keep of the answers what the ledger judges.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http::{Answer, Connection, Method};
use crate::soak::ledger::{Claim, Got, Ledger, Release, sha256};
use crate::soak::publisher::EDITION;

/// How a visitor asks, each in its turn.
const KINDS: [(&str, Ask); N_KINDS] = [
    ("newest", |visitor| visitor.newest()),
    ("newest, conditional", |visitor| visitor.conditional()),
    ("newest, HEAD", |visitor| visitor.head()),
    ("newest, packed by its name", |visitor| visitor.variant()),
    ("newest, packed by Accept-Encoding", |visitor| visitor.coded()),
    ("newest, cut off and resumed", |visitor| visitor.resumed()),
    ("newest, cut off and resumed with If-Range", |visitor| visitor.resumed_if_same()),
    ("of a release", |visitor| visitor.versioned()),
    ("of a release, a part", |visitor| visitor.part()),
    ("delta", |visitor| visitor.delta()),
    ("geoipupdate up to 6", |visitor| visitor.updated()),
    ("geoipupdate from 7 on", |visitor| visitor.updated_by_metadata()),
    ("index and manifest", |visitor| visitor.manifest()),
];

/// How many ways there are.
pub(crate) const N_KINDS: usize = 13;

type Ask = fn(&mut Visitor<'_>) -> Result<Outcome>;

/// Whether there was something.
enum Outcome {
    Judged,
    /// It had been pruned, as it may have been.
    Gone,
}

/// Where the newest is.
const NEWEST: &str = "/v1/database/download/anonymous";

/// Packed forms by the names of the API.
const VARIANTS: [&str; 5] = ["mmdb", "zst", "gz", "tar.gz", "compact"];

/// What all visitors did.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) by_kind: BTreeMap<&'static str, u64>,
    pub(crate) n_bytes: u64,
    pub(crate) n_gone: u64,
    pub(crate) faults: Vec<String>,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        for (kind, n_requests) in other.by_kind {
            *self.by_kind.entry(kind).or_default() += n_requests;
        }
        self.n_bytes += other.n_bytes;
        self.n_gone += other.n_gone;
        self.faults.extend(other.faults);
    }
}

/// One client.
struct Visitor<'a> {
    host: &'a str,
    ledger: &'a Mutex<Ledger>,
    connection: Option<Connection>,
    /// What the server may know it by.
    agent: String,
    /// The database it got last.
    etag: Option<String>,
    dice: u64,
    n_bytes: u64,
}

/// Asks until it is over.
pub(crate) fn visit(
    host: &str,
    number: usize,
    ledger: &Mutex<Ledger>,
    is_over: &AtomicBool,
) -> Counts {
    let mut visitor = Visitor {
        host,
        ledger,
        connection: None,
        agent: format!("visitor/{number}"),
        etag: None,
        dice: number as u64,
        n_bytes: 0,
    };
    let mut counts = Counts::default();
    while !is_over.load(Ordering::Relaxed) {
        let (kind, ask) = KINDS[visitor.below(N_KINDS as u64) as usize];
        *counts.by_kind.entry(kind).or_default() += 1;
        match ask(&mut visitor) {
            Ok(Outcome::Judged) => {}
            Ok(Outcome::Gone) => counts.n_gone += 1,
            Err(error) => {
                // What is on the line may be of this request.
                visitor.connection = None;
                counts.faults.push(format!("{kind}: {error:#}"));
            }
        }
    }
    counts.n_bytes = visitor.n_bytes;
    counts
}

impl Visitor<'_> {
    fn newest(&mut self) -> Result<Outcome> {
        let answer = self.ask(Method::Get, NEWEST, &[])?;
        self.etag = Some(etag(&answer)?.to_owned());
        self.whole(NEWEST, &answer)
    }

    fn conditional(&mut self) -> Result<Outcome> {
        let Some(known) = self.etag.clone() else {
            return self.newest();
        };
        let answer = self.ask(Method::Get, NEWEST, &[("If-None-Match", &known)])?;
        if answer.status == 304 {
            ensure!(etag(&answer)? == known, "304 with {} for {known}", etag(&answer)?);
            ensure!(answer.body.is_empty(), "304 with a body");
            return self.claim("304", &answer, Got::Unchanged);
        }
        ensure!(etag(&answer)? != known, "{} with the ETag that was asked with", answer.status);
        self.etag = Some(etag(&answer)?.to_owned());
        self.whole(NEWEST, &answer)
    }

    fn head(&mut self) -> Result<Outcome> {
        let path = self.some_variant();
        let answer = self.ask(Method::Head, &path, &[])?;
        ensure!(answer.status == 200, "HEAD {path}: {}", answer.status);
        let size = answer.header("content-length").context("no Content-Length")?.parse()?;
        self.claim(&format!("HEAD {path}"), &answer, Got::Size(size))
    }

    fn variant(&mut self) -> Result<Outcome> {
        let path = self.some_variant();
        let answer = self.ask(Method::Get, &path, &[])?;
        self.whole(&path, &answer)
    }

    fn some_variant(&mut self) -> String {
        let variant = VARIANTS[self.below(VARIANTS.len() as u64) as usize];
        format!("{NEWEST}?variant={variant}")
    }

    fn coded(&mut self) -> Result<Outcome> {
        let coding = ["gzip", "zstd", "gzip, zstd;q=0.5"][self.below(3) as usize];
        let answer = self.ask(Method::Get, NEWEST, &[("Accept-Encoding", coding)])?;
        let chosen = answer.header("content-encoding");
        ensure!(chosen.is_none_or(|chosen| coding.contains(chosen)), "{chosen:?} for {coding}");
        let vary = answer.header("vary").context("no Vary")?.to_ascii_lowercase();
        ensure!(vary.contains("accept-encoding"), "Vary: {vary}");
        self.whole(&format!("{NEWEST} in {coding}"), &answer)
    }

    /// As `curl -C -` does, which says nothing of what it has but its length.
    fn resumed(&mut self) -> Result<Outcome> {
        self.resume(false)
    }

    fn resumed_if_same(&mut self) -> Result<Outcome> {
        self.resume(true)
    }

    fn resume(&mut self, says_of_what: bool) -> Result<Outcome> {
        // By another name than this visitor's other requests have.
        let agent = format!("{} resuming", self.agent);
        let n_first = 1 + self.below(60_000) as usize;
        let mut connection = Connection::open(self.host)?;
        let agent = ("User-Agent", agent.as_str());
        let (first, left) = connection.ask_for(Method::Get, NEWEST, &[agent], n_first)?;
        ensure!(first.status == 200, "{} for a first part", first.status);
        drop(connection);
        if left == 0 {
            return self.whole(NEWEST, &first);
        }
        let range = format!("bytes={}-", first.body.len());
        let mut headers = vec![agent, ("Range", &range)];
        if says_of_what {
            headers.push(("If-Range", etag(&first)?));
        }
        let rest = Connection::open(self.host)?.ask(Method::Get, NEWEST, &headers)?;
        self.n_bytes += (first.body.len() + rest.body.len()) as u64;
        if rest.status == 200 {
            return self.whole("GET newest in place of the rest", &rest);
        }
        ensure!(rest.status == 206, "{} for the rest", rest.status);
        ensure!(etag(&rest)? == etag(&first)?, "the rest is of {}", etag(&rest)?);
        let joined = [first.body.as_slice(), &rest.body].concat();
        let got = Got::Whole { sha256: sha256(&joined), n_bytes: joined.len() as u64 };
        self.claim("two parts of the newest", &first, got)
    }

    fn versioned(&mut self) -> Result<Outcome> {
        let release = self.some_release();
        let path = format!("{NEWEST}/{}", release.version);
        let answer = self.ask(Method::Get, &path, &[])?;
        if self.is_gone(&answer, &release.version) {
            return Ok(Outcome::Gone);
        }
        ensure!(etag(&answer)?.contains(&release.sha256), "{path}: {}", etag(&answer)?);
        self.whole(&path, &answer)
    }

    fn part(&mut self) -> Result<Outcome> {
        let release = self.some_release();
        let path = format!("{NEWEST}/{}", release.version);
        let first = self.below(50_000) as usize;
        let last = first + self.below(30_000) as usize;
        let range = format!("bytes={first}-{last}");
        let answer = self.ask(Method::Get, &path, &[("Range", &range)])?;
        if self.is_gone(&answer, &release.version) {
            return Ok(Outcome::Gone);
        }
        ensure!(answer.status == 206, "{path} {range}: {}", answer.status);
        let content = answer.header("content-range").context("no Content-Range")?;
        let end = first + answer.body.len() - 1;
        ensure!(content.starts_with(&format!("bytes {first}-{end}/")), "{range}: {content}");
        let bytes = answer.body.clone();
        self.claim(&format!("{path} {range}"), &answer, Got::Part { first, bytes })
    }

    fn delta(&mut self) -> Result<Outcome> {
        let releases = self.ledger.lock().expect("no panic").served().to_vec();
        let back = 1 + self.below(8.min(releases.len() as u64 - 1)) as usize;
        let pair = &releases[releases.len() - 1 - back..][..2];
        let path = format!("/v1/database/delta/{EDITION}/{}/{}", pair[0].version, pair[1].version);
        let answer = self.ask(Method::Get, &path, &[])?;
        let is_gone = pair.iter().any(|release| self.is_gone(&answer, &release.version));
        if is_gone {
            return Ok(Outcome::Gone);
        }
        self.whole(&path, &answer)
    }

    fn updated(&mut self) -> Result<Outcome> {
        let path = format!("/geoip/databases/{EDITION}/update?db_md5=");
        let known = match self.below(2) {
            0 => "0".repeat(32),
            _ => self.some_release().md5,
        };
        let path = format!("{path}{known}");
        let answer = self.ask(Method::Get, &path, &[("Accept-Encoding", "gzip")])?;
        if answer.status == 304 {
            return Ok(Outcome::Judged);
        }
        ensure!(answer.header("last-modified").is_some(), "no Last-Modified");
        self.packed(&path, &answer, answer.header("x-database-md5"))
    }

    fn updated_by_metadata(&mut self) -> Result<Outcome> {
        let path = format!("/geoip/updates/metadata?edition_id={EDITION}");
        let answer = self.ask(Method::Get, &path, &[])?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        let told: Value = serde_json::from_slice(&answer.body)?;
        let [database] = told["databases"].as_array().context("no list")?.as_slice() else {
            bail!("{path}: {told}");
        };
        let text = |name: &str| database[name].as_str().with_context(|| format!("no {name}"));
        let date = text("date")?.replace('-', "");
        let path = format!("/geoip/databases/{EDITION}/download?date={date}&suffix=tar.gz");
        let answer = self.ask(Method::Get, &path, &[])?;
        self.packed(&path, &answer, Some(text("md5")?))
    }

    fn manifest(&mut self) -> Result<Outcome> {
        let answer = self.ask(Method::Get, "/index.json", &[])?;
        ensure!(answer.status == 200, "/index.json: {}", answer.status);
        let index: Value = serde_json::from_slice(&answer.body)?;
        let current = index["current"].as_str().context("no current release")?;
        let listed = index["releases"].as_array().context("no releases")?;
        let entry = listed.iter().find(|entry| entry["version"] == current);
        let digest = entry.and_then(|entry| entry["manifest_sha256"].as_str());
        let digest = digest.context("the current release is not listed")?.to_owned();
        let path = format!("/releases/{current}/manifest.json");
        let answer = self.ask(Method::Get, &path, &[])?;
        if self.is_gone(&answer, current) {
            return Ok(Outcome::Gone);
        }
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        ensure!(sha256(&answer.body) == digest, "{path} is not what the index says");
        self.whole(&path, &answer)
    }

    /// Asks on the connection that is there.
    fn ask(&mut self, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.host)?,
        };
        let agent = [("User-Agent", self.agent.as_str())];
        let answer = connection.ask(method, path, &[&agent, headers].concat());
        let answer = answer.with_context(|| format!("{method:?} {path}"))?;
        self.n_bytes += answer.body.len() as u64;
        if answer.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        ensure!(answer.status < 500, "{method:?} {path}: {}", answer.status);
        Ok(answer)
    }

    fn whole(&mut self, asked: &str, answer: &Answer) -> Result<Outcome> {
        ensure!(answer.status == 200, "{asked}: {}", answer.status);
        let got = Got::Whole { sha256: sha256(&answer.body), n_bytes: answer.body.len() as u64 };
        self.claim(asked, answer, got)
    }

    /// What geoipupdate gets: its digest is told beside it, and perhaps no ETag.
    fn packed(&mut self, asked: &str, answer: &Answer, md5: Option<&str>) -> Result<Outcome> {
        ensure!(answer.status == 200, "{asked}: {}", answer.status);
        ensure!(answer.header("content-encoding").is_none(), "{asked}: a Content-Encoding");
        let md5 = md5.with_context(|| format!("{asked}: no MD5"))?.to_owned();
        let asked = asked.to_owned();
        let claim = Claim { asked, sha256: sha256(&answer.body), got: Got::PackedOf { md5 } };
        self.judge(claim)
    }

    /// Has judged what came, by the file that its ETag names.
    fn claim(&mut self, asked: &str, answer: &Answer, got: Got) -> Result<Outcome> {
        let sha256 = etag(answer)?.trim_matches('"').to_owned();
        self.judge(Claim { asked: asked.to_owned(), sha256, got })
    }

    fn judge(&mut self, claim: Claim) -> Result<Outcome> {
        match self.ledger.lock().expect("no panic").judge(claim) {
            None => Ok(Outcome::Judged),
            Some(fault) => bail!("{fault}"),
        }
    }

    fn is_gone(&self, answer: &Answer, version: &str) -> bool {
        answer.status == 404 && self.ledger.lock().expect("no panic").is_pruned(version)
    }

    /// One of the last, some of which are pruned.
    fn some_release(&mut self) -> Release {
        let n = self.ledger.lock().expect("no panic").served().len();
        let back = self.below(n.min(8) as u64) as usize;
        self.ledger.lock().expect("no panic").served()[n - 1 - back].clone()
    }

    /// SplitMix64 (Steele, Lea and Flood 2014), the same in every run.
    fn below(&mut self, n: u64) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }
}

fn etag(answer: &Answer) -> Result<&str> {
    answer.header("etag").with_context(|| format!("{} without an ETag", answer.status))
}
