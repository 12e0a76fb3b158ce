//! `/api/v1/languages`: what is understood.

use crate::intent::Language;
use crate::web::auth::Caller;
use crate::web::extract::Json;
use crate::web::openapi::Usual;

/// The languages that are understood
#[utoipa::path(get, path = "/api/v1/languages", tag = "conversation", operation_id = "languages",
    responses((status = 200, body = Vec<String>, example = json!(["de", "en", "zh-CN"])), Usual))]
pub(in crate::web) async fn list(_caller: Caller) -> Json<&'static [&'static str]> {
    Json(Language::available())
}
