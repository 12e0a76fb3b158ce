//! `/api/v1/entities/{id}/picture`: the last picture of a camera or image.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::model::EntityId;
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::Path;
use crate::web::openapi::{Missing, Unchanged, Usual};

/// A picture that is opened on its own may do nothing at all.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// The last picture of a camera or image
///
/// JPEG, PNG, GIF or WebP. Kept in memory only: after a start there is none until the device sends one.
#[utoipa::path(get, path = "/api/v1/entities/{id}/picture", tag = "home", operation_id = "picture",
    params(("id" = String, Path, description = "The entity", example = "camera.front_door")),
    responses((status = 200, description = "The picture, as image/jpeg, image/png, image/gif or image/webp"),
        Usual, Missing, Unchanged))]
pub(in crate::web) async fn get(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<EntityId>,
) -> Result<Response, ApiError> {
    let wanted = id.clone();
    let found = web.handle.read(move |home| home.pictures.get(&wanted).map(|(_, picture)| picture.clone()));
    let picture = found.await?.ok_or_else(|| ApiError::not_found("picture of", id.as_str()))?;
    let kind = kind(&picture)
        .ok_or_else(|| ApiError::invalid(format!("what {id} sent is no JPEG, PNG, GIF or WebP picture")))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
    ];
    Ok((headers, picture).into_response())
}

/// What a picture is, by its first bytes. Nothing that could hold a script is among them.
fn kind(picture: &[u8]) -> Option<&'static str> {
    match picture {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_without_scripts_are_known() {
        assert_eq!(kind(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some("image/jpeg"));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(kind(b"GIF89a"), Some("image/gif"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for bad in [&b""[..], b"<svg onload=alert(1)>", b"<!doctype html>", b"RIFF\0\0\0\0WAVE", b"%PDF-1.7"]
        {
            assert_eq!(kind(bad), None);
        }
    }
}
