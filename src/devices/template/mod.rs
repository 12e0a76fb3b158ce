//! Home Assistant's templates: compiled once, shared between entities, limited in time and size.

mod bounded;
mod delta;
mod guard;
mod methods;
mod moments;
mod numbers;
mod path;
mod python;
mod ration;
#[cfg(test)]
mod tests;
mod words;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};

pub(crate) use python::float as python_float;

/// Instructions that one rendering may take; far more than any real template needs.
const FUEL: u64 = 20_000;
/// Longest text that a template may make, in bytes.
const MAX_OUTPUT: usize = 256 * 1024;
/// Longest message that a template reads, in bytes; a fast path reads longer ones.
const MAX_INPUT: usize = 64 * 1024;
/// Longest template source, in bytes.
const MAX_SOURCE: usize = 64 * 1024;

/// Why a template cannot be used, or did not work out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}

/// A template of a discovery message, cheap to clone.
#[derive(Clone)]
pub(crate) struct Template(Arc<Compiled>);

struct Compiled {
    source: Arc<str>,
    how: How,
}

enum How {
    /// `{{ value }}`.
    Payload,
    /// `{{ value_json.a["b"] }}`, which four of five templates are: read without the engine.
    Path(Box<[path::Step]>),
    /// Anything else; the name in the environment.
    Engine(Box<str>),
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.source)
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

/// How the bytes of a message are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    #[default]
    Utf8,
    /// One character a byte, as older devices send.
    Latin1,
    /// Not as text: templates get the bytes.
    Raw,
}

/// A message as templates see it; what is costly is worked out at most once.
pub(crate) struct Payload<'a> {
    bytes: &'a [u8],
    raw: bool,
    json: OnceCell<Option<serde_json::Value>>,
    value: OnceCell<Value>,
}

impl<'a> Payload<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, raw: false, json: OnceCell::new(), value: OnceCell::new() }
    }

    /// A message whose bytes are no text.
    pub(crate) fn raw(bytes: &'a [u8]) -> Self {
        Self { raw: true, ..Self::new(bytes) }
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The message as text, when it is UTF-8.
    pub(crate) fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }

    /// The message as JSON, when it is.
    pub(crate) fn json(&self) -> Option<&serde_json::Value> {
        self.json.get_or_init(|| serde_json::from_slice(self.bytes).ok()).as_ref()
    }

    /// `value_json`: undefined when the message is no JSON.
    fn value(&self) -> Value {
        self.value
            .get_or_init(|| self.json().map_or(Value::UNDEFINED, |json| Value::from(Serde(json))))
            .clone()
    }
}

/// Every template in use.
pub(crate) struct Templates {
    environment: Environment<'static>,
    clock: moments::Clock,
    known: HashMap<Arc<str>, Template>,
    named: u64,
    /// Unused templates are looked for when this many are known.
    sweep_at: usize,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

impl Templates {
    /// With the time zone that times are shown in; UTC when there is no zone of that name.
    pub(crate) fn new(time_zone: &str) -> Self {
        let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let clock = moments::Clock::new(zone);
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(100);
        environment.set_formatter(|out, _, value| {
            let mut text = String::new();
            python::write_str(&mut text, value);
            if text.len() > MAX_OUTPUT {
                let reason = format!("the template makes more than {MAX_OUTPUT} bytes");
                return Err(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, reason));
            }
            out.write_str(&text).map_err(minijinja::Error::from)
        });
        numbers::register(&mut environment);
        words::register(&mut environment);
        methods::register(&mut environment);
        moments::register(&mut environment, &clock);
        delta::register(&mut environment, &clock);
        bounded::register(&mut environment);
        ration::register(&mut environment);
        Self { environment, clock, known: HashMap::new(), named: 0, sweep_at: 1024 }
    }

    /// Tells what time it is, for templates that ask.
    pub(crate) fn set_now(&self, now: crate::model::Timestamp) {
        self.clock.set(now);
    }

    /// Compiles a source, or finds it among those in use.
    pub(crate) fn compile(&mut self, source: &str) -> Result<Template, TemplateError> {
        if let Some(template) = self.known.get(source) {
            return Ok(template.clone());
        }
        if source.len() > MAX_SOURCE {
            return Err(TemplateError(format!("the template is longer than {MAX_SOURCE} bytes")));
        }
        let how = match path::read(source) {
            Some(steps) if steps.is_empty() => How::Payload,
            Some(steps) => How::Path(steps.into()),
            None => {
                guard::check(source).map_err(TemplateError)?;
                self.named += 1;
                let name = self.named.to_string();
                self.environment.add_template_owned(name.clone(), ration::guarded(source))?;
                How::Engine(name.into())
            }
        };
        let source: Arc<str> = Arc::from(source);
        let template = Template(Arc::new(Compiled { source: source.clone(), how }));
        self.known.insert(source, template.clone());
        if self.known.len() >= self.sweep_at {
            self.sweep();
        }
        Ok(template)
    }

    /// Lets go of templates that no entity uses any more.
    fn sweep(&mut self) {
        let environment = &mut self.environment;
        self.known.retain(|_, template| {
            let used = Arc::strong_count(&template.0) > 1;
            if !used && let How::Engine(name) = &template.0.how {
                environment.remove_template(name);
            }
            used
        });
        self.sweep_at = (self.known.len() * 2).max(1024);
    }

    /// What a value template makes of a message, trimmed as Home Assistant does.
    pub(crate) fn read(&self, template: &Template, payload: &Payload<'_>) -> Result<String, TemplateError> {
        match &template.0.how {
            How::Payload => match payload.text() {
                Some(text) => Ok(text.trim().to_owned()),
                None => Err(TemplateError("the message is no UTF-8".to_owned())),
            },
            How::Path(steps) => path::follow(steps, payload.json()).map_err(TemplateError),
            How::Engine(name) => {
                if payload.bytes.len() > MAX_INPUT {
                    return Err(TemplateError(format!("the message is longer than {MAX_INPUT} bytes")));
                }
                let value = match payload.text() {
                    Some(text) if !payload.raw => Value::from(text),
                    _ if payload.raw => Value::from_bytes(payload.bytes.to_vec()),
                    _ => return Err(TemplateError("the message is no UTF-8".to_owned())),
                };
                let variables = [("value", value), ("value_json", payload.value())];
                self.run(name, Value::from_pairs(variables))
            }
        }
    }

    /// What a command template makes of its variables.
    pub(crate) fn write(
        &self,
        template: &Template,
        variables: &[(&str, Value)],
    ) -> Result<String, TemplateError> {
        match &template.0.how {
            How::Payload => {
                let mut text = String::new();
                if let Some((_, value)) = variables.iter().find(|(name, _)| *name == "value") {
                    python::write_str(&mut text, value);
                }
                Ok(text)
            }
            How::Path(_) => Err(TemplateError("a command has no value_json".to_owned())),
            How::Engine(name) => self.run(name, Value::from_pairs(variables.iter().cloned())),
        }
    }

    fn run(&self, name: &str, variables: Value) -> Result<String, TemplateError> {
        ration::refill();
        let mut out = Bounded(Vec::new());
        self.environment.get_template(name)?.render_captured_to(variables, &mut out)?;
        let text = String::from_utf8(out.0).map_err(|error| TemplateError(error.to_string()))?;
        Ok(text.trim().to_owned())
    }
}

/// What a value template makes of a message: for trying a template out, and for fuzzing.
///
/// # Errors
/// When the template does not compile, is refused, or fails on this message.
pub fn render(source: &str, payload: &[u8]) -> Result<String, TemplateError> {
    let mut templates = Templates::new("UTC");
    let template = templates.compile(source)?;
    templates.read(&template, &Payload::new(payload))
}

/// Refuses to grow beyond what a template may make.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other(format!("the template makes more than {MAX_OUTPUT} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
