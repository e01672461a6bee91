//! What a database is packed as.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a database is packed as.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum Variant {
    /// The database itself.
    #[serde(rename = "mmdb")]
    Mmdb,
    /// A zstd frame (RFC 8878) with a window of up to 8 MiB.
    #[serde(rename = "zst")]
    Zst,
    /// gzip (RFC 1952).
    #[serde(rename = "gz")]
    Gz,
    /// A tar archive in gzip, the database in a folder named for its day.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// The compact form, from which `ipmint` rebuilds the database.
    #[serde(rename = "compact")]
    Compact,
}

impl Variant {
    /// What a release can carry beside the database.
    pub const PACKED: &'static [Self] = &[Self::Zst, Self::Gz, Self::TarGz, Self::Compact];

    /// The word in policy and manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mmdb => "mmdb",
            Self::Zst => "zst",
            Self::Gz => "gz",
            Self::TarGz => "tar.gz",
            Self::Compact => "compact",
        }
    }

    /// The name of an edition's file.
    pub fn file_name(self, edition: &str) -> String {
        match self {
            Self::Mmdb | Self::TarGz | Self::Compact => format!("{edition}.{}", self.name()),
            Self::Zst | Self::Gz => format!("{edition}.mmdb.{}", self.name()),
        }
    }
}
