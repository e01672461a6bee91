//! The server, from its first socket to its last connection.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::base::chain;
use crate::serve::ServeError;
use crate::serve::metrics::Metrics;
use crate::serve::server::accept::Reception;
use crate::serve::server::app::App;
use crate::serve::server::connection::Protocols;
use crate::serve::server::log;
use crate::serve::server::registry::Registry;
use crate::serve::server::service::Rules;
use crate::serve::server::settings::Settings;
use crate::serve::server::settings_file::check;
use crate::serve::server::sockets;
use crate::serve::server::tls::Certificates;

/// How often connections are judged.
const SWEEP: Duration = Duration::from_secs(1);

/// Files that are open besides connections: listeners, releases, keys.
const SPARE_FILES: u64 = 256;

type Ready = Box<dyn FnOnce(&[String]) + Send>;
type Reload = Box<dyn FnMut() + Send>;
type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What others want to know of the server's life.
pub struct Hooks {
    /// Called once connections are accepted, with the addresses.
    pub ready: Ready,
    /// Called at SIGHUP, when the certificate has been looked at; may take its time.
    pub reload: Reload,
    /// Ends the server as a signal would, for those who run it inside another program.
    pub end: End,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { ready: Box::new(|_| {}), reload: Box::new(|| {}), end: Box::pin(pending()) }
    }
}

/// Serves until SIGTERM or SIGINT, and then to the end of the answers that are running.
///
/// # Errors
/// Why it could not begin.
pub async fn run<A: App>(
    settings: Settings,
    app: A,
    metrics: Arc<Metrics>,
    hooks: Hooks,
) -> Result<(), ServeError> {
    check(&settings).map_err(ServeError::Settings)?;
    let certificates = settings.tls.clone().map(Certificates::open).transpose()?;
    let mut signals = Signals::new()?;
    let listeners = sockets::open(&settings)?;
    warn_of_few_files(&settings);
    let urls: Vec<String> = listeners.iter().map(sockets::Listener::url).collect();
    let registry = Registry::new(settings.limits.clone(), Arc::clone(&metrics));
    let rules = Arc::new(Rules {
        limits: settings.limits.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        metrics,
        is_logging: log::is_on(),
    });
    let reception = Arc::new(Reception {
        protocols: Arc::new(Protocols::new(app, rules)),
        registry: Arc::clone(&registry),
        tls: certificates.as_ref().map(Certificates::acceptor).transpose()?,
        started: Instant::now(),
    });
    // Whatever is in here ends with this function.
    let mut background = JoinSet::new();
    background.spawn(sweep(Arc::clone(&registry), reception.started));
    if let Some(certificates) = &certificates {
        background.spawn(keep_current(Arc::clone(certificates), settings.poll));
    }
    let (end, ending) = watch::channel(false);
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(Arc::clone(&reception).accept(listener, ending.clone()));
    }
    (hooks.ready)(&urls);
    notify(&[NotifyState::Ready]);
    let mut reload = hooks.reload;
    let mut end_of_host = hooks.end;
    loop {
        let told = tokio::select! {
            told = signals.next() => told,
            () = &mut end_of_host => Told::End,
        };
        if told == Told::End {
            break;
        }
        reload = reloaded(certificates.as_ref(), reload).await;
    }
    notify(&[NotifyState::Stopping]);
    end.send_replace(true);
    // The listeners and their files go with the tasks.
    while accepting.join_next().await.is_some() {}
    registry.tell_all();
    tokio::select! {
        () = registry.emptied() => {}
        () = sleep(settings.shutdown_timeout) => {
            tracing::warn!(connections = registry.n_open(), "cut what did not end in time");
        }
        () = signals.ended() => {}
    }
    registry.cut_all();
    Ok(())
}

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Reload,
    End,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> Result<Self, ServeError> {
        let listen = |kind| {
            signal(kind).map_err(|source| ServeError::System { what: "wait for signals", source })
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::End,
            _ = self.interrupt.recv() => Told::End,
            _ = self.hangup.recv() => Told::Reload,
        }
    }

    /// Waits for one that says to end.
    async fn ended(&mut self) {
        while self.next().await != Told::End {}
    }
}

/// Reads again what can be read again.
async fn reloaded(certificates: Option<&Arc<Certificates>>, mut reload: Reload) -> Reload {
    // systemd wants to know when a reload began (sd_notify(3), RELOADING=1).
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        notify(&[NotifyState::Reloading, now]);
    }
    if let Some(certificates) = certificates {
        renew(certificates).await;
    }
    let done = tokio::task::spawn_blocking(move || {
        reload();
        reload
    });
    let reload = match done.await {
        Ok(reload) => reload,
        Err(error) => {
            tracing::error!(%error, "the reload broke off; none will follow");
            Box::new(|| {})
        }
    };
    notify(&[NotifyState::Ready]);
    reload
}

async fn sweep(registry: Arc<Registry>, started: Instant) {
    let mut ticks = interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        registry.sweep(started.elapsed());
    }
}

async fn keep_current(certificates: Arc<Certificates>, poll: Duration) {
    loop {
        sleep(poll).await;
        renew(&certificates).await;
    }
}

/// Looks at the files on a thread that may wait for the disk.
async fn renew(certificates: &Arc<Certificates>) {
    let certificates = Arc::clone(certificates);
    match tokio::task::spawn_blocking(move || certificates.renew()).await {
        Ok(Ok(true)) => tracing::info!("the certificate was renewed"),
        Ok(Err(error)) => {
            let error = chain(&error);
            tracing::warn!(error, "the new certificate cannot be used; the old one stays");
        }
        // As it was; or the server ends meanwhile.
        Ok(Ok(false)) | Err(_) => {}
    }
}

/// Tells systemd, if it is there.
fn notify(states: &[NotifyState<'_>]) {
    let told: io::Result<()> = sd_notify::notify(states);
    if let Err(error) = told {
        tracing::warn!(%error, "cannot tell the service manager");
    }
}

fn warn_of_few_files(settings: &Settings) {
    let wanted = u64::from(settings.limits.connections) + SPARE_FILES;
    if let Some(limit) = sockets::raise_file_limit().filter(|limit| *limit < wanted) {
        tracing::warn!(limit, wanted, "the system allows fewer open files than connections need");
    }
}
