//! `/healthz`: whether the process lives.

use serde::Serialize;
use utoipa::ToSchema;

use crate::web::extract::Json;

/// The process lives.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Alive {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process lives
///
/// As long as it answers, it does. Whether it can do its work is said by `/readyz`.
#[utoipa::path(get, path = "/healthz", tag = "inside", operation_id = "healthz", security(()),
    responses((status = 200, body = Alive)))]
pub(in crate::web) async fn get() -> Json<Alive> {
    Json(Alive { status: "ok" })
}
