//! `NOTICE`: the attributions that the licences of feeds ask for.

use std::fmt::Write as _;

use crate::feed::Feed;

/// Writes the attributions of feeds, in the order given.
///
/// Feeds that say the same (several lists of one project) are named in one paragraph.
pub fn notice(tool: &str, feeds: &[&Feed]) -> String {
    let mut paragraphs: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for feed in feeds {
        let licence = feed.licence.id.as_str();
        let attribution = feed.licence.attribution.as_deref().unwrap_or_default();
        let same = |paragraph: &&mut (Vec<&str>, &str, &str)| {
            (paragraph.1, paragraph.2) == (licence, attribution)
        };
        match paragraphs.iter_mut().find(same).filter(|_| !attribution.is_empty()) {
            Some(paragraph) => paragraph.0.push(&feed.title),
            None => paragraphs.push((vec![&feed.title], licence, attribution)),
        }
    }
    let mut text = format!(
        "These databases were compiled by {tool} from the sources below,\n\
         each under the terms of its own licence.\n"
    );
    for (titles, licence, attribution) in paragraphs {
        let licence = if licence.is_empty() { "licence not known" } else { licence };
        let _ = writeln!(text, "\n{} ({licence})", titles.join("; "));
        for line in attribution.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::feed::Catalogue;
    use crate::release::notice;

    fn definition(title: &str, licence: &str) -> String {
        format!(
            "title = '{title}'\npath = 'x'\nformat = 'list'\nkind = 'membership'\n\
             category = 'vpn'\nlicence = {licence}\n"
        )
    }

    #[test]
    fn feeds_of_one_attribution_share_a_paragraph() {
        let by = "{ id = 'CC-BY-4.0', attribution = 'By A' }";
        let files = [
            ("a.toml".to_owned(), definition("One", by)),
            ("b.toml".to_owned(), definition("Two", by)),
            ("c.toml".to_owned(), definition("Three", "{ id = 'CC0-1.0' }")),
        ];
        let catalogue = Catalogue::from_files(&files).expect("good");
        let feeds: Vec<_> = catalogue.iter().collect();
        let text = notice("ipmint 0.1.0", &feeds);
        let expected = "each under the terms of its own licence.\n\
                        \nOne; Two (CC-BY-4.0)\n  By A\n\nThree (CC0-1.0)\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
