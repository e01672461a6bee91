//! Tests only: a feed whose definition says next to nothing.

use std::collections::BTreeMap;

use crate::feed::{Category, Feed, FeedId, Format, Guards, Kind, Licence, Location, Reserved};

/// A feed of the format and kind whose definition says nothing else.
pub(crate) fn feed(format: Format, kind: Kind) -> Feed {
    Feed {
        id: FeedId::new("test").expect("an id"),
        file: "test.toml".to_owned(),
        title: "Test".to_owned(),
        locations: vec![Location::Path("test".to_owned())],
        format,
        kind,
        category: (kind != Kind::Assignment).then_some(Category::Vpn),
        attributes: Vec::new(),
        priority: 0,
        group: "test".to_owned(),
        reliability: 1000,
        provider: None,
        columns: BTreeMap::new(),
        values: BTreeMap::new(),
        header: false,
        select: Vec::new(),
        pattern: Vec::new(),
        members: Vec::new(),
        reserved: Reserved::Keep,
        widen_v6: 0,
        licence: Licence::default(),
        refresh_seconds: 86_400,
        expire_seconds: None,
        as_of: None,
        enabled: true,
        note: None,
        guards: Guards::default(),
    }
}
