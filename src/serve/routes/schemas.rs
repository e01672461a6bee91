//! What parameters may be, for the document: schemas that no type of an answer has.

use utoipa::openapi::schema::{AnyOfBuilder, SchemaType};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// An IPv4 or IPv6 address, without a zone.
pub(super) struct Address;

/// Subjects of a look-up, apart by commas.
pub(super) struct FieldNames;

/// A release, as `index.json` names it.
pub(super) struct VersionName;

/// An autonomous system, as [`Asn`](crate::base::Asn) reads it.
pub(super) struct AsnText;

impl PartialSchema for Address {
    fn schema() -> RefOr<Schema> {
        let of = |format| text().format(Some(SchemaFormat::KnownFormat(format)));
        AnyOfBuilder::new()
            .description(Some("An IPv4 or IPv6 address, without a zone"))
            .item(of(KnownFormat::Ipv4))
            .item(of(KnownFormat::Ipv6))
            .into()
    }
}

impl PartialSchema for FieldNames {
    fn schema() -> RefOr<Schema> {
        let name = "(geo|network|threat|abuse)";
        patterned("Subjects, apart by commas", &format!("^{name}(,{name})*$"))
    }
}

impl PartialSchema for VersionName {
    fn schema() -> RefOr<Schema> {
        patterned("Day and number of a release", "^[0-9]{8}\\.[0-9]+$")
    }
}

impl PartialSchema for AsnText {
    fn schema() -> RefOr<Schema> {
        patterned("An AS number, with or without `AS`", "^([Aa][Ss])?(0|[1-9][0-9]{0,8})$")
    }
}

impl ToSchema for Address {}
impl ToSchema for FieldNames {}
impl ToSchema for VersionName {}
impl ToSchema for AsnText {}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

fn patterned(description: &str, pattern: &str) -> RefOr<Schema> {
    text().description(Some(description)).pattern(Some(pattern)).into()
}
