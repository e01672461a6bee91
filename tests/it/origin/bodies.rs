//! Bodies that origins send: lists, and what attacks those who unpack it.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

/// A list of `n_rows` addresses of 2001:db8::/32, the first of them the `start`-th.
pub(crate) fn list(start: u32, n_rows: u32) -> String {
    let mut text = String::from("# addresses\n");
    for row in start..start + n_rows {
        let _ = writeln!(text, "2001:db8::{:x}:{:x}", row >> 16, row & 0xFFFF);
    }
    text
}

/// A page as portals and challenges send it with status 200.
pub(crate) fn html_page() -> String {
    "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head></html>\n".to_owned()
}

/// Packs.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// `n_bytes` blanks, packed about a thousand to one.
pub(crate) fn gzip_bomb(n_bytes: u64) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    io::copy(&mut io::repeat(b' ').take(n_bytes), &mut encoder).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// An archive of files.
pub(crate) fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in files {
        add(&mut builder, name, text);
    }
    builder.into_inner().expect("memory takes it")
}

/// An archive of links to `target`, one of them named `name`, with a device and ways out of the
/// folder.
pub(crate) fn tar_with_links(name: &str, target: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut special = |kind, name: &str, target: &str| {
        let mut header = header(0);
        header.set_entry_type(kind);
        builder.append_link(&mut header, name, target).expect("memory takes it");
    };
    special(tar::EntryType::Symlink, name, target);
    special(tar::EntryType::Link, "hard.txt", target);
    special(tar::EntryType::Char, "device.txt", target);
    // The builder refuses such names: written as bytes.
    for name in ["../escaped.txt", "/tmp/escaped.txt"] {
        let mut header = header(2);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, &b"x\n"[..]).expect("memory takes it");
    }
    builder.into_inner().expect("memory takes it")
}

fn add(builder: &mut tar::Builder<Vec<u8>>, name: &str, text: &str) {
    let mut header = header(text.len());
    builder.append_data(&mut header, name, text.as_bytes()).expect("memory takes it");
}

fn header(n_bytes: usize) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_size(n_bytes as u64);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read as _};

    use flate2::read::GzDecoder;

    use crate::origin::bodies::{gzip, gzip_bomb, tar, tar_with_links};

    #[test]
    fn what_is_packed_comes_out_again() {
        let mut text = String::new();
        GzDecoder::new(&gzip(b"abc")[..]).read_to_string(&mut text).expect("sound");
        assert_eq!(text, "abc");
        let bomb = gzip_bomb(1 << 20);
        let n_bytes = io::copy(&mut GzDecoder::new(&bomb[..]), &mut io::sink()).expect("sound");
        assert_eq!(n_bytes, 1 << 20);
        assert!(bomb.len() < 2000, "{}", bomb.len());
    }

    /// The names in an archive and the links' targets.
    #[track_caller]
    fn check(archive: &[u8], expected: &[&str]) {
        let mut archive = tar::Archive::new(archive);
        let name = |entry: io::Result<tar::Entry<'_, &[u8]>>| {
            let entry = entry.expect("sound");
            let link = entry.link_name_bytes().unwrap_or_default();
            [&entry.path_bytes()[..], &link[..]].map(String::from_utf8_lossy).join(">")
        };
        let names: Vec<String> = archive.entries().expect("sound").map(name).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn archives_hold_what_they_are_said_to() {
        check(&tar(&[("a/list.txt", "x"), ("b", "y")]), &["a/list.txt>", "b>"]);
        let found =
            ["list.txt>x", "hard.txt>x", "device.txt>x", "../escaped.txt>", "/tmp/escaped.txt>"];
        check(&tar_with_links("list.txt", "x"), &found);
    }
}
