//! Templates that only read one value of a JSON message, without the engine.

use serde_json::Value;

use super::python;

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(Box<str>),
    Index(usize),
}

/// Recognises `{{ value }}` (no steps) and `{{ value_json.a['b'][0] }}`; nothing for other templates.
pub(super) fn read(source: &str) -> Option<Vec<Step>> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    if inner == "value" {
        return Some(Vec::new());
    }
    let mut rest = inner.strip_prefix("value_json")?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(after) = rest.strip_prefix('.') {
            attribute(after)?
        } else {
            subscript(rest.strip_prefix('[')?)?
        };
        steps.push(step);
        rest = after;
    }
    (!steps.is_empty()).then_some(steps)
}

fn attribute(text: &str) -> Option<(Step, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    // A method call or an index written with a dot is the engine's business.
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !after.starts_with('(');
    plain.then(|| (Step::Key(name.into()), after))
}

fn subscript(text: &str) -> Option<(Step, &str)> {
    let (inner, after) = match text.chars().next()? {
        quote @ ('"' | '\'') => {
            let (key, rest) = text.get(1..)?.split_once(quote)?;
            return if key.contains('\\') {
                None
            } else {
                Some((Step::Key(key.into()), rest.trim_start().strip_prefix(']')?))
            };
        }
        _ => text.split_once(']')?,
    };
    Some((Step::Index(inner.trim().parse().ok()?), after))
}

/// Follows the steps as Jinja does: a missing last value is empty, a missing one before it an error.
pub(super) fn follow(steps: &[Step], json: Option<&Value>) -> Result<String, String> {
    let mut here = json.ok_or_else(|| "the message is no JSON, so value_json is undefined".to_owned())?;
    let mut left = steps.iter();
    for step in left.by_ref() {
        let next = match step {
            Step::Key(key) => here.get(key.as_ref()),
            Step::Index(index) => here.get(index),
        };
        match next {
            Some(value) => here = value,
            None if left.len() == 0 => return Ok(String::new()),
            None => return Err(format!("value_json has no {step:?}")),
        }
    }
    Ok(python::json_text(here))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_recognised() {
        let key = |text: &str| Step::Key(text.into());
        assert_eq!(read("{{ value }}"), Some(vec![]));
        assert_eq!(read("{{value_json.state}}"), Some(vec![key("state")]));
        assert_eq!(read("{{ value_json[\"a b\"].c['d'][3] }}").unwrap().len(), 4);
        assert_eq!(read("{{ value_json.x | int }}"), None);
        assert_eq!(read("{{ value_json.items() }}"), None);
        assert_eq!(read("{{ value_json }}"), None);
        assert_eq!(read("{{ value_json['a'] }}{{ 1 }}"), None);
    }

    #[test]
    fn a_missing_end_is_empty_and_a_missing_middle_an_error() {
        let json = serde_json::json!({"a": {"b": true}, "n": null, "f": 21.0});
        let run = |source: &str| follow(&read(source).unwrap(), Some(&json));
        assert_eq!(run("{{ value_json.a.b }}").unwrap(), "True");
        assert_eq!(run("{{ value_json.a.c }}").unwrap(), "");
        assert_eq!(run("{{ value_json.n }}").unwrap(), "None");
        assert_eq!(run("{{ value_json.f }}").unwrap(), "21.0");
        assert!(run("{{ value_json.c.b }}").is_err());
    }
}
