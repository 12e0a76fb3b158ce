//! Which path is answered by whom, and through which layers.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::routes::{
    areas, conversation, conversations, devices, entities, floors, health, healthz, home, languages, lists,
    logs, metrics, openapi, password, picture, readyz, session, states, timers, tokens,
};
use super::{Web, assets, guard, request, ws};

/// No request of the API is longer.
const BODY_BYTES: usize = 64 * 1_024;

/// Every route of the API with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<Web>> {
    OpenApiRouter::with_openapi(super::openapi::base())
        .routes(routes!(session::get, session::log_in, session::log_out))
        .routes(routes!(session::log_in_by_link))
        .routes(routes!(session::new_link))
        .routes(routes!(password::set))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::remove))
        .routes(routes!(home::get))
        .routes(routes!(devices::list))
        .routes(routes!(devices::get, devices::change, devices::remove))
        .routes(routes!(entities::list))
        .routes(routes!(entities::get, entities::change))
        .routes(routes!(entities::command))
        .routes(routes!(entities::commands))
        .routes(routes!(entities::history))
        .routes(routes!(picture::get))
        .routes(routes!(states::list))
        .routes(routes!(states::get))
        .routes(routes!(areas::list, areas::create))
        .routes(routes!(areas::put, areas::remove))
        .routes(routes!(floors::list, floors::create))
        .routes(routes!(floors::put, floors::remove))
        .routes(routes!(conversation::say))
        .routes(routes!(conversations::list))
        .routes(routes!(timers::list, timers::start))
        .routes(routes!(timers::cancel))
        .routes(routes!(timers::pause))
        .routes(routes!(timers::resume))
        .routes(routes!(timers::increase))
        .routes(routes!(timers::decrease))
        .routes(routes!(lists::list, lists::create))
        .routes(routes!(lists::remove))
        .routes(routes!(lists::add_item))
        .routes(routes!(lists::change_item, lists::remove_item))
        .routes(routes!(lists::clear))
        .routes(routes!(health::list))
        .routes(routes!(logs::list))
        .routes(routes!(languages::list))
        .routes(routes!(openapi::get))
        .routes(routes!(ws::live))
        .routes(routes!(healthz::get))
        .routes(routes!(readyz::get))
        .routes(routes!(metrics::get))
}

/// The whole: the API, the panel, and the layers around both. The first layer here is the innermost.
pub(super) fn router(web: &Arc<Web>) -> axum::Router {
    let (api, _) = routes().split_for_parts();
    api.route("/api/{*rest}", axum::routing::any(no_such_path))
        .fallback(assets::serve)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(Arc::clone(web), guard::check))
        .layer(from_fn_with_state(Arc::clone(web), guard::harden))
        .layer(from_fn_with_state(Arc::clone(web), request::observe))
        .with_state(Arc::clone(web))
}

async fn no_such_path(uri: Uri) -> ApiError {
    ApiError::not_found("path", uri.path())
}

async fn wrong_method() -> ApiError {
    let message = "this path knows other methods; see /api/v1/openapi.json";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message)
}
