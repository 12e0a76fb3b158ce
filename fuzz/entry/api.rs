//! Any bytes as the body of every request that the API takes: refused in the API's own words or carried out,
//! never a fault of the server.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use homeclaw::hub::ports::{Mqtt, MqttError};
use homeclaw::hub::{self, HubOptions};
use homeclaw::model::Publish;
use homeclaw::runtime::{Logs, Metrics, Readiness, clock};
use homeclaw::store::{self, Store};
use homeclaw::web::{Peer, Web, WebOptions, openapi_document};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A broker that nobody listens to.
struct Nowhere;

impl Mqtt for Nowhere {
    fn publish(&self, _: Publish) -> Result<(), MqttError> {
        Err(MqttError::NotConnected)
    }

    fn is_connected(&self) -> bool {
        false
    }

    fn subscribe(&self, _: Vec<String>) {}

    fn unsubscribe(&self, _: Vec<String>) {}
}

struct Api {
    runtime: Runtime,
    router: Router,
    token: String,
    /// Method and path of every operation.
    routes: Vec<(String, String)>,
    _folder: tempfile::TempDir,
}

static API: LazyLock<Api> = LazyLock::new(|| {
    // In memory where that is possible: most inputs that are carried out wait for the disk.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let router = runtime.block_on(async {
        let (store, stored) = Store::open(&store::file_in(folder.path())).expect("a database");
        let (handle, _) = hub::start(HubOptions::default(), store, stored, Arc::new(Nowhere));
        let options = WebOptions {
            handle,
            metrics: Metrics::default(),
            readiness: Readiness::default(),
            logs: Logs::default(),
            folder: folder.path().to_owned(),
            public_url: None,
            hosts: Vec::new(),
            certificate: None,
            clock: Arc::new(clock::now),
            stopping: CancellationToken::new(),
        };
        Web::new(options).await.expect("the API").router()
    });
    let token = std::fs::read_to_string(folder.path().join("cli-token")).expect("a token").trim().to_owned();
    let document = serde_json::to_value(openapi_document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths").iter();
    let routes = paths.flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").keys();
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    });
    // The password is hashed slowly on purpose, and a live connection is no request with a body.
    let routes = routes.filter(|(_, path)| !path.ends_with("/password") && !path.ends_with("/ws"));
    Api { routes: routes.collect(), runtime, router, token, _folder: folder }
});

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    let [which, id, body @ ..] = data else { return };
    let api = &*API;
    let (method, path) = &api.routes[usize::from(*which) % api.routes.len()];
    let id = ["shopping", "light.x", "a", "t1"][usize::from(*id) % 4];
    let request = Request::builder()
        .method(method.as_str())
        .uri(path.replace("{id}", id).replace("{item}", "1"))
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::AUTHORIZATION, format!("Bearer {}", api.token))
        .header(header::CONTENT_TYPE, "application/json")
        .extension(Peer(([127, 0, 0, 1], 40_000).into()))
        .body(Body::from(body.to_vec()))
        .expect("a request");
    let response = api.runtime.block_on(api.router.clone().oneshot(request)).expect("an answer");
    let status = response.status();
    // Being ready depends on a broker, and this one is away.
    assert!(!status.is_server_error() || path == "/readyz", "{method} {path}: {status}");
}
