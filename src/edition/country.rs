//! Names, continents and numbers of countries, from `feeds/rules/countries.tsv`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::base::CountryCode;

const TABLE: &str = include_str!("../../feeds/rules/countries.tsv");

/// What the table says of a country or territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Country {
    /// Short name in English.
    pub(super) name: &'static str,
    /// AF, AN, AS, EU, NA, OC or SA.
    pub(super) continent: &'static str,
    /// Whether it is a member state of the European Union.
    pub(super) is_in_european_union: bool,
    /// Its number in GeoNames.
    pub(super) geoname_id: Option<u32>,
}

impl Country {
    /// Name of the continent in English.
    pub(super) fn continent_name(self) -> &'static str {
        match self.continent {
            "AF" => "Africa",
            "AN" => "Antarctica",
            "AS" => "Asia",
            "EU" => "Europe",
            "NA" => "North America",
            "OC" => "Oceania",
            _ => "South America",
        }
    }
}

/// Returns what is known of the country.
pub(super) fn country(code: CountryCode) -> Option<&'static Country> {
    static COUNTRIES: LazyLock<BTreeMap<CountryCode, Country>> = LazyLock::new(|| {
        // The first row names the columns; a test reads every row.
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
        rows.filter_map(row).collect()
    });
    COUNTRIES.get(&code)
}

fn row(line: &'static str) -> Option<(CountryCode, Country)> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    let code = cell()?.parse().ok()?;
    let (name, continent, eu, geoname_id) = (cell()?, cell()?, cell()?, cell()?);
    let is_in_european_union = eu == "1";
    Some((
        code,
        Country { name, continent, is_in_european_union, geoname_id: geoname_id.parse().ok() },
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_row_is_read() {
        let rows: Vec<_> =
            super::TABLE.lines().filter(|line| !line.starts_with('#')).skip(1).collect();
        let read: Vec<_> = rows.iter().filter_map(|line| super::row(line)).collect();
        assert_eq!(read.len(), rows.len());
        assert!(read.len() >= 249);
        assert_eq!(read.iter().filter(|(_, country)| country.is_in_european_union).count(), 27);
        assert!(read.iter().all(|(_, country)| country.geoname_id.is_some()));
    }

    #[test]
    fn well_known_numbers_stand() {
        for (code, id) in
            [("DE", 2_921_044), ("US", 6_252_001), ("IN", 1_269_750), ("FR", 3_017_382)]
        {
            let country = super::country(code.parse().expect("a code")).expect("in the table");
            assert_eq!(country.geoname_id, Some(id));
        }
    }
}
