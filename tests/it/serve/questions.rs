//! The sample behind a server, and questions to it.

use serde_json::Value;

use crate::serve::ask::{Reply, ask, get};
use crate::serve::running::{Running, ended};
use crate::support::Project;

/// Views of one address, with an address that the sample has much to say of.
pub(crate) const VIEWS: [&str; 7] =
    ["lookup", "check", "reputation", "threat", "fraud", "proxy-attribution", "explain"];

/// Addresses of the sample with something to say of each kind.
pub(crate) const ADDRESSES: [&str; 14] = [
    "185.220.101.45",
    "8.8.8.8",
    "1.1.1.1",
    "2.56.16.42",
    "20.204.24.249",
    "66.249.66.1",
    "140.235.170.215",
    "146.70.50.1",
    "104.28.28.1",
    "5.112.0.1",
    "100.128.0.1", // of which nothing is known
    "2a0b:f4c2:2::45",
    "2606:4700:4700::1111",
    "2600::1",
];

/// A server over the sample.
pub(crate) struct Sample {
    pub(crate) project: Project,
    pub(crate) server: Running,
}

impl Sample {
    /// With nothing set.
    pub(crate) fn serve() -> Self {
        Self::serve_with("")
    }

    /// With settings.
    pub(crate) fn serve_with(settings: &str) -> Self {
        Self::of(Project::with_sample(), settings)
    }

    /// Of the age that it has by itself: a day less than in other tests.
    pub(crate) fn serve_fresh() -> Self {
        let project = Project::new();
        let mut build = project.command(&["build", "--sample"]);
        ended(build.env_remove("SOURCE_DATE_EPOCH")).expect_code(0);
        Self::of(project, "")
    }

    fn of(project: Project, settings: &str) -> Self {
        project.write("serve.toml", settings);
        let server = Running::start(&project, &["--config", "serve.toml"]);
        Self { project, server }
    }

    /// GET.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Reply {
        get(self.server.address(), target, &[])
    }

    /// What a GET answers, which must be well.
    #[track_caller]
    pub(crate) fn json(&self, target: &str) -> Value {
        self.get(target).expect(200).expect_header("content-type", "application/json").json()
    }

    /// What it answers to another method.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, target: &str) -> Reply {
        ask(self.server.address(), method, target, &[])
    }

    /// A batch with more header lines.
    #[track_caller]
    pub(crate) fn post(&self, body: &str, lines: &[&str]) -> Reply {
        post(&self.server, body, lines)
    }

    /// What the command line says of an address.
    #[track_caller]
    pub(crate) fn command(&self, command: &str, ip: &str) -> Value {
        self.project.run(&[command, "--json", ip]).expect_code(0).json()
    }
}

/// Sends a batch.
#[track_caller]
pub(crate) fn post(server: &Running, body: &str, lines: &[&str]) -> Reply {
    let address = server.address();
    let mut request = format!(
        "POST /v1/lookup/batch HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for line in lines {
        request.extend([line, "\r\n"]);
    }
    request.extend(["\r\n", body]);
    Reply::parse(&crate::serve::ask::exchange(address, request.as_bytes()), false)
}

/// Fails the test unless an object says at least this; lists are compared whole.
#[track_caller]
pub(crate) fn expect_said(found: &Value, expected: &Value) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (key, expected) in expected {
                let found = found.get(key).unwrap_or_else(|| panic!("no `{key}` in {found:?}"));
                expect_said(found, expected);
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            found.iter().zip(expected).for_each(|(found, expected)| expect_said(found, expected));
        }
        (found, expected) => assert_eq!(found, expected),
    }
}

/// Fails the test unless every JSON pointer leads somewhere.
#[track_caller]
pub(crate) fn expect_fields(found: &Value, pointers: &str) {
    for pointer in pointers.split_whitespace() {
        let value = found.pointer(&format!("/{pointer}"));
        assert!(value.is_some(), "no {pointer} in {found:#}");
    }
}
