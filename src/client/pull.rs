//! One pull: from what is here and what is there to a file in place.
#![expect(clippy::disallowed_methods, reason = "the copy lies on disk")]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::base::{BuildEpoch, Digest, Variant, chain, replace_alike};
use crate::client::PullError;
use crate::client::form::{along, cheapest, whole};
use crate::client::route::route;
use crate::client::state::State;
use crate::client::store::{Edition, Store, shown};
use crate::feed::FetchPolicy;
use crate::fetch::{Cache, Getter, Validators, contents};
use crate::release::{FileRecord, Index, IndexEntry, PublicKey};

/// What is kept beside the file, `FILE.ipmint`: what was last pulled, downloads on their way, until
/// when hosts want to be left alone.
const BESIDE: &str = ".ipmint";

/// How often an index is read again whose signature or manifest does not fit it: a release may
/// appear between two requests, but hardly thrice.
const MAX_SWAPS: u32 = 3;

/// Editions that a message names.
const MAX_NAMED: usize = 30;

/// What is pulled, and to where.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Of the store; `${NAME}` in it is read from the environment.
    pub url: &'a str,
    /// The edition.
    pub edition: &'a str,
    /// The file.
    pub out: &'a Path,
    /// Who has to have signed the index.
    pub key: Option<&'a PublicKey>,
    /// The most bytes that a database may have.
    pub max_bytes: u64,
    /// The clock of expiry.
    pub now: BuildEpoch,
}

/// What a pull came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// The current release.
    pub version: String,
    /// The index's.
    pub sequence: u64,
    /// Bytes of the database.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
    /// How it was had.
    pub via: Via,
    /// What came over the wire, the index and manifests included.
    pub downloaded_bytes: u64,
}

/// How a database was had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// It was here already.
    None,
    /// By what changed.
    Delta,
    /// Whole, in this form.
    Whole(Variant),
}

impl Via {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Delta => "delta",
            Self::Whole(variant) => variant.name(),
        }
    }
}

impl Pulled {
    /// Whether the file is another one now.
    pub fn has_changed(&self) -> bool {
        self.via != Via::None
    }
}

/// The file as it is before.
struct Have {
    bytes: Vec<u8>,
    sha256: Digest,
}

/// What is done to the file.
struct Pull<'a> {
    settings: Settings<'a>,
    out: PathBuf,
    store: Store<'a>,
    note: &'a dyn Fn(&str),
}

/// Brings a copy of an edition up to date. `note` is told what is odd and not fatal.
///
/// # Errors
/// The file is then what it was.
pub fn pull(settings: &Settings<'_>, note: &dyn Fn(&str)) -> Result<Pulled, PullError> {
    let out = target(settings.out)?;
    let mut beside = OsString::from(&out);
    beside.push(BESIDE);
    let beside = PathBuf::from(beside);
    fs::create_dir_all(&beside)
        .map_err(|source| PullError::Write { path: beside.clone(), source })?;
    let cache = Cache::open(&beside, || note("waiting for another pull of this file to end"))?;
    let getter = Getter::new(cache, &FetchPolicy::default(), settings.now)?;
    let store = Store::at(settings.url, &getter);
    let pulled = Pull { settings: *settings, out, store, note }.run(getter.cache(), &getter);
    // What came is in place, or of no use; the beginning of a download is, if the whole is missing.
    getter.cache().collect(&BTreeSet::new())?;
    if pulled.is_ok() {
        getter.cache().forget_partial()?;
    }
    pulled
}

/// Where a file really is: behind a link the link stays.
fn target(out: &Path) -> Result<PathBuf, PullError> {
    let path = match out.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(out.to_owned()),
        Err(source) => return Err(PullError::Read { path: out.to_owned(), source }),
    };
    if path.is_file() { Ok(path) } else { Err(PullError::NotAFile { path }) }
}

impl Pull<'_> {
    fn run(&self, cache: &Cache, getter: &Getter) -> Result<Pulled, PullError> {
        let have = self.have()?;
        let state = State::load(cache)?.filter(|state| self.is_of_this_store(state));
        for n_swaps in 0.. {
            match self.attempt(state.as_ref(), have.as_ref()) {
                Err(error) if error.is_of_a_swap() && n_swaps + 1 < MAX_SWAPS => {
                    getter.wait(n_swaps);
                }
                Err(error) => return Err(error),
                Ok((pulled, state)) => {
                    state.store(cache)?;
                    return Ok(pulled);
                }
            }
        }
        unreachable!("attempts end")
    }

    /// The file that is there. One that is larger than any wanted is as good as none.
    fn have(&self) -> Result<Option<Have>, PullError> {
        let read = File::open(&self.out).and_then(|file| contents(&file, self.settings.max_bytes));
        match read {
            Ok(bytes) => Ok(bytes.map(|bytes| Have { sha256: Digest::of(&bytes), bytes })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(PullError::Read { path: self.out.clone(), source }),
        }
    }

    /// Whether what is remembered was said by whom we would believe now.
    fn is_of_this_store(&self, state: &State) -> bool {
        let key = self.settings.key.map(PublicKey::to_string);
        state.url == self.settings.url && (key.is_none() || state.key == key)
    }

    /// `state` is what was last pulled.
    fn attempt(
        &self,
        state: Option<&State>,
        have: Option<&Have>,
    ) -> Result<(Pulled, State), PullError> {
        let is_here = |state: &&State| {
            let is_same = have.is_some_and(|have| have.sha256 == state.sha256);
            is_same && state.edition == self.settings.edition
        };
        let here = state.filter(is_here);
        let validators = here.map(|state| &state.validators);
        let asked = self.store.index(self.settings.key, validators)?;
        let (index, validators) = match (asked, here) {
            (Some(asked), _) => asked,
            (None, Some(state)) => {
                self.check_expiry(state.expires)?;
                return Ok((self.pulled(state, Via::None), state.clone()));
            }
            (None, None) => unreachable!("a 304 answers validators"),
        };
        let entry = self.current(&index, state)?;
        let new_state = |wanted_bytes, wanted| {
            self.state(&index, entry, validators.clone(), wanted_bytes, wanted)
        };
        let is_current = |state: &&State| state.manifest_sha256 == entry.manifest_sha256;
        if let Some(state) = here.filter(is_current) {
            let state = new_state(state.bytes, state.sha256);
            return Ok((self.pulled(&state, Via::None), state));
        }
        let edition = self.edition(entry)?;
        let wanted = self.wanted(&edition, entry)?;
        let state = new_state(wanted.bytes, wanted.sha256);
        if have.is_some_and(|have| have.sha256 == wanted.sha256) {
            return Ok((self.pulled(&state, Via::None), state));
        }
        let (bytes, via) = self.fetch(&index, entry, &edition, wanted, have)?;
        replace_alike(&self.out, &bytes)
            .map_err(|source| PullError::Write { path: self.out.clone(), source })?;
        Ok((self.pulled(&state, via), state))
    }

    /// The current release of an index that is not older than what was seen, nor past its time.
    fn current<'i>(
        &self,
        index: &'i Index,
        state: Option<&State>,
    ) -> Result<&'i IndexEntry, PullError> {
        let url = self.store.index_url();
        if let Some(state) = state.filter(|state| index.sequence < state.sequence) {
            let (found, known) = (index.sequence, state.sequence);
            let mut state = OsString::from(&self.out);
            state.push(BESIDE);
            return Err(PullError::Rollback { url, found, known, state: state.into() });
        }
        self.check_expiry(index.expires)?;
        let version = &index.current;
        index.get(version).ok_or_else(|| PullError::Current { url, version: shown(version) })
    }

    /// Whoever pins a key is told of a frozen store by an error: only then is the time signed.
    fn check_expiry(&self, expires: u64) -> Result<(), PullError> {
        if self.settings.now.0 <= expires {
            return Ok(());
        }
        let expired =
            PullError::Expired { url: self.store.index_url(), expires: BuildEpoch(expires) };
        if self.settings.key.is_some() {
            return Err(expired);
        }
        (self.note)(&expired.to_string());
        Ok(())
    }

    fn edition(&self, entry: &IndexEntry) -> Result<Edition, PullError> {
        let mut editions = self.store.manifest(entry)?.editions;
        let name = self.settings.edition;
        editions.remove(name).ok_or_else(|| PullError::NoEdition {
            version: entry.version.clone(),
            edition: name.to_owned(),
            known: editions.keys().take(MAX_NAMED).map(|name| shown(name)).collect(),
        })
    }

    fn wanted<'e>(
        &self,
        edition: &'e Edition,
        entry: &IndexEntry,
    ) -> Result<&'e FileRecord, PullError> {
        let wanted = edition.database().ok_or_else(|| PullError::NoDatabase {
            version: entry.version.clone(),
            edition: self.settings.edition.to_owned(),
        })?;
        let (bytes, limit) = (wanted.bytes, self.settings.max_bytes);
        if bytes > limit { Err(PullError::TooLarge { bytes, limit }) } else { Ok(wanted) }
    }

    /// The database that is wanted, the cheapest way first.
    fn fetch(
        &self,
        index: &Index,
        entry: &IndexEntry,
        edition: &Edition,
        wanted: &FileRecord,
        have: Option<&Have>,
    ) -> Result<(Vec<u8>, Via), PullError> {
        let mut failures = Vec::new();
        let mut failed = |error: &PullError| {
            let failure = chain(error);
            (self.note)(&format!("{failure}; trying the next form"));
            failures.push(failure);
        };
        let forms = cheapest(edition.files());
        let below = forms.first().map_or(0, |form| form.bytes);
        let older = |version: &str| {
            let edition = index.get(version).map(|entry| self.edition(entry))?.ok()?;
            edition
                .database()
                .is_some_and(|file| file.bytes <= self.settings.max_bytes)
                .then_some(edition)
        };
        let route = have.and_then(|have| {
            Some((have, route(have.sha256, &entry.version, edition, below, older)?))
        });
        if let Some((have, route)) = route {
            match along(&self.store, &route, &have.bytes, wanted) {
                Ok(bytes) => return Ok((bytes, Via::Delta)),
                Err(error) => failed(&error),
            }
        }
        for form in forms {
            match whole(&self.store, &entry.version, form, wanted) {
                Ok(bytes) => return Ok((bytes, Via::Whole(form.variant))),
                Err(error) => failed(&error),
            }
        }
        Err(PullError::NoForm { version: entry.version.clone(), failures })
    }

    fn state(
        &self,
        index: &Index,
        entry: &IndexEntry,
        validators: Validators,
        bytes: u64,
        sha256: Digest,
    ) -> State {
        State {
            url: self.settings.url.to_owned(),
            edition: self.settings.edition.to_owned(),
            key: self.settings.key.map(PublicKey::to_string),
            validators,
            sequence: index.sequence,
            expires: index.expires,
            version: entry.version.clone(),
            manifest_sha256: entry.manifest_sha256,
            bytes,
            sha256,
        }
    }

    fn pulled(&self, state: &State, via: Via) -> Pulled {
        Pulled {
            version: state.version.clone(),
            sequence: state.sequence,
            bytes: state.bytes,
            sha256: state.sha256,
            via,
            downloaded_bytes: self.store.n_bytes(),
        }
    }
}
