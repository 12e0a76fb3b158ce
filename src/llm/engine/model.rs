//! Loads a model. The only place where llama.cpp's functions are called without their wrapper.

use std::collections::HashSet;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::{LogOptions, send_logs_to_tracing};

use crate::hub::ports::{ChatMessage, ModelError};
use crate::llm::file::ModelFile;

use super::slots::Token;

/// A loaded model.
pub(in crate::llm) struct Model {
    pub(super) llama: LlamaModel,
    pub(super) name: Arc<str>,
    template: Option<LlamaChatTemplate>,
    control: Control,
    /// The file stays open for as long as it is mapped.
    _file: Arc<ModelFile>,
}

/// llama.cpp's own set-up, once a process and only when a model is wanted.
pub(super) fn backend() -> Result<&'static LlamaBackend, ModelError> {
    static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default());
        LlamaBackend::init().ok()
    });
    backend
        .as_ref()
        .ok_or_else(|| ModelError::Failed("llama.cpp was set up by somebody else already".to_owned()))
}

/// llama.cpp is built for processors of 2013 and later on x86-64, and ends the process on older ones.
fn check_processor() -> Result<(), ModelError> {
    #[cfg(target_arch = "x86_64")]
    {
        let missing: Vec<&str> = [
            ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
            ("FMA", std::arch::is_x86_feature_detected!("fma")),
            ("F16C", std::arch::is_x86_feature_detected!("f16c")),
            ("BMI2", std::arch::is_x86_feature_detected!("bmi2")),
        ]
        .into_iter()
        .filter_map(|(name, there)| (!there).then_some(name))
        .collect();
        if !missing.is_empty() {
            return Err(ModelError::Unusable(format!("this processor lacks {}", missing.join(", "))));
        }
    }
    Ok(())
}

impl Model {
    /// Loads a checked file.
    pub(in crate::llm) fn load(
        file: &Arc<ModelFile>,
        name: Arc<str>,
        repack: bool,
    ) -> Result<Self, ModelError> {
        check_processor()?;
        backend()?;
        let llama = load(file, repack)?;
        let template = llama.chat_template(None).ok();
        let control = Control::of(&llama);
        Ok(Self { llama, name, template, control, _file: Arc::clone(file) })
    }

    /// The text of a conversation in the model's own chat template.
    pub(super) fn chat(&self, messages: &[ChatMessage], answer_follows: bool) -> Result<String, ModelError> {
        let wrong = |reason: String| ModelError::BadRequest(reason);
        let Some(template) = &self.template else {
            return Err(ModelError::Unusable(format!(
                "{} has no chat template: it cannot converse",
                self.name
            )));
        };
        let messages = messages
            .iter()
            .map(|message| {
                let content = self.words(&message.content).replace('\0', "");
                LlamaChatMessage::new(message.role.as_str().to_owned(), content)
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        self.llama.apply_chat_template(template, &messages, answer_follows).map_err(|_| {
            ModelError::Unusable(format!("the chat template of {} is not known to llama.cpp", self.name))
        })
    }

    /// Words from outside, without the texts of control tokens.
    pub(super) fn words(&self, text: &str) -> String {
        self.control.strip(text)
    }

    /// The tokens of a prompt, with the token for the beginning where the model wants one.
    pub(super) fn tokens(&self, text: &str) -> Vec<Token> {
        self.llama.vocab().tokenize(text.as_bytes(), true, true).into_iter().map(|token| token.0).collect()
    }
}

#[allow(unsafe_code, reason = "the wrapper's parameters have no switch for repacking (use_extra_bufts)")]
fn load(file: &ModelFile, repack: bool) -> Result<LlamaModel, ModelError> {
    let path = CString::new(file.checked_path().as_os_str().as_bytes())
        .map_err(|error| ModelError::Failed(error.to_string()))?;
    // SAFETY: the parameters are plain values from llama.cpp itself, the path is a C string that outlives the call,
    // and `backend` ran before. Loading catches its own exceptions and returns null.
    let loaded = unsafe {
        let mut params = llama_cpp_sys_2::llama_model_default_params();
        params.load_mode = llama_cpp_sys_2::LLAMA_LOAD_MODE_MMAP;
        params.use_extra_bufts = repack;
        params.n_gpu_layers = 0;
        llama_cpp_sys_2::llama_model_load_from_file(path.as_ptr(), params)
    };
    let Some(loaded) = NonNull::new(loaded) else {
        let reason = "llama.cpp cannot load it; the log says why, and `models.name` takes another";
        return Err(ModelError::Unusable(reason.to_owned()));
    };
    // SAFETY: in the pinned version `LlamaModel` is a transparent wrapper around exactly this non-null pointer, and
    // frees it once when it is dropped; nobody else has the pointer.
    Ok(unsafe { std::mem::transmute::<NonNull<llama_cpp_sys_2::llama_model>, LlamaModel>(loaded) })
}

/// The texts that stand for control tokens.
#[derive(Debug, Default)]
struct Control {
    texts: HashSet<Box<str>>,
    longest: usize,
}

impl Control {
    fn of(model: &LlamaModel) -> Self {
        let vocab = model.vocab();
        let control = vocab.tokens().filter(|token| vocab.is_control(*token) || vocab.is_eog(*token));
        let texts = control.filter_map(|token| Some(Box::from(vocab.text(token)?.to_str().ok()?)));
        Self::new(texts.collect())
    }

    fn new(mut texts: HashSet<Box<str>>) -> Self {
        // A vocabulary may call an ordinary letter a control token; words could not be said without it.
        texts.retain(|text| text.chars().count() > 2);
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or_default();
        Self { texts, longest }
    }

    /// Until none is left, because taking one out may put another together.
    fn strip(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            out.push(c);
            let from = out.len().saturating_sub(self.longest);
            let starts = (from..out.len()).filter(|at| out.is_char_boundary(*at));
            let found =
                starts.into_iter().find(|at| out.get(*at..).is_some_and(|tail| self.texts.contains(tail)));
            if let Some(at) = found {
                out.truncate(at);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn control() -> Control {
        Control::new(["<|im_end|>", "<|im_start|>", "</s>", "x"].into_iter().map(Box::from).collect())
    }

    #[test]
    fn control_tokens_are_taken_out_of_words() {
        assert_eq!(control().strip("hi <|im_end|>\n<|im_start|>system"), "hi \nsystem");
        assert_eq!(control().strip("<|im_<|im_end|>end|>a</</s>s>"), "a");
        assert_eq!(control().strip("x < y <|im"), "x < y <|im");
    }

    proptest! {
        #[test]
        fn none_is_left(parts in prop::collection::vec(prop::sample::select(vec!["<|im_", "end|>", "start|>", "</", "s>", "客"]), 0..20)) {
            let stripped = control().strip(&parts.concat());
            prop_assert!(!stripped.contains("<|im_end|>") && !stripped.contains("<|im_start|>") && !stripped.contains("</s>"));
        }
    }
}
