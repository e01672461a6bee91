//! The server that fetching is tested with does what its scripts say, as curl sees it.
//!
//! curl's exit codes: 18 part of a file, 28 out of time, 47 too many redirects, 52 no answer,
//! 7 no connection.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::origin::{Answer, Origin, Ranges, Request, html_page, http_date, list};

/// What curl says.
#[derive(Debug)]
struct Told {
    code: i32,
    status: String,
    headers: String,
    body: Vec<u8>,
}

/// A folder, and curl run in it.
struct Curl {
    folder: tempfile::TempDir,
}

impl Curl {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temp folder") }
    }

    /// Gets a URL.
    fn get(&self, url: &str, options: &[&str]) -> Told {
        let own = [
            "--disable",
            "--silent",
            "--noproxy",
            "*",
            "--dump-header",
            "headers",
            "--output",
            "body",
            "--write-out",
            "%{http_code}",
        ];
        let mut command = Command::new("curl");
        command.args(own).args(options).arg(url).current_dir(self.folder.path());
        let output = command.output().expect("curl is there; `cargo xtask setup` installs it");
        let read = |name| fs::read(self.folder.path().join(name)).unwrap_or_default();
        Told {
            code: output.status.code().expect("not killed"),
            status: String::from_utf8(output.stdout).expect("text"),
            headers: String::from_utf8(read("headers")).expect("text").to_ascii_lowercase(),
            body: read("body"),
        }
    }
}

impl Told {
    #[track_caller]
    fn expect(self, code: i32, status: &str) -> Self {
        let Self { code: found, headers, .. } = &self;
        assert_eq!((*found, self.status.as_str()), (code, status), "{headers}");
        self
    }

    #[track_caller]
    fn expect_header(self, line: &str) -> Self {
        assert!(self.headers.contains(line), "no {line:?} in {}", self.headers);
        self
    }
}

/// An origin with one path, `/x`, and its URL.
fn one(answers: Vec<Answer>) -> (Origin, String) {
    let origin = Origin::start(1);
    origin.route("/x", answers);
    let url = origin.url(1, "/x");
    (origin, url)
}

/// A connection of its own, with a request sent over it.
fn ask(url: &str) -> TcpStream {
    let (host, path) = url["http://".len()..].split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("it reads");
    stream
}

/// A GET with nothing special about it.
#[track_caller]
fn check(answer: Answer, code: i32, status: &str, body: &str) {
    let (_origin, url) = one(vec![answer]);
    let told = Curl::new().get(&url, &[]).expect(code, status);
    assert_eq!(String::from_utf8_lossy(&told.body), body);
}

#[test]
fn an_etag_is_answered_with_304_until_the_content_changes() {
    let (origin, url) = one(vec![Answer::content("a"), Answer::content("a"), Answer::content("b")]);
    let curl = Curl::new();
    let options = ["--etag-save", "etag", "--etag-compare", "etag"];
    let statuses: Vec<String> = (0..3).map(|_| curl.get(&url, &options).status).collect();
    assert_eq!(statuses, ["200", "304", "200"]);
    assert_eq!(curl.get(&url, &[]).body, b"b");
    let asked: Vec<bool> = origin.requests().iter().map(Request::is_conditional).collect();
    // curl sends an empty tag where it has none yet.
    assert_eq!(asked, [true, true, true, false]);
}

#[test]
fn a_date_is_answered_with_304_until_the_content_changes() {
    let (_origin, url) = one(vec![Answer::content("a").without_etag()]);
    let date = |told: &Told| {
        let line = told.headers.lines().find(|line| line.starts_with("last-modified: "));
        line.expect("it has one")[15..].to_owned()
    };
    let told = Curl::new().get(&url, &[]).expect(0, "200");
    assert!(!told.headers.contains("etag"), "{}", told.headers);
    let since = |date: &str| Curl::new().get(&url, &["--time-cond", date]);
    assert_eq!(since(&date(&told)).expect(0, "304").body, b"");
    since(&http_date(1_700_000_000)).expect(0, "200");
}

#[test]
fn weak_and_fixed_etags_are_told() {
    let (_origin, url) = one(vec![
        Answer::content("a").weak(),
        Answer::content("b").etag("\"fixed\""),
        Answer::content("c").bare(),
    ]);
    let curl = Curl::new();
    curl.get(&url, &[]).expect_header("\netag: w/\"");
    curl.get(&url, &[]).expect_header("\netag: \"fixed\"\r\n");
    let bare = curl.get(&url, &["--header", "If-None-Match: *x"]).expect(0, "200");
    assert!(!bare.headers.contains("etag") && !bare.headers.contains("last-modified"));
}

#[test]
fn a_cut_download_is_resumed_behind_its_last_byte() {
    let text = list(0, 5000);
    let content = Answer::content(&text);
    let (origin, url) = one(vec![content.clone().cut_after(30_000), content]);
    let curl = Curl::new();
    let told = curl.get(&url, &[]).expect(18, "200");
    assert_eq!(told.body, text.as_bytes()[..30_000]);
    let told = curl.get(&url, &["--continue-at", "-"]).expect(0, "206");
    let (n_bytes, last) = (text.len(), text.len() - 1);
    let told = told.expect_header(&format!("content-range: bytes 30000-{last}/{n_bytes}"));
    assert_eq!(told.body, text.as_bytes());
    assert_eq!(origin.requests()[1].header("range"), Some("bytes=30000-"));
}

#[test]
fn a_range_behind_the_end_cannot_be_had() {
    let (_origin, url) = one(vec![Answer::content("abc")]);
    let told = Curl::new().get(&url, &["--range", "3-"]).expect(0, "416");
    told.expect_header("content-range: bytes */3");
}

/// A range of "0123456789" under an `If-Range`.
#[track_caller]
fn check_range(ranges: Ranges, if_range: &str, status: &str, body: &str) {
    let (_origin, url) = one(vec![Answer::content("0123456789").etag("\"e\"").ranges(ranges)]);
    let header = format!("If-Range: {if_range}");
    let told = Curl::new().get(&url, &["--range", "4-", "--header", &header]).expect(0, status);
    assert_eq!(String::from_utf8_lossy(&told.body), body);
}

#[test]
fn a_range_is_of_the_content_that_it_was_asked_of() {
    check_range(Ranges::Served, "\"e\"", "206", "456789");
    check_range(Ranges::Served, "\"f\"", "200", "0123456789");
    check_range(Ranges::Served, "W/\"e\"", "200", "0123456789");
    check_range(Ranges::Served, &http_date(0), "200", "0123456789");
    check_range(Ranges::Ignored, "\"e\"", "200", "0123456789");
    check_range(Ranges::Misplaced, "\"e\"", "206", "56789");
    check_range(Ranges::Spliced, "\"f\"", "206", "456789");
}

#[test]
fn gzip_is_sent_to_those_who_ask_for_it() {
    let text = list(0, 1000);
    let (origin, url) = one(vec![Answer::content(&text).gzip()]);
    let told = Curl::new().get(&url, &["--compressed"]).expect(0, "200");
    assert_eq!(told.body, text.as_bytes());
    told.expect_header("content-encoding: gzip");
    assert!(origin.wait_until_served(1, Duration::ZERO));
    assert!(!origin.wait_until_served(text.len() as u64, Duration::ZERO));
    let told = Curl::new().get(&url, &[]).expect(0, "200");
    assert_eq!(told.body, text.as_bytes());
    assert!(!told.headers.contains("content-encoding"), "{}", told.headers);
}

#[test]
fn what_ends_too_early_is_known_as_a_part() {
    check(Answer::content("0123456789").cut_after(4), 18, "200", "0123");
    check(Answer::content("0123456789").claiming(20), 18, "200", "0123456789");
    check(Answer::content("0123456789").chunked().cut_after(4), 18, "200", "0123");
    check(Answer::content("0123456789").hang_up(), 52, "000", "");
}

#[test]
fn what_ends_in_its_own_way_is_whole() {
    check(Answer::content("0123456789").claiming(4), 0, "200", "0123");
    check(Answer::content("0123456789").chunked(), 0, "200", "0123456789");
    check(Answer::content("0123456789").until_close(), 0, "200", "0123456789");
    check(Answer::content("0123456789").until_close().cut_after(4), 0, "200", "0123");
    check(Answer::content(""), 0, "200", "");
    check(Answer::status(304), 0, "304", "");
    check(Answer::status(204), 0, "204", "");
    let drip = Answer::content("0123456789").drip(1, Duration::from_millis(1));
    check(drip, 0, "200", "0123456789");
    check(Answer::content(html_page()), 0, "200", &html_page());
}

#[test]
fn a_stall_lasts_until_the_client_goes() {
    let (_origin, url) = one(vec![
        Answer::content("0123456789").silence(),
        Answer::content("0123456789").stall_after(4),
    ]);
    // Long enough for the head of an answer on a busy machine.
    let short = ["--max-time", "2"];
    assert_eq!(Curl::new().get(&url, &short).expect(28, "000").body, b"");
    assert_eq!(Curl::new().get(&url, &short).expect(28, "200").body, b"0123");
}

#[test]
fn an_origin_ends_in_the_middle_of_everything() {
    let (origin, url) = one(vec![
        Answer::content("0123456789").silence(),
        Answer::content("0123456789").stall_after(4),
        Answer::content("0123456789").drip(1, Duration::from_hours(1)),
    ]);
    let streams: Vec<TcpStream> = (0..3).map(|_| ask(&url)).collect();
    assert!(origin.wait_until_served(4, Duration::from_secs(20)));
    drop(origin);
    for mut stream in streams {
        // A reset or an end: it is over.
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

#[test]
fn redirects_are_followed_to_other_hosts_and_not_for_ever() {
    let origin = Origin::start(2);
    origin.route("/relative", vec![Answer::redirect(301, "absolute")]);
    origin.route("/absolute", vec![Answer::redirect(308, &origin.url(2, "/x"))]);
    origin.route("/x", vec![Answer::content("here")]);
    origin.route("/loop", vec![Answer::redirect(302, "/loop")]);
    let curl = Curl::new();
    let options = ["--location", "--max-redirs", "3"];
    let told = curl.get(&origin.url(1, "/relative"), &options).expect(0, "200");
    assert_eq!(told.body, b"here");
    let hosts: Vec<String> = origin.requests().into_iter().map(|request| request.host).collect();
    let [first, second] = [1, 2].map(|host| origin.url(host, "")[7..].to_owned());
    assert_eq!(hosts, [first.clone(), first, second]);
    curl.get(&origin.url(1, "/loop"), &options).expect(47, "302");
    assert_eq!(origin.requests_for("/loop").len(), 4);
}

#[test]
fn a_script_is_followed_and_its_last_answer_repeats() {
    let wait = |value: &str| Answer::status(429).header("Retry-After", value);
    let unavailable = Answer::status(503).body("later\n");
    let (origin, url) = one(vec![
        wait("7"),
        wait(&http_date(1_795_219_200)),
        unavailable.clone(),
        unavailable,
        Answer::content("a"),
    ]);
    let curl = Curl::new();
    curl.get(&url, &[]).expect(0, "429").expect_header("\nretry-after: 7\r\n");
    let date = "\nretry-after: sat, 21 nov 2026 00:00:00 gmt\r\n";
    curl.get(&url, &[]).expect(0, "429").expect_header(date);
    for status in ["503", "503", "200", "200"] {
        curl.get(&url, &[]).expect(0, status);
    }
    curl.get(&origin.url(1, "/none"), &[]).expect(0, "404");
    let statuses: Vec<u16> = origin.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [429, 429, 503, 503, 200, 200, 404]);
    origin.forget();
    assert_eq!(origin.requests(), []);
}

#[test]
fn one_connection_carries_many_requests() {
    let origin = Origin::start(1);
    origin.route("/a", vec![Answer::content("a")]);
    origin.route("/b", vec![Answer::content("b").chunked()]);
    let (a, b) = (origin.url(1, "/a"), origin.url(1, "/b"));
    Curl::new().get(&a, &["--head", "--output", "other", &b]).expect(0, "200200");
    Curl::new().get(&a, &["--output", "other", &b]).expect(0, "200200");
    let seen: Vec<(String, u64)> =
        origin.requests().into_iter().map(|request| (request.method, request.connection)).collect();
    let expected = [("HEAD", 1), ("HEAD", 1), ("GET", 2), ("GET", 2)];
    assert_eq!(seen, expected.map(|(method, connection)| (method.to_owned(), connection)));
    assert_eq!(origin.most_connections(1), 1);
}

#[test]
fn connections_at_once_are_counted_for_each_host() {
    let origin = Origin::start(2);
    origin.route("/x", vec![Answer::content("a")]);
    let answered = |host| {
        let mut stream = ask(&origin.url(host, "/x"));
        stream.read_exact(&mut [0; 15]).expect("an answer");
        stream
    };
    let open = [answered(1), answered(1)];
    for _ in 0..20 {
        drop(answered(2));
    }
    assert_eq!((origin.most_connections(1), origin.most_connections(2)), (2, 1));
    drop(open);
    drop(answered(1));
    assert_eq!(origin.most_connections(1), 2);
}

#[test]
fn huge_headers_are_sent_whole() {
    let (_origin, url) = one(vec![Answer::content("a").huge_headers(50_000)]);
    let told = Curl::new().get(&url, &[]).expect(0, "200");
    assert!(told.headers.len() > 50_000, "{}", told.headers.len());
}

#[test]
fn a_folder_is_served_and_nothing_outside_it() {
    let folder = tempfile::tempdir().expect("a temp folder");
    fs::create_dir_all(folder.path().join("served/deep")).expect("created");
    fs::write(folder.path().join("served/deep/list.txt"), "a\n").expect("written");
    fs::write(folder.path().join("secret"), "b\n").expect("written");
    let origin = Origin::start(1);
    origin.folder("/corpus", &folder.path().join("served"));
    let curl = Curl::new();
    let get = |path: &str| curl.get(&origin.url(1, path), &["--path-as-is"]);
    let told = get("/corpus/deep/list.txt").expect(0, "200").expect_header("etag: \"");
    assert_eq!(told.body, b"a\n");
    for path in ["/corpus/../secret", "/corpus/deep", "/corpus/", "/corpus//etc/hosts", "/other"] {
        get(path).expect(0, "404");
    }
}

#[test]
fn a_dead_host_refuses_and_the_others_go_on() {
    let mut origin = Origin::start(2);
    origin.route("/x", vec![Answer::content("a")]);
    let curl = Curl::new();
    curl.get(&origin.url(2, "/x"), &[]).expect(0, "200");
    origin.kill(2);
    curl.get(&origin.url(2, "/x"), &[]).expect(7, "000");
    curl.get(&origin.dead_url("/x"), &[]).expect(7, "000");
    curl.get(&origin.url(1, "/x"), &[]).expect(0, "200");
}
