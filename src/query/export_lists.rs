//! Exports as lists and maps of networks: netset, ipset, nftables, nginx, HAProxy.

use std::io::Write;

use crate::mmdb::ValueId;
use crate::query::export::{AnyPrefix, Export, ExportError, Families, MapValue};
use crate::query::export_text::text;

/// The sets of a family: its name in ours, in ipset and in nftables.
const SETS: [(Families, &str, &str, &str); 2] =
    [(Families::V4, "v4", "inet", "ipv4_addr"), (Families::V6, "v6", "inet6", "ipv6_addr")];

/// How many entries an ipset may have at least: the kernel's own default (`IPSET_DEFAULT_MAXELEM`),
/// so that a set has room for those added by hand.
const LEAST_MAXELEM: u64 = 65_536;

impl Export<'_> {
    /// A prefix a line.
    pub fn write_netset(&self, out: &mut impl Write) -> Result<(), ExportError> {
        self.listed(&mut |prefix| Ok(writeln!(out, "{prefix}")?))
    }

    /// What `ipset restore` reads: a set for each family, and their entries.
    pub fn write_ipset(&self, out: &mut impl Write) -> Result<(), ExportError> {
        let mut counts = [0_u64; 2];
        self.listed(&mut |prefix| {
            entries(prefix, &mut |_| {
                counts[usize::from(matches!(prefix, AnyPrefix::V6(_)))] += 1;
                Ok(())
            })
        })?;
        for ((family, name, inet, _), count) in SETS.into_iter().zip(counts) {
            if self.has(family) {
                let maxelem = count.max(LEAST_MAXELEM);
                writeln!(out, "create ipmint-{name} hash:net family {inet} maxelem {maxelem}")?;
            }
        }
        self.listed(&mut |prefix| {
            let name = if matches!(prefix, AnyPrefix::V4(_)) { "v4" } else { "v6" };
            entries(prefix, &mut |entry| Ok(writeln!(out, "add ipmint-{name} {entry}")?))
        })
    }

    /// What `nft -f` reads: a table with a set for each family, emptied and filled in one
    /// transaction, so that the same file can be loaded every night.
    pub fn write_nftables(&self, out: &mut impl Write) -> Result<(), ExportError> {
        let sets = || SETS.into_iter().filter(|&(family, ..)| self.has(family));
        writeln!(out, "table inet ipmint {{")?;
        for (_, name, _, kind) in sets() {
            writeln!(out, "\tset {name} {{\n\t\ttype {kind}\n\t\tflags interval\n\t}}")?;
        }
        writeln!(out, "}}")?;
        for (_, name, ..) in sets() {
            writeln!(out, "flush set inet ipmint {name}")?;
        }
        // An empty list of elements is a syntax error, so a command begins with its first.
        let mut open = None;
        self.listed(&mut |prefix| {
            let name = if matches!(prefix, AnyPrefix::V4(_)) { "v4" } else { "v6" };
            if open == Some(name) {
                out.write_all(b",\n")?;
            } else {
                let end = if open.is_some() { "\n}\n" } else { "" };
                writeln!(out, "{end}add element inet ipmint {name} {{")?;
                open = Some(name);
            }
            Ok::<_, ExportError>(write!(out, "\t{prefix}")?)
        })?;
        if open.is_some() {
            out.write_all(b"\n}\n")?;
        }
        Ok(())
    }

    /// The body of a `geo` block of nginx: `network value;`.
    pub fn write_nginx_map(
        &self,
        value: &MapValue,
        out: &mut impl Write,
    ) -> Result<(), ExportError> {
        self.values(value, &mut |prefix, id| {
            Ok(writeln!(out, "{prefix} {};", quoted(&self.map_text(id)))?)
        })
    }

    /// A map file of HAProxy: `network value`. It has no quotes: blanks at the ends and control
    /// characters are left out, and so is what then has no value.
    pub fn write_haproxy_map(
        &self,
        value: &MapValue,
        out: &mut impl Write,
    ) -> Result<(), ExportError> {
        self.values(value, &mut |prefix, id| {
            let text = self.map_text(id).replace(char::is_control, " ");
            match text.trim() {
                "" => Ok(()),
                text => Ok(writeln!(out, "{prefix} {text}")?),
            }
        })
    }

    fn map_text(&self, id: Option<ValueId>) -> String {
        id.map_or_else(|| "1".to_owned(), |id| text(self.interner(), id))
    }
}

/// The entries of a hash:net that hold a prefix: itself, but for /0, which the type does not take.
fn entries(
    prefix: AnyPrefix,
    visit: &mut impl FnMut(&str) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let text = prefix.to_string();
    match text.as_str() {
        "0.0.0.0/0" => visit("0.0.0.0/1").and_then(|()| visit("128.0.0.0/1")),
        "::/0" => visit("::/1").and_then(|()| visit("8000::/1")),
        text => visit(text),
    }
}

/// A word of nginx's configuration (`ngx_conf_read_token`): in quotes unless it is plain.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // A zero byte would end the word inside nginx.
            '\0' => quoted.push(' '),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use crate::query::export_lists::quoted;

    #[test]
    fn words_of_nginx_are_quoted_where_they_must_be() {
        assert_eq!(quoted("AS64496"), "AS64496");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("a; b # {c} $d"), "\"a; b # {c} $d\"");
        assert_eq!(quoted("say \"x\\y\"\n"), "\"say \\\"x\\\\y\\\"\\n\"");
    }
}
