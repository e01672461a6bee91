//! What parameters may be, for the document: schemas that no type of an answer has.

use utoipa::openapi::schema::{AnyOfBuilder, SchemaType};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::feed::Category;
use crate::query::recorded_signals;

/// An IPv4 or IPv6 address, without a zone.
pub(super) struct Address;

/// Subjects of a look-up, apart by commas.
pub(super) struct FieldNames;

/// A release, as `index.json` names it.
pub(super) struct VersionName;

/// What the colours of a map mean.
pub(super) struct MapSubjectName;

/// How wide a map is.
pub(super) struct MapPixels;

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
        patterned(
            "An AS number, plain or dotted, with or without `AS`",
            "^([Aa][Ss])?([0-9]{1,9}|[1-3][0-9]{9}|[0-5]?[0-9]{1,4}\\.[0-5]?[0-9]{1,4})$",
        )
    }
}

impl PartialSchema for MapSubjectName {
    fn schema() -> RefOr<Schema> {
        let signals = recorded_signals().iter().map(Category::signal);
        let names = ["score", "signals"].into_iter().chain(signals);
        text().description(Some("What colours mean")).enum_values(Some(names)).into()
    }
}

impl PartialSchema for MapPixels {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .description(Some("Pixels from left to right"))
            .enum_values(Some([256, 512, 1024, 2048]))
            .into()
    }
}

impl ToSchema for Address {}
impl ToSchema for MapPixels {}
impl ToSchema for MapSubjectName {}
impl ToSchema for FieldNames {}
impl ToSchema for VersionName {}
impl ToSchema for AsnText {}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

fn patterned(description: &str, pattern: &str) -> RefOr<Schema> {
    text().description(Some(description)).pattern(Some(pattern)).into()
}
