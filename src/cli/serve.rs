//! `homeclaw run`: the hub, from the configuration to a clean end.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;

use crate::app::{App, Options};
use crate::config::{Loaded, Watcher};
use crate::demo::Language;
use crate::runtime::{Notifier, Signal, Signals, heap, telemetry};

use super::context::Context;
use super::exit::Failure;
use super::output::Output;

/// Threads for the hub's tasks: a board has four cores, and other programs on it.
const THREADS: usize = 2;
/// For work that blocks, such as hashing a password.
const BLOCKING_THREADS: usize = 8;
/// How often what bursts have left over goes back to the system.
const TRIM_EVERY: Duration = Duration::from_secs(60);
/// Stack of each thread.
const STACK: usize = 1024 * 1024;

/// Start the hub.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without a configuration file the defaults run. The hub stops on Ctrl-C or SIGTERM, and reads its configuration \
again when the file changes, or on SIGHUP.

Examples:
  homeclaw run
  homeclaw run --demo --state-dir ./var
  HOMECLAW_LANGUAGE=zh-CN homeclaw run --demo")]
pub(super) struct Run {
    /// Also run the demo home: some 25 simulated devices in 6 rooms
    #[arg(long)]
    demo: bool,
}

/// The runtime for the hub's tasks.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_stack_size(STACK)
        .thread_name("homeclaw")
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the threads cannot be started: {error}")))
}

impl Run {
    pub(super) fn run(self, context: &Context, output: &mut Output<impl Write>) -> Result<(), Failure> {
        let source = context.source();
        let Loaded { config, file } = source.load().map_err(Failure::Mistakes)?;
        let telemetry = telemetry::init(config.log.level, config.log.format, context.variable("RUST_LOG"))
            .map_err(|error| Failure::usage(error.to_string()))?;
        let notifier = Notifier::new(context.variable("NOTIFY_SOCKET"), context.variable("WATCHDOG_USEC"));
        let (version, folder) = (env!("CARGO_PKG_VERSION"), config.storage.path.display());
        match &file {
            Some(file) => tracing::info!(version, %folder, file = %file.display(), "Homeclaw starts"),
            None => tracing::info!(version, %folder, "Homeclaw starts without a configuration file"),
        }
        make_folder(&config.storage.path)?;
        // Held until the end of the process, however that comes.
        let _lock = lock_folder(&config.storage.path)?;
        let (watcher, reloads) = Watcher::new(source, config.clone());
        let demo = self.demo.then(|| Language::from_tag(config.language.as_str()));
        let options = Options { config, telemetry, reloads, demo };
        heap::share();
        let runtime = runtime()?;
        let result = runtime.block_on(serve(options, watcher, &notifier, output));
        // Whatever still runs has had its time.
        runtime.shutdown_background();
        result
    }
}

/// Makes the hub's folder. What others are on this machine has no business in it.
fn make_folder(path: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o750).create(path).map_err(|error| {
        let advice = "make it for the hub's user, or choose another with --state-dir or storage.path";
        Failure::new(format!("{} cannot be made: {error}; {advice}", path.display()))
    })
}

/// Two hubs on one database would each undo what the other has confirmed.
fn lock_folder(path: &Path) -> Result<File, Failure> {
    let shown = path.display();
    let folder =
        File::open(path).map_err(|error| Failure::new(format!("{shown} cannot be read: {error}")))?;
    match folder.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let advice = "stop that one, or choose another folder with --state-dir or storage.path";
            return Err(Failure::new(format!("{shown} is in use by another hub; {advice}")));
        }
        // A file system without locks is no reason to stand still.
        Err(TryLockError::Error(error)) => {
            tracing::warn!(folder = %shown, %error, "the folder cannot be locked");
        }
    }
    Ok(folder)
}

async fn serve(
    options: Options,
    watcher: Watcher,
    notifier: &Notifier,
    output: &mut Output<impl Write>,
) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(|error| Failure::new(format!("no signals: {error}")))?;
    let app = App::start(options).await.map_err(|error| Failure::new(error.to_string()))?;
    let asked = Arc::new(Notify::new());
    let watching = tokio::spawn(watcher.run(Arc::clone(&asked)));
    greet(&app, output)?;
    let readiness = app.readiness().clone();
    let ready = async {
        readiness.ready().await;
        notifier.ready();
        tracing::info!("ready");
        loop {
            heap::trim();
            tokio::time::sleep(TRIM_EVERY).await;
        }
    };
    tokio::pin!(ready);
    let every = notifier.watchdog();
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::Stop => break,
                Signal::Reload => asked.notify_one(),
            },
            () = &mut ready => {}
            () = async { tokio::time::sleep(every.unwrap_or_default()).await }, if every.is_some() => notifier.alive(),
        }
    }
    notifier.stopping();
    tracing::info!("stopping");
    watching.abort();
    app.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Says where the panel is, for whoever started the hub by hand, and how to get in the first time.
fn greet(app: &App, output: &mut Output<impl Write>) -> Result<(), Failure> {
    let address = app.panel_url();
    let link = app.first_login().map_err(|error| Failure::new(error.to_string()))?;
    if output.json() {
        let fingerprint = app.fingerprint();
        output.value(&json!({ "panel": address, "login_link": link, "certificate_sha256": fingerprint }))?;
    } else {
        output.line(&format!("Panel:      {address}"))?;
        if let Some(fingerprint) = app.fingerprint() {
            output.line(&format!("SHA-256 of its certificate: {fingerprint}"))?;
            output.line("The browser warns once, because the hub made the certificate itself.")?;
        }
        if let Some(link) = link {
            output.line(&format!("Login link: {link} (works once)"))?;
        }
    }
    Ok(output.flush()?)
}
