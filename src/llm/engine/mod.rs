//! llama.cpp's side: reads prompts, keeps what was read, generates. Its types stay inside this folder.

mod choose;
mod model;
mod prefix;
mod slots;
mod text;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::hub::ports::{
    ChatMessage, Completed, Completion, Finish, ModelError, Piece, Prompt, Timings, Usage,
};

pub(super) use model::Model;

use super::plan::{BATCH, KvType, Plan};
use choose::Chooser;
use prefix::Prefixes;
use slots::{Slots, Token, common};
use text::Answer;

/// Sessions whose tokens stay in the context at once.
const SESSIONS: usize = 3;
/// Stable parts from this many tokens on are kept on the disk; shorter ones are read again as quickly.
const WORTH_KEEPING: usize = 48;
/// How long a piece of a prompt may take, because nothing can be cancelled within it.
const PIECE: Duration = Duration::from_millis(200);
const SMALLEST_PIECE: usize = 8;

/// A model with its context.
pub(super) struct Engine<'m> {
    model: &'m Model,
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    slots: Slots,
    prefixes: Option<Prefixes>,
    /// Whether tokens at the end of a sequence can be forgotten alone. Recurrent models cannot.
    trims: bool,
    pace: Pace,
    to_keep: Option<ToKeep>,
}

/// A stable part that is in the context and not yet on the disk.
struct ToKeep {
    slot: usize,
    tokens: usize,
    text: String,
}

/// When to stop in the middle.
pub(super) struct Limits {
    pub(super) until: Instant,
    pub(super) deadline: Duration,
    pub(super) cancel: CancellationToken,
    /// Of the whole hub.
    pub(super) stop: CancellationToken,
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        if self.stop.is_cancelled() {
            return Err(ModelError::Stopping);
        }
        if self.cancel.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        if Instant::now() >= self.until {
            return Err(ModelError::TooSlow(self.deadline));
        }
        Ok(())
    }
}

/// How many tokens to read at once, from how fast the last ones were.
struct Pace {
    tokens: usize,
}

impl Pace {
    fn learn(&mut self, tokens: usize, took: Duration) {
        let in_time =
            u128::try_from(tokens).unwrap_or_default() * PIECE.as_micros() / took.as_micros().max(1);
        let most = usize::try_from(BATCH).unwrap_or(SMALLEST_PIECE);
        self.tokens = usize::try_from(in_time).unwrap_or(most).clamp(SMALLEST_PIECE, most);
    }
}

/// A prompt ready to be read.
struct Input {
    tokens: Vec<Token>,
    /// The text that stays the same from request to request.
    stable_text: String,
    /// Tokens at the front that come from it alone.
    stable: usize,
}

fn failed(what: &str, error: impl std::fmt::Display) -> ModelError {
    ModelError::Failed(format!("{what}: {error}"))
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'m> Engine<'m> {
    /// Makes a context. `fingerprint` and `folder` are for what is kept on the disk.
    pub(super) fn new(
        model: &'m Model,
        plan: &Plan,
        threads: u16,
        kept: Option<(PathBuf, &str)>,
    ) -> Result<Self, ModelError> {
        let kv = match plan.kv_type {
            KvType::F16 => KvCacheType::F16,
            KvType::Q8 => KvCacheType::Q8_0,
        };
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(plan.context))
            .with_n_batch(BATCH)
            .with_n_ubatch(BATCH)
            // One more than there are sessions: what is written to the disk is put together in it.
            .with_n_seq_max(small(SESSIONS + 1))
            .with_kv_unified(true)
            .with_n_threads(threads.into())
            .with_n_threads_batch(threads.into())
            .with_type_k(kv)
            .with_type_v(kv)
            .with_no_perf(true);
        let context = model.llama.new_context(model::backend()?, params).map_err(|_| {
            ModelError::Unusable("llama.cpp cannot make a context for it; the log says why".to_owned())
        })?;
        let room = usize::try_from(context.n_ctx().min(plan.context)).unwrap_or_default();
        let prefixes = kept.map(|(folder, fingerprint)| {
            let settings = format!(
                "{fingerprint} {} {} {}",
                plan.kv_type.as_str(),
                plan.repack(),
                std::env::consts::ARCH
            );
            Prefixes::new(folder, &settings)
        });
        Ok(Self {
            model,
            context,
            batch: LlamaBatch::new(usize::try_from(BATCH).unwrap_or_default(), 1),
            slots: Slots::new(SESSIONS, room),
            prefixes,
            trims: !model.llama.is_recurrent() && !model.llama.is_hybrid(),
            pace: Pace { tokens: usize::try_from(BATCH / 2).unwrap_or(SMALLEST_PIECE) },
            to_keep: None,
        })
    }

    /// Answers a request. `waiting` is how long it waited before.
    pub(super) fn complete(
        &mut self,
        request: &Completion,
        limits: &Limits,
        waiting: Duration,
    ) -> Result<Completed, ModelError> {
        let started = Instant::now();
        limits.check()?;
        let input = self.input(&request.prompt)?;
        let most = usize::try_from(request.max_tokens).unwrap_or(usize::MAX);
        if input.tokens.len().saturating_add(most) > self.slots.room() {
            let (prompt, context) = (input.tokens.len(), self.slots.room());
            return Err(ModelError::TooLong { prompt, answer: most, context });
        }
        let mut chooser = Chooser::new(&self.model.llama, request.grammar.as_deref(), request.sampling)?;
        let (slot, reused, restored) = self.place(&request.session, &input, most)?;
        self.read_prompt(slot, &input, reused, limits)?;
        let reading = started.elapsed();

        let started = Instant::now();
        let mut answer = Answer::new(&request.stop);
        let (finish, generated) =
            self.generate(slot, most, &mut chooser, &mut answer, limits, request.stream.as_ref())?;
        let usage = Usage {
            prompt_tokens: small(input.tokens.len()),
            reused_tokens: small(reused),
            restored_tokens: small(restored),
            generated_tokens: small(generated),
        };
        let timings = Timings { waiting, reading, generating: started.elapsed() };
        Ok(Completed { text: answer.finish(), finish, usage, timings, model: Arc::clone(&self.model.name) })
    }

    /// Writes what the last request left to be kept. Apart from the request, so that nobody waits for the disk.
    pub(super) fn tidy(&mut self) {
        let Some(ToKeep { slot, tokens, text }) = self.to_keep.take() else { return };
        let source = if self.trims {
            let spare = self.slots.count();
            self.clear(spare);
            if let Err(error) =
                self.context.copy_kv_cache_seq(sequence(slot), sequence(spare), None, Some(small(tokens)))
            {
                tracing::warn!(%error, "the prompt's stable part is not kept");
                return;
            }
            spare
        } else {
            slot
        };
        self.save(source, slot, tokens, &text);
        if self.trims {
            self.clear(source);
        }
    }

    fn save(&self, source: usize, slot: usize, tokens: usize, text: &str) {
        let Some(prefixes) = &self.prefixes else { return };
        let stable: Vec<LlamaToken> =
            self.slots.tokens(slot).iter().take(tokens).map(|token| LlamaToken(*token)).collect();
        let saved = prefixes.keep(text, |path| {
            let written = self.context.state_seq_save_file(path, sequence(source), &stable);
            written.map(drop).map_err(std::io::Error::other)
        });
        match saved {
            Ok(()) => tracing::debug!(tokens, "the prompt's stable part is kept on the disk"),
            Err(error) => tracing::warn!(%error, "the prompt's stable part is not kept on the disk"),
        }
    }

    fn clear(&mut self, slot: usize) {
        if self.to_keep.as_ref().is_some_and(|keep| keep.slot == slot) {
            self.to_keep = None;
        }
        // Removing a whole sequence cannot fail.
        let _ = self.context.clear_kv_cache_seq(Some(small(slot)), None, None);
        self.slots.forget(slot);
    }

    fn input(&self, prompt: &Prompt) -> Result<Input, ModelError> {
        let (text, stable_text) = match prompt {
            Prompt::Text { stable, changing } => {
                let mut text = stable.to_string();
                for piece in changing {
                    match piece {
                        Piece::Markup(markup) => text.push_str(markup),
                        Piece::Words(words) => text.push_str(&self.model.words(words)),
                    }
                }
                (text, stable.to_string())
            }
            Prompt::Chat { messages, stable } => self.chat(messages, *stable)?,
        };
        let tokens = self.model.tokens(&text);
        if tokens.is_empty() {
            return Err(ModelError::BadRequest("its prompt is empty".to_owned()));
        }
        let stable = common(&tokens, &self.model.tokens(&stable_text)).min(tokens.len() - 1);
        Ok(Input { tokens, stable_text, stable })
    }

    /// A conversation's text, and as much of it as does not depend on its last messages.
    fn chat(&self, messages: &[ChatMessage], stable: usize) -> Result<(String, String), ModelError> {
        let whole = self.model.chat(messages, true)?;
        let stable = messages.get(..stable).filter(|stable| !stable.is_empty());
        let front = stable.map(|stable| self.model.chat(stable, false)).transpose()?.unwrap_or_default();
        let shared = whole.char_indices().zip(front.chars()).take_while(|((_, a), b)| a == b);
        let end = shared.last().map_or(0, |((at, c), _)| at + c.len_utf8());
        let front = whole.get(..end).unwrap_or_default().to_owned();
        Ok((whole, front))
    }

    /// Puts what is known of the prompt into a sequence. Returns the sequence, how many tokens are there, and how
    /// many of them came from the disk.
    fn place(
        &mut self,
        session: &Arc<str>,
        input: &Input,
        answer: usize,
    ) -> Result<(usize, usize, usize), ModelError> {
        let turn = self.slots.plan(session, &input.tokens, answer);
        for slot in turn.forget.iter().filter(|slot| Some(**slot) != turn.copy_from) {
            self.clear(*slot);
        }
        let (slot, mut keep) = (turn.slot, turn.keep);
        let source = turn.copy_from.filter(|source| self.trims || self.slots.tokens(*source).len() == keep);
        if let Some(source) = source {
            self.remove(slot, 0);
            let copied =
                self.context.copy_kv_cache_seq(sequence(source), sequence(slot), None, Some(small(keep)));
            copied.map_err(|error| failed("the context", error))?;
            if turn.forget.contains(&source) {
                self.clear(source);
            }
        } else {
            if let Some(source) = turn.copy_from.filter(|source| turn.forget.contains(source)) {
                self.clear(source);
            }
            keep = common(self.slots.tokens(slot), &input.tokens).min(keep);
            keep = if self.remove(slot, keep) { keep } else { 0 };
        }
        let mut restored = 0;
        if keep < input.stable
            && let Some(from_disk) = self.restore(slot, input)
        {
            (keep, restored) = (from_disk, from_disk);
        }
        self.slots.set(slot, input.tokens.get(..keep).unwrap_or_default());
        Ok((slot, keep, restored))
    }

    /// Forgets a sequence's tokens from a place on; all of them where the model cannot do with a part. Returns whether
    /// those before are still there.
    fn remove(&mut self, slot: usize, from: usize) -> bool {
        let all_kept = self.slots.tokens(slot).len() == from;
        let partly = (self.trims || all_kept) && from > 0;
        if partly
            && self.context.clear_kv_cache_seq(Some(small(slot)), Some(small(from)), None).unwrap_or(false)
        {
            return true;
        }
        let _ = self.context.clear_kv_cache_seq(Some(small(slot)), None, None);
        false
    }

    /// Loads the stable part from the disk. `None` leaves the sequence as it was.
    fn restore(&mut self, slot: usize, input: &Input) -> Option<usize> {
        let prefixes = self.prefixes.as_ref()?;
        let path = prefixes.find(&input.stable_text)?;
        let _ = self.context.clear_kv_cache_seq(Some(small(slot)), None, None);
        let loaded = self.context.state_seq_load_file(&path, sequence(slot), self.slots.room());
        let keep = match loaded {
            Ok((tokens, _)) => {
                let tokens: Vec<Token> = tokens.into_iter().map(|token| token.0).collect();
                let keep = common(&tokens, &input.tokens).min(input.tokens.len() - 1);
                self.slots.set(slot, &tokens);
                if self.remove(slot, keep) { keep } else { 0 }
            }
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "what was kept of the prompt cannot be used");
                prefixes.remove(&input.stable_text);
                let _ = self.context.clear_kv_cache_seq(Some(small(slot)), None, None);
                0
            }
        };
        Some(keep)
    }

    fn read_prompt(
        &mut self,
        slot: usize,
        input: &Input,
        from: usize,
        limits: &Limits,
    ) -> Result<(), ModelError> {
        let kept = |prefixes: &Prefixes| prefixes.has(&input.stable_text);
        let keep = input.stable >= WORTH_KEEPING
            && from < input.stable
            && self.prefixes.as_ref().is_some_and(|p| !kept(p));
        let mut at = from;
        if keep && !self.trims {
            // Later the sequence cannot be cut back to its stable part.
            self.read(slot, input.tokens.get(at..input.stable).unwrap_or_default(), limits)?;
            at = input.stable;
            self.to_keep = Some(ToKeep { slot, tokens: at, text: input.stable_text.clone() });
            self.tidy();
        }
        self.read(slot, input.tokens.get(at..).unwrap_or_default(), limits)?;
        if keep && self.trims {
            self.to_keep = Some(ToKeep { slot, tokens: input.stable, text: input.stable_text.clone() });
        }
        Ok(())
    }

    /// Reads tokens behind those of the sequence.
    fn read(&mut self, slot: usize, mut tokens: &[Token], limits: &Limits) -> Result<(), ModelError> {
        while !tokens.is_empty() {
            limits.check()?;
            let (now, rest) = tokens.split_at(tokens.len().min(self.pace.tokens));
            let started = Instant::now();
            self.decode(slot, now, rest.is_empty())?;
            if now.len() >= SMALLEST_PIECE {
                self.pace.learn(now.len(), started.elapsed());
            }
            tokens = rest;
        }
        Ok(())
    }

    fn decode(&mut self, slot: usize, tokens: &[Token], answer_follows: bool) -> Result<(), ModelError> {
        let start = self.slots.tokens(slot).len();
        self.batch.clear();
        for (index, token) in tokens.iter().enumerate() {
            let at = i32::try_from(start + index).unwrap_or(i32::MAX);
            let wanted = answer_follows && index + 1 == tokens.len();
            let added = self.batch.add(LlamaToken(*token), at, &[sequence(slot)], wanted);
            added.map_err(|error| failed("the batch", error))?;
        }
        if let Err(error) = self.context.decode(&mut self.batch) {
            self.clear(slot);
            return Err(failed("llama.cpp could not read the prompt", error));
        }
        self.slots.extend(slot, tokens);
        Ok(())
    }

    fn generate(
        &mut self,
        slot: usize,
        most: usize,
        chooser: &mut Chooser,
        answer: &mut Answer,
        limits: &Limits,
        stream: Option<&mpsc::Sender<String>>,
    ) -> Result<(Finish, usize), ModelError> {
        let vocab = self.model.llama.vocab();
        for generated in 0..most {
            limits.check()?;
            let token = chooser.next(self.context.get_logits_ith(-1))?;
            if vocab.is_eog(token) {
                return Ok((Finish::Stop, generated + 1));
            }
            let more = answer.push(&vocab.token_to_piece(token, false, None));
            hand_on(answer, stream);
            if !more {
                return Ok((Finish::Stop, generated + 1));
            }
            if generated + 1 < most {
                self.decode(slot, &[token.0], true)?;
            }
        }
        Ok((Finish::Length, most))
    }
}

/// What does not fit into the channel now goes with the next piece.
fn hand_on(answer: &mut Answer, stream: Option<&mpsc::Sender<String>>) {
    let Some(stream) = stream else { return };
    let ready = answer.ready();
    let length = ready.len();
    if length > 0 && stream.try_send(ready.to_owned()).is_ok() {
        answer.handed_on(length);
    }
}

/// A sequence's number as llama.cpp counts.
fn sequence(slot: usize) -> i32 {
    i32::try_from(slot).unwrap_or(i32::MAX)
}
