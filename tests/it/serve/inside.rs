//! A server inside the test, with routes that no store has.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use axum::Router;
use ipmint::serve::Metrics;
use ipmint::serve::server::{self, Hooks, Settings};
use tokio::runtime;
use tokio::sync::oneshot;

use crate::serve::server::{Client, DEADLINE, until};

/// A server that ends with the test.
pub(crate) struct Inside {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Arc<Metrics>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Inside {
    /// Starts one on a free port.
    pub(crate) fn start(config: &str, router: Router) -> Self {
        let mut settings = Settings::from_toml("test", config).expect("settings");
        settings.listen = vec!["127.0.0.1:0".parse().expect("an address")];
        settings.threads = Some(2);
        let metrics = Arc::new(Metrics::new());
        let (tell, told) = mpsc::channel();
        let (end, ended) = oneshot::channel::<()>();
        let ready = move |urls: &[String]| tell.send(urls[0].clone()).expect("the test waits");
        let hooks = Hooks {
            ready: Box::new(ready),
            end: Box::pin(async {
                // Dropped or sent, it is an end.
                let _ = ended.await;
            }),
            ..Hooks::default()
        };
        let counting = Arc::clone(&metrics);
        let thread = thread::spawn(move || {
            let runtime =
                runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let serve = server::run(settings, router, counting, hooks);
            runtime.expect("threads").block_on(serve).expect("served");
        });
        let url = told.recv_timeout(DEADLINE).expect("it listens");
        let address = url.strip_prefix("http://").expect("plain").parse().expect("an address");
        Self { address, metrics, end: Some(end), thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Waits until the metrics have a line.
    #[track_caller]
    pub(crate) fn expect_counted(&self, line: &str) {
        let has_line = || self.metrics.encode().lines().any(|found| found == line);
        until(line, has_line);
    }

    /// Says that it is to end.
    pub(crate) fn end(&mut self) {
        drop(self.end.take());
    }

    /// Waits for its end.
    pub(crate) fn expect_ended(&mut self) {
        self.thread.take().expect("it runs").join().expect("no panic");
    }
}
