//! `/api/v1/conversation`: a sentence and its answer.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{AreaId, Message, MessageId, Reply};
use crate::web::Web;
use crate::web::auth::{Caller, random_hex};
use crate::web::error::ApiError;
use crate::web::extract::Json;
use crate::web::openapi::{Unchanged, Usual};

/// Longest sentence, in characters.
const LONGEST: usize = 1_000;

/// Something that somebody says.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"text": "turn on the kitchen light", "language": "en", "area": "kitchen"}))]
pub(in crate::web) struct Sentence {
    /// The words, at most 1000 characters.
    pub(in crate::web) text: String,
    /// Language tag; the hub's own language if absent.
    #[serde(default)]
    pub(in crate::web) language: Option<String>,
    /// The room in which it is said.
    #[serde(default)]
    pub(in crate::web) area: Option<AreaId>,
}

/// Say something
///
/// A sentence that is not understood is no error but a reply of the kind `no_match`.
#[utoipa::path(post, path = "/api/v1/conversation", tag = "conversation", operation_id = "converse",
    request_body = Sentence, responses((status = 200, body = Reply), Usual, Unchanged))]
pub(in crate::web) async fn say(
    State(web): State<Arc<Web>>,
    caller: Caller,
    Json(sentence): Json<Sentence>,
) -> Result<Json<Reply>, ApiError> {
    converse(&web, &caller, sentence).await.map(Json)
}

/// Hands a sentence to the hub and waits for the answer.
pub(in crate::web) async fn converse(
    web: &Web,
    caller: &Caller,
    sentence: Sentence,
) -> Result<Reply, ApiError> {
    let Sentence { text, language, area } = sentence;
    if text.trim().is_empty() {
        return Err(ApiError::invalid("the text is empty"));
    }
    if text.chars().count() > LONGEST {
        return Err(ApiError::invalid(format!("the text is longer than {LONGEST} characters")));
    }
    if language.as_ref().is_some_and(|tag| tag.is_empty() || tag.len() > 35) {
        return Err(ApiError::invalid("the language is no language tag"));
    }
    let message = Message {
        id: MessageId::new(&random_hex::<12>())?,
        channel: caller.channel(),
        sender: caller.sender(),
        content: text,
        language,
        area,
        time: web.now(),
    };
    tracing::debug!(message = %message.id, channel = ?message.channel, "a sentence came in");
    Ok(web.handle.converse(message).await?)
}
