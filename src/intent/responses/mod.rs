//! The words of a reply: response templates of the language, and what honesty adds to them.

mod objects;
mod python;
mod source;
mod states;
#[cfg(test)]
mod tests;
pub mod texts;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use minijinja::value::Serde;
use minijinja::{Environment, Value};

use crate::model::{Recognition, SlotValue};

use super::facts::{Facts, Failure, Shown, SlotWords};
use super::language::Language;
use objects::{Date, StateObject, Time, state_attr, timer_value};

/// Work that one template may do. The longest of all languages needs about a hundredth of it.
const FUEL: u64 = 50_000;

/// Every template that was needed so far, compiled. Templates come with the program, so there are only as
/// many as the languages in use have.
static TEMPLATES: LazyLock<RwLock<Environment<'static>>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    // Home Assistant renders what is missing as nothing; a reply with a gap beats no reply.
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    python::install(&mut environment);
    RwLock::new(environment)
});

/// The words of the reply.
#[must_use]
pub fn render(language: &Language, recognition: &Recognition, facts: &Facts) -> String {
    if let Some(failure) = &facts.failure {
        return failure_text(language, failure);
    }
    let notes = texts::notes(language.tag(), &facts.notes);
    if !facts.done {
        return notes;
    }
    let said = response_text(language, recognition, facts);
    match (facts.words, said.is_empty(), notes.is_empty()) {
        (SlotWords::Spoken, true, true) if wants_words(recognition) => texts::done(language.tag()),
        (_, _, true) => said,
        (_, true, false) => notes,
        (_, false, false) => texts::join(language.tag(), &said, &notes),
    }
}

/// Silence is an answer only to "never mind".
fn wants_words(recognition: &Recognition) -> bool {
    recognition.intent.name != "HassNevermind"
}

fn response_text(language: &Language, recognition: &Recognition, facts: &Facts) -> String {
    let (intent, key) = (recognition.intent.name.as_str(), recognition.response.as_str());
    if facts.words == SlotWords::Spoken
        && intent == "HassRespond"
        && let Some(own) = texts::about_itself(language.tag(), key)
    {
        return own.to_owned();
    }
    let Some(source) = language.response(intent, key) else {
        return String::new();
    };
    let name = format!("{}/{intent}/{key}", language.tag());
    run(&name, source, context(language, source, recognition, facts)).unwrap_or_default()
}

/// The error text: the language's own for Home Assistant's keys, the hub's for the others.
fn failure_text(language: &Language, failure: &Failure) -> String {
    let tag = language.tag();
    if !failure.candidates.is_empty() {
        return texts::which_one(tag, &failure.candidates).unwrap_or_else(|| {
            let told = error_text(language, "duplicate_entities", &failure.values);
            texts::list_candidates(&told, &failure.candidates)
        });
    }
    let values = failure.values.iter().map(|(name, value)| (*name, texts::shown_value(tag, name, value)));
    let values: BTreeMap<_, _> = values.collect();
    let own = texts::failure(tag, failure.key, &values);
    own.unwrap_or_else(|| error_text(language, failure.key, &values))
}

fn error_text(language: &Language, key: &str, values: &BTreeMap<&'static str, String>) -> String {
    let source = language.error(key).or_else(|| language.error("handle_error")).unwrap_or_default();
    let name = format!("{}/errors/{key}", language.tag());
    run(&name, source, Value::from(Serde(values))).unwrap_or_default()
}

/// Renders a template and makes one line of it.
fn run(name: &str, source: &str, context: Value) -> Result<String, minijinja::Error> {
    let cached = {
        let environment = TEMPLATES.read().unwrap_or_else(PoisonError::into_inner);
        // A template that is there is compiled; rendering holds only the read lock.
        environment.get_template(name).ok().map(|template| template.render(context.clone()))
    };
    let text = match cached {
        Some(rendered) => rendered?,
        None => {
            let mut environment = TEMPLATES.write().unwrap_or_else(PoisonError::into_inner);
            environment.add_template_owned(name.to_owned(), source::to_minijinja(source))?;
            environment.get_template(name)?.render(context)?
        }
    };
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn context(language: &Language, source: &str, recognition: &Recognition, facts: &Facts) -> Value {
    let state = |shown: &Shown| {
        // A template that compares with the state itself (`== "not_home"`) has to get it.
        let raw = [format!("'{}'", shown.state), format!("\"{}\"", shown.state)];
        let worded = facts.words == SlotWords::Spoken && !raw.iter().any(|raw| source.contains(raw));
        Arc::new(StateObject::new(shown, worded.then_some(language)))
    };
    let matched: Vec<_> = facts.matched.iter().map(state).collect();
    let unmatched: Vec<_> = facts.unmatched.iter().map(state).collect();
    let first = matched.first().or_else(|| unmatched.first()).cloned().map(Value::from_dyn_object);
    let total = matched.len() + unmatched.len();
    let attributes = matched.iter().map(|state| (state.entity_id(), state.attributes())).collect();
    let list =
        |states: Vec<Arc<StateObject>>| -> Value { states.into_iter().map(Value::from_dyn_object).collect() };
    minijinja::context! {
        slots => slots(recognition, facts),
        state => first.unwrap_or_else(|| Value::from(())),
        query => minijinja::context! {
            matched => list(matched),
            unmatched => list(unmatched),
            total_results => total,
        },
        state_attr => state_attr(attributes),
        context => Value::from(Serde(&recognition.context)),
    }
}

fn slots(recognition: &Recognition, facts: &Facts) -> Value {
    let mut slots: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, value) in &recognition.intent.slots {
        let spoken = recognition.spoken.get(name).map(String::as_str);
        slots.insert(name, shown_slot(name, value, spoken, facts.words));
    }
    for (name, value) in &facts.slots {
        slots.insert(name, Value::from(Serde(value)));
    }
    slots.insert("timers", facts.timers.iter().map(timer_value).collect());
    slots.insert("canceled", Value::from(facts.canceled));
    if let Some(now) = facts.now {
        slots.insert("date", Value::from_object(Date(now.date())));
        slots.insert("time", Value::from_object(Time(now.time())));
    }
    if let Some(media) = &facts.media {
        slots.insert("media", minijinja::context! { title => media });
    }
    Value::from_pairs(slots)
}

/// Numbers are repeated as they were said ("one hour"); names as the owner wrote them.
fn shown_slot(name: &str, value: &SlotValue, spoken: Option<&str>, words: SlotWords) -> Value {
    let spoken = spoken.map(str::trim).filter(|text| !text.is_empty());
    let is_name = matches!(name, "name" | "area" | "floor" | "item");
    match (value, words, spoken) {
        (SlotValue::Int(_) | SlotValue::Float(_), _, Some(spoken)) => Value::from(spoken),
        (_, SlotWords::Spoken, Some(spoken)) if !is_name => Value::from(spoken),
        _ => Value::from(Serde(value)),
    }
}
