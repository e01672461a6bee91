//! The server put together: settings in, a server that runs until it is told to end.

use std::sync::Arc;

use tokio::runtime;

use crate::base::chain;
use crate::query::history::Past;
use crate::release::Store;
use crate::serve::access::Access;
use crate::serve::metrics::Metrics;
use crate::serve::routes::Site;
use crate::serve::server::{self, Hooks, Settings};
use crate::serve::{Context, ServeError, watch};

/// Serves a store until SIGTERM or SIGINT.
///
/// What the store holds is read before the first connection is accepted; a store that cannot be served is
/// waited for, since the next build may mend it.
///
/// # Errors
/// Why it could not begin.
pub fn serve(settings: Settings, hooks: Hooks) -> Result<(), ServeError> {
    let metrics = Arc::new(Metrics::new());
    let access = settings.keys.as_deref();
    let access = access.map(|keys| Access::open(keys, settings.plans.as_deref())).transpose()?;
    let hooks = reloading(hooks, access.clone());
    let store = Store::at(&settings.output);
    let (aliases, n_batch) = (settings.aliases.clone(), settings.limits.batch);
    let past = Past::new(store.clone());
    let context = Context::new(access, aliases, Arc::clone(&metrics), n_batch, past);
    let context = Arc::new(context);
    let mut builder = match settings.threads {
        // No other thread to hand work to, and none to be woken by.
        Some(1) => runtime::Builder::new_current_thread(),
        threads => {
            let mut builder = runtime::Builder::new_multi_thread();
            threads.map(|n_threads| builder.worker_threads(usize::from(n_threads)));
            builder
        }
    };
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|source| ServeError::System { what: "start threads", source })?;
    let app = Site::new(Arc::clone(&context));
    runtime.block_on(async {
        watch(context, store, settings.poll).await;
        server::run(settings, app, metrics, hooks).await
    })
}

/// At SIGHUP the plans are read again too.
fn reloading(hooks: Hooks, access: Option<Access>) -> Hooks {
    let mut before = hooks.reload;
    let reload = Box::new(move || {
        if let Some(Err(error)) = access.as_ref().map(Access::reload_plans) {
            let reason = chain(&error);
            tracing::error!(reason, "the plans cannot be used; those from before stay");
        }
        before();
    });
    Hooks { reload, ..hooks }
}
