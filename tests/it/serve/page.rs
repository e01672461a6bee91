//! `/` and `/page/…`: the page's files, as they lie in the sources.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::serve::ask::{Reply, ask, get};
use crate::serve::running::Running;
use crate::support::Project;
use crate::world::files_below;

/// What a browser may do with it.
const HEADERS: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/page")
}

/// Names and contents.
fn files() -> Vec<(String, String)> {
    let is_code = |name: &String| Path::new(name).extension().is_some_and(|kind| kind == "rs");
    let names = files_below(&folder()).into_iter().filter(|name| !is_code(name));
    names
        .map(|name| {
            let text = fs::read_to_string(folder().join(&name)).expect("text");
            (name, text)
        })
        .collect()
}

/// What `./a` or `../a/b` means in a file.
fn beside(name: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop().expect("not above the page")),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[track_caller]
fn expect_guarded(reply: Reply) -> Reply {
    HEADERS.iter().fold(reply, |reply, (name, value)| reply.expect_header(name, value))
}

#[test]
fn every_file_is_served_as_what_it_is() {
    // With a store that has nothing yet: the page says so itself.
    let project = Project::new();
    let server = Running::start(&project, &[]);
    let files = files();
    assert!(files.len() > 10, "{}", files.len());
    let check = |target: &str, name: &str, text: &str| {
        let media_type = match name.rsplit_once('.').map(|(_, kind)| kind) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            kind => panic!("{name}: {kind:?}"),
        };
        let plain = expect_guarded(get(server.address(), target, &[]).expect(200))
            .expect_header("content-type", media_type)
            .expect_header("cache-control", "no-cache");
        assert!(plain.body == text.as_bytes(), "{target}");
        let head = expect_guarded(ask(server.address(), "HEAD", target, &[]).expect(200));
        assert_eq!(head.header("content-length"), plain.header("content-length"), "{target}");
        let accept = "Accept-Encoding: gzip, br";
        let packed = expect_guarded(get(server.address(), target, &[accept]).expect(200));
        let mut unpacked = Vec::new();
        if packed.header("content-encoding").is_some() {
            assert!(packed.body.len() < plain.body.len(), "{target}");
            let mut decoder = flate2::read::GzDecoder::new(&packed.body[..]);
            decoder.read_to_end(&mut unpacked).expect("gzip");
        } else {
            unpacked.clone_from(&packed.body);
        }
        assert!(unpacked == plain.body, "{target}");
        for (reply, accept) in [(&plain, "Accept-Encoding: identity"), (&packed, accept)] {
            let tag = format!("If-None-Match: {}", reply.header("etag").expect("tagged"));
            expect_guarded(get(server.address(), target, &[accept, &tag]).expect(304));
        }
        packed.header("content-encoding").is_some()
    };
    let mut n_packed = 0;
    for (name, text) in &files {
        n_packed += usize::from(check(&format!("/page/{name}"), name, text));
    }
    assert!(n_packed > files.len() / 2, "{n_packed} packed");
    let (name, text) = files.iter().find(|(name, _)| name == "index.html").expect("a beginning");
    check("/", name, text);
    check("/?from=a-link", name, text);
    let metrics = get(server.address(), "/metrics", &[]).expect(200).text();
    assert!(metrics.contains("route=\"page\""), "{metrics}");
}

#[test]
fn what_the_page_has_not_is_not_found() {
    let project = Project::new();
    let server = Running::start(&project, &[]);
    for name in
        ["none.js", "mod.rs", "kit", "kit/none.css", "../mod.rs", "%2e%2e/mod.rs", "a%2Fb", "%00"]
    {
        let reply = get(server.address(), &format!("/page/{name}"), &[]);
        expect_guarded(reply).expect_problem(404, "not_found");
    }
    for target in ["/page", "/page/", "/index.html", "/page/%ff"] {
        get(server.address(), target, &[]).expect_problem(404, "not_found");
    }
    for target in ["/", "/page/main.js"] {
        ask(server.address(), "POST", target, &[]).expect_problem(405, "method_not_allowed");
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let files = files();
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    for (name, text) in &files {
        // The name of SVG's vocabulary, which nobody asks for.
        let said = text.replace("http://www.w3.org/2000/svg", "");
        for origin in ["http://", "https://", "@import"] {
            assert!(!said.contains(origin), "{name} names another origin: {origin}");
        }
        // Parts of the page that it begins with are there.
        for rest in text.split("from '.").skip(1) {
            let part = beside(name, &format!(".{}", rest.split('\'').next().expect("closed")));
            assert!(names.contains(part.as_str()), "{name}: there is no {part}");
        }
    }
    let (_, html) = files.iter().find(|(name, _)| name == "index.html").expect("a beginning");
    for rest in html.split("\"/page/").skip(1) {
        let name = rest.split('"').next().expect("before the quote");
        assert!(names.contains(name), "there is no {name}");
    }
    // The policy lets nothing run or look that stands in the file itself.
    for inline in ["<style", " style=", "<script>", " onload=", " onclick=", "javascript:"] {
        assert!(!html.contains(inline), "{inline}");
    }
}
