//! Extractors whose refusals are [`ApiError`]s.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::error::ApiError;

/// A JSON body, in and out.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match <axum::Json<T> as FromRequest<S>>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        match <axum::Json<T> as OptionalFromRequest<S>>::from_request(request, state).await {
            Ok(value) => Ok(value.map(|axum::Json(value)| Self(value))),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

fn refused(rejection: &JsonRejection) -> ApiError {
    let code = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "not_json",
        _ => "bad_json",
    };
    // Both kinds of wrong JSON are one to a client: 400.
    let status = match rejection.status() {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        other => other,
    };
    let mut message = rejection.body_text();
    message.truncate(message.floor_char_boundary(400));
    ApiError::new(status, code, message)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Parts of the path. What cannot be such an id is an id that does not exist.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => {
                let mut message = rejection.body_text();
                message.truncate(message.floor_char_boundary(400));
                Err(ApiError::new(StatusCode::NOT_FOUND, "not_found", message))
            }
        }
    }
}

/// The query string.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(bad_query(&rejection)),
        }
    }
}

fn bad_query(rejection: &QueryRejection) -> ApiError {
    ApiError::bad_request("bad_query", rejection.body_text())
}

/// For fields of a PATCH: absent is `None`, null is `Some(None)`.
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Longest name, in characters, that people give to things.
const LONGEST_NAME: usize = 128;

/// A name as a person may give it: trimmed, not empty, not endless, on one line.
pub(super) fn name(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ApiError::invalid("the name is empty"));
    }
    if text.chars().count() > LONGEST_NAME {
        return Err(ApiError::invalid(format!("the name is longer than {LONGEST_NAME} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(ApiError::invalid("the name holds a control character"));
    }
    Ok(text.to_owned())
}

/// The same for all names of a thing.
pub(super) fn names(names: crate::model::Names) -> Result<crate::model::Names, ApiError> {
    const MOST: usize = 32;
    let crate::model::Names { name: shown, aliases, by_language } = names;
    let too_many = aliases.len() > MOST
        || by_language.len() > MOST
        || by_language.iter().any(|(tag, names)| tag.len() > 35 || names.len() > MOST);
    if too_many {
        return Err(ApiError::invalid(format!("more than {MOST} names of one kind")));
    }
    let all = |names: Vec<String>| names.iter().map(|text| name(text)).collect::<Result<Vec<_>, _>>();
    Ok(crate::model::Names {
        name: name(&shown)?,
        aliases: all(aliases)?,
        by_language: by_language
            .into_iter()
            .map(|(tag, names)| Ok((tag, all(names)?)))
            .collect::<Result<_, ApiError>>()?,
    })
}

/// The same for a patch's names, where null goes back to the discovered name.
pub(super) fn new_names(
    patch: Option<Option<crate::model::Names>>,
) -> Result<Option<Option<crate::model::Names>>, ApiError> {
    patch.map(|new| new.map(names).transpose()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Patch {
        #[serde(default, deserialize_with = "present")]
        area: Option<Option<String>>,
    }

    #[test]
    fn absent_and_null_are_told_apart() {
        let read = |text| serde_json::from_str::<Patch>(text).unwrap().area;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"area":null}"#), Some(None));
        assert_eq!(read(r#"{"area":"hall"}"#), Some(Some("hall".into())));
    }

    #[test]
    fn names_are_tidy() {
        assert_eq!(name("  客厅 ").unwrap(), "客厅");
        for bad in ["", "   ", "a\nb", &"x".repeat(LONGEST_NAME + 1)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
