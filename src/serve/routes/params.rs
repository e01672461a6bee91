//! Query parameters: each known and given once, or an error.

use std::borrow::Cow;

use form_urlencoded::parse;

use crate::serve::access::is_credential;
use crate::serve::reply::{Problem, shown};

/// The parameters of a request.
#[derive(Debug)]
pub(super) struct Params<'q>(Vec<(Cow<'q, str>, Cow<'q, str>)>);

impl<'q> Params<'q> {
    /// Reads a query that may have these parameters.
    ///
    /// # Errors
    /// If it has another, or one twice: a typing error must not pass for "all".
    pub(super) fn of(query: Option<&'q str>, known: &[&str]) -> Result<Self, Problem> {
        let mut params: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
        for (name, value) in parse(query.unwrap_or_default().as_bytes()) {
            // Read where keys are.
            if is_credential(&name) {
                continue;
            }
            if !known.contains(&&*name) {
                return Err(Problem::parameter(unknown(&name, known)));
            }
            if params.iter().any(|(other, _)| *other == name) {
                return Err(Problem::parameter(format!("`{name}` is given twice")));
            }
            params.push((name, value));
        }
        Ok(Self(params))
    }

    /// Reads a query of a protocol that is not ours: what is not known is none of our business, and the
    /// last of two counts.
    pub(super) fn lenient(query: Option<&'q str>) -> Self {
        Self(parse(query.unwrap_or_default().as_bytes()).collect())
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// The value of a parameter that a request makes no sense without.
    pub(super) fn required(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| Problem::parameter(format!("expected a parameter `{name}`")))
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    let name = shown(name);
    match known {
        [] => format!("there is no parameter `{name}` here, nor any other"),
        known => format!("there is no parameter `{name}` here; there is `{}`", known.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::routes::params::Params;

    #[track_caller]
    fn check(query: &str, expected: Result<Option<&str>, ()>) {
        let params = Params::of(Some(query), &["variant", "kind"]);
        let found = params.as_ref().map(|params| params.get("variant")).map_err(drop);
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn what_is_known_is_read_and_what_is_not_is_an_error() {
        check("", Ok(None));
        check("variant=tar.gz", Ok(Some("tar.gz")));
        check("variant=tar%2Egz&kind=", Ok(Some("tar.gz")));
        check("variant=", Ok(Some("")));
        check("api_key=x&variant=zst&license_key=y", Ok(Some("zst")));
        check("varient=zst", Err(()));
        check("variant=zst&variant=zst", Err(()));
        check("=", Err(()));
        check("%ff=1", Err(()));
    }

    #[test]
    fn others_protocols_may_say_more() {
        let params = Params::lenient(Some("x=1&suffix=a&suffix=tar.gz&x=2"));
        assert_eq!(params.get("suffix"), Some("tar.gz"));
        assert_eq!(params.get("date"), None);
    }
}
