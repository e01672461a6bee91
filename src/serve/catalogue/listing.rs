//! What there is, as JSON: for each edition and release its files, updates and where they are.

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{BuildEpoch, Digest, Md5, Variant};
use crate::release::{DeltaKind, EditionRecord};
use crate::serve::catalogue::ServedRelease;

/// The sources of `/v1/database/list`, the current release's first.
#[derive(Debug)]
pub struct Listing(Vec<Source>);

/// One edition of one release.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Source {
    #[serde(rename = "source")]
    edition: String,
    filename: String,
    size_bytes: u64,
    updated_at: String,
    version: String,
    is_current: bool,
    etag: String,
    #[schema(value_type = String)]
    sha256: Digest,
    #[schema(value_type = String)]
    md5: Md5,
    records: u64,
    download_url: String,
    variants: Vec<VariantLink>,
    deltas: Vec<DeltaLink>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct VariantLink {
    variant: Variant,
    filename: String,
    size_bytes: u64,
    etag: String,
    #[schema(value_type = String)]
    sha256: Digest,
    #[schema(value_type = String)]
    md5: Md5,
    download_url: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct DeltaLink {
    from: String,
    kind: DeltaKind,
    size_bytes: u64,
    #[schema(value_type = String)]
    sha256: Digest,
    download_url: String,
}

impl Listing {
    pub(super) fn of<'a>(
        current: &'a ServedRelease,
        releases: impl Iterator<Item = &'a ServedRelease>,
    ) -> Self {
        let others = releases.filter(|release| release.version() != current.version());
        let sources = std::iter::once(current).chain(others).flat_map(|release| {
            let version = release.version();
            release.manifest().editions.iter().filter_map(move |(name, record)| {
                source(name, record, version, version == current.version())
            })
        });
        Self(sources.collect())
    }

    /// The sources.
    pub fn sources(&self) -> &[Source] {
        &self.0
    }
}

fn source(name: &str, record: &EditionRecord, version: &str, is_current: bool) -> Option<Source> {
    let database = record.file(Variant::Mmdb)?;
    let url = format!("/v1/database/download/{name}/{version}");
    let variant = |file: &crate::release::FileRecord| VariantLink {
        variant: file.variant,
        filename: file.name.clone(),
        size_bytes: file.bytes,
        etag: format!("\"{}\"", file.sha256),
        sha256: file.sha256,
        md5: file.md5,
        download_url: format!("{url}?variant={}", file.variant.name()),
    };
    let delta = |delta: &crate::release::DeltaRecord| DeltaLink {
        from: delta.from.clone(),
        kind: delta.kind,
        size_bytes: delta.bytes,
        sha256: delta.sha256,
        download_url: format!(
            "/v1/database/delta/{name}/{}/{version}?kind={}",
            delta.from,
            delta.kind.name()
        ),
    };
    Some(Source {
        edition: name.to_owned(),
        filename: database.name.clone(),
        size_bytes: database.bytes,
        updated_at: BuildEpoch(record.build_epoch).to_string(),
        version: version.to_owned(),
        is_current,
        etag: format!("\"{}\"", database.sha256),
        sha256: database.sha256,
        md5: database.md5,
        records: record.records,
        variants: record.files.iter().map(variant).collect(),
        deltas: record.deltas.iter().map(delta).collect(),
        download_url: url,
    })
}
