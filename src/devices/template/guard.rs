//! Refuses templates whose values could grow without bound, before they run.
//!
//! The engine's fuel limits how many instructions run, but one instruction may double a text, and forty
//! doublings fill any memory. So the assignments of a template are followed beforehand: each variable has
//! a weight, the number of inputs that it may hold at once, and a weight beyond reason is refused. What is
//! in a loop is followed for many rounds, which a steady growth survives and a doubling does not. Macros,
//! captured blocks and recursive loops, which no device sends, are refused as they are.

use std::collections::HashMap;

/// Inputs that one variable may hold at once.
const MAX_WEIGHT: u64 = 20_000;
/// Rounds for which a loop is followed.
const ROUNDS: usize = 40;
/// Multiplications in one template: each may repeat a text up to the engine's own bound of 100 MB.
const MAX_REPEATS: usize = 16;
/// Parts of a template that are followed.
const MAX_TAGS: usize = 2_000;

/// Checks a template.
pub(super) fn check(source: &str) -> Result<(), String> {
    let mut tags = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let after = rest.get(start + 2..).unwrap_or_default();
        let Some(end) = close(after) else { break };
        tags.push(
            after.get(..end).unwrap_or_default().trim_matches(['-', '+', ' ', '\n', '\t', '\r']).to_owned(),
        );
        rest = after.get(end..).unwrap_or_default();
        if tags.len() > MAX_TAGS {
            return Err(format!("the template has more than {MAX_TAGS} tags"));
        }
    }
    if repeats(source) > MAX_REPEATS {
        return Err(format!("the template multiplies more than {MAX_REPEATS} times"));
    }
    let statements = tags.iter().map(|tag| statement(tag)).collect::<Result<Vec<_>, _>>()?;
    let mut weights = HashMap::new();
    follow(&statements, &mut weights)
}

/// How often something is multiplied; powers are about numbers only.
fn repeats(source: &str) -> usize {
    source.replace("**", "").matches('*').count()
}

/// Where a tag ends: at the first `%}` that is not in a text.
fn close(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(mark) if c == mark && !escaped => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if text.get(at..).is_some_and(|from| from.starts_with("%}")) => return Some(at),
            None => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

enum Statement {
    /// The names are given a value made of the other names.
    Set(Vec<String>, Vec<String>),
    For(Vec<String>, Vec<String>),
    EndFor,
    Other,
}

fn statement(tag: &str) -> Result<Statement, String> {
    let (word, rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    match word {
        "set" | "with" => match rest.split_once('=') {
            Some((_, value)) if value.contains('~') && repeats(value) > 0 => {
                Err("a text may not be repeated and kept in a device's template".to_owned())
            }
            Some((names, value)) => Ok(Statement::Set(identifiers(names), identifiers(value))),
            None if word == "with" => Ok(Statement::Other),
            None => Err("captured blocks are not allowed in a device's template".to_owned()),
        },
        "for" => {
            let names = identifiers(rest);
            if names.iter().any(|name| name == "recursive") {
                return Err("recursive loops are not allowed in a device's template".to_owned());
            }
            let (items, list) = rest.split_once(" in ").unwrap_or((rest, ""));
            Ok(Statement::For(identifiers(items), identifiers(list)))
        }
        "endfor" => Ok(Statement::EndFor),
        "macro" | "call" | "filter" | "block" | "include" | "import" | "extends" | "from" => {
            Err(format!("{word} is not allowed in a device's template"))
        }
        _ => Ok(Statement::Other),
    }
}

/// The names in an expression, with their attributes; texts do not count.
fn identifiers(expression: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut quote = None;
    for c in expression.chars().chain([' ']) {
        match quote {
            Some(mark) if c == mark => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c.is_alphanumeric() || c == '_' || (c == '.' && !name.is_empty()) => name.push(c),
            None if !name.is_empty() => {
                let whole = std::mem::take(&mut name);
                if !whole.starts_with(|c: char| c.is_ascii_digit()) {
                    names.push(whole);
                }
            }
            None => {}
        }
    }
    names
}

/// How much a list of names may hold: whatever was never assigned is one input.
fn weigh(names: &[String], weights: &HashMap<String, u64>) -> u64 {
    let one = |name: &String| {
        // An attribute of a variable weighs what the variable or the attribute was given, whichever is known.
        let mut path = name.as_str();
        loop {
            if let Some(weight) = weights.get(path) {
                return *weight;
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => return 1,
            }
        }
    };
    names.iter().fold(1, |sum: u64, name| sum.saturating_add(one(name)))
}

fn follow(statements: &[Statement], weights: &mut HashMap<String, u64>) -> Result<(), String> {
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, statement) in statements.iter().enumerate() {
        match statement {
            Statement::For(..) => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            Statement::EndFor => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let body = statements.get(start..at).unwrap_or_default();
                    for _ in 0..ROUNDS {
                        body.iter().try_for_each(|statement| assign(statement, weights))?;
                    }
                }
            }
            Statement::Set(..) if depth == 0 => assign(statement, weights)?,
            _ => {}
        }
    }
    Ok(())
}

fn assign(statement: &Statement, weights: &mut HashMap<String, u64>) -> Result<(), String> {
    let (Statement::Set(names, value) | Statement::For(names, value)) = statement else { return Ok(()) };
    let weight = weigh(value, weights);
    if weight > MAX_WEIGHT {
        let name = names.first().map_or("a variable", String::as_str);
        return Err(format!("{name} could grow without bound"));
    }
    for name in names {
        weights.insert(name.clone(), weight);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubling_is_refused_and_steady_growth_is_not() {
        for bad in [
            "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
            "{% for i in range(60) %}{% set b = a ~ a %}{% set a = b %}{% endfor %}",
            &(0..40).fold("{% set a = value %}".to_owned(), |all, _| all + "{% set a = a ~ a %}"),
            "{% set l = [] %}{% for i in range(60) %}{% set l = [l, l] %}{% endfor %}{{ l }}",
            "{% macro m(x) %}{{ m(x ~ x) }}{% endmacro %}{{ m('a') }}",
            "{% set x %}{{ value }}{% endset %}",
            "{% for x in value recursive %}{{ loop(x) }}{% endfor %}",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in [
            "{{ value_json.a }}",
            "{% set a = value_json.a + value_json.b %}{% set c = a ~ ',' ~ a %}{{ c }}",
            "{% set n = namespace(x='') %}{% for i in range(9) %}{% set n.x = n.x ~ i %}{% endfor %}{{ n.x }}",
            "{% set n = namespace(s=0, k=2) %}{% for i in l %}{% set n.s = n.s + i * n.k %}{% endfor %}",
            "{% set m = {'a': '%}'} %}{{ m['a'] }}",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }
}
