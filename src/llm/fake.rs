//! A language model for tests: it says what it was told to say, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::hub::ports::{
    Completed, Completion, Finish, LanguageModel, ModelError, ModelState, ModelStatus, ModelTotals, Timings,
    Usage,
};

/// All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Fake {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    answers: VecDeque<Result<String, ModelError>>,
    asked: Vec<Completion>,
}

impl Fake {
    /// Gives these answers one after the other, and then says that it is busy.
    #[must_use]
    pub fn saying<Answer: Into<String>>(
        answers: impl IntoIterator<Item = Result<Answer, ModelError>>,
    ) -> Self {
        let fake = Self::default();
        fake.lock().answers = answers.into_iter().map(|answer| answer.map(Into::into)).collect();
        fake
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Completion> {
        self.lock().asked.clone()
    }
}

impl LanguageModel for Fake {
    fn complete(&self, request: Completion) -> BoxFuture<'static, Result<Completed, ModelError>> {
        let answer = {
            let mut inner = self.lock();
            inner.asked.push(request.clone());
            inner.answers.pop_front().unwrap_or(Err(ModelError::Busy { waiting: 0 }))
        };
        async move {
            if request.cancel.is_cancelled() {
                return Err(ModelError::Cancelled);
            }
            let text = answer?;
            if let Some(stream) = &request.stream {
                // As with the real one, a full channel does not hold up the answer.
                let _ = stream.try_send(text.clone());
            }
            Ok(Completed {
                text,
                finish: Finish::Stop,
                usage: Usage::default(),
                timings: Timings {
                    waiting: Duration::ZERO,
                    reading: Duration::ZERO,
                    generating: Duration::ZERO,
                },
                model: "fake".into(),
            })
        }
        .boxed()
    }

    fn status(&self) -> ModelStatus {
        let answered = u64::try_from(self.lock().asked.len()).unwrap_or(u64::MAX);
        ModelStatus {
            name: Some("fake".into()),
            state: ModelState::Ready,
            context_tokens: 2_048,
            planned_bytes: 0,
            waiting: 0,
            most_waiting: 1,
            totals: ModelTotals { answers: answered, ..ModelTotals::default() },
        }
    }
}
