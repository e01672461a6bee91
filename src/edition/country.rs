//! Names, continents and numbers of countries, from `feeds/rules/countries.tsv`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::base::CountryCode;
use crate::feed::{RuleTable, embedded};

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
        let table = RuleTable::read("countries.tsv", embedded::countries());
        let table = table.expect("a test reads what is inside the binary");
        table.rows.iter().filter_map(|row| read(row)).collect()
    });
    COUNTRIES.get(&code)
}

fn read(row: &[&'static str]) -> Option<(CountryCode, Country)> {
    let &[code, name, continent, eu, geoname_id] = row else { return None };
    let (is_in_european_union, geoname_id) = (eu == "1", geoname_id.parse().ok());
    Some((code.parse().ok()?, Country { name, continent, is_in_european_union, geoname_id }))
}

#[cfg(test)]
mod tests {
    use crate::feed::{RuleTable, embedded};

    #[test]
    fn every_row_is_read() {
        let table = RuleTable::read("countries.tsv", embedded::countries()).expect("good");
        let read: Vec<_> = table.rows.iter().filter_map(|row| super::read(row)).collect();
        assert_eq!(read.len(), table.rows.len());
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
