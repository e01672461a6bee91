//! A file under a name that clients know it by, with what headers say of that.

use http::HeaderValue;

use crate::base::Variant;
use crate::serve::catalogue::Choices;

/// What one URL is answered with.
#[derive(Clone, Debug)]
pub struct Form {
    /// The file, in the codings that it can be had in.
    pub choices: Choices,
    /// `Content-Disposition`.
    pub disposition: HeaderValue,
    /// `Content-Location` of the newest: where these bytes stay (RFC 9110 §8.7). None if the name cannot stand
    /// in a URL as it is.
    pub location: Option<HeaderValue>,
}

impl Form {
    /// The edition that is called `id` in release `version`; without a variant the database in any coding.
    pub(super) fn of(id: &str, version: &str, variant: Option<Variant>, choices: Choices) -> Self {
        let query = variant.map(|variant| format!("?variant={}", variant.name()));
        let query = query.unwrap_or_default();
        let is_plain = !id.is_empty() && id.bytes().all(is_plain);
        let location = is_plain.then(|| format!("/v1/database/download/{id}/{version}{query}"));
        Self {
            choices,
            disposition: attachment(&variant.unwrap_or(Variant::Mmdb).file_name(id)),
            location: location.and_then(|location| location.try_into().ok()),
        }
    }
}

/// `Content-Disposition` of a file that is to be stored (RFC 6266).
///
/// A name that is a token stands without quotes, since scripts cut at `filename=`; what is none is made one.
pub fn attachment(file_name: &str) -> HeaderValue {
    let plain = |c: char| if u8::try_from(c).is_ok_and(is_plain) { c } else { '_' };
    let name: String = file_name.chars().map(plain).collect();
    let value = HeaderValue::try_from(format!("attachment; filename={name}"));
    value.expect("letters, digits and three marks")
}

/// What a URL and a token both take as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::base::Variant;
    use crate::serve::catalogue::{Blob, Choices, Form};

    #[track_caller]
    fn check(id: &str, variant: Option<Variant>, disposition: &str, location: Option<&str>) {
        let choices = Choices::only(Arc::new(Blob::held("x")));
        let form = Form::of(id, "20261120.1", variant, choices);
        assert_eq!(form.disposition, format!("attachment; filename={disposition}"));
        assert_eq!(form.location.as_ref().map(|value| value.to_str().expect("text")), location);
    }

    #[test]
    fn a_file_is_stored_under_the_name_that_it_was_asked_for_by() {
        let url = "/v1/database/download/asn/20261120.1";
        check("asn", None, "asn.mmdb", Some(url));
        let packed = format!("{url}?variant=tar.gz");
        check("asn", Some(Variant::TarGz), "asn.tar.gz", Some(&packed));
        check("GeoLite2-ASN", None, "GeoLite2-ASN.mmdb", Some(&url.replace("asn", "GeoLite2-ASN")));
    }

    #[test]
    fn a_name_that_is_no_token_is_made_one() {
        check("a b\"\r\n/é", None, "a_b_____.mmdb", None);
        check("", None, ".mmdb", None);
    }
}
