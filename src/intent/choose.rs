//! The answer to "which one": narrows a wish that could mean several entities to one of them.

use crate::model::{HomeView, Names, Recognition, SlotValue};

use super::resolver::{Candidate, fold};

/// The wish with the entity that the answer means; `None` when the answer means none or several of the
/// candidates, and so is perhaps no answer but a new sentence.
#[must_use]
pub fn choose(
    view: &HomeView<'_>,
    recognition: &Recognition,
    candidates: &[Candidate],
    answer: &str,
) -> Option<Recognition> {
    let answer = fold(answer.trim_end_matches(|c: char| c.is_ascii_punctuation() || "。！？".contains(c)));
    let chosen = by_number(&answer, candidates).or_else(|| by_words(view, &answer, candidates))?;
    let mut narrowed = recognition.clone();
    // An entity's id is as good as its name, and there is only one of it.
    let id = SlotValue::Text(chosen.entity.as_str().to_owned());
    narrowed.intent.slots.insert("name".to_owned(), id);
    narrowed.intent.slots.remove("area");
    narrowed.intent.slots.remove("floor");
    Some(narrowed)
}

/// "The second", "2" or "第二个".
fn by_number<'a>(answer: &str, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    const ORDINALS: &[&[&str]] = &[
        &["1", "one", "first", "the first", "the first one", "一", "第一", "第一个"],
        &["2", "two", "second", "the second", "the second one", "二", "第二", "第二个"],
        &["3", "three", "third", "the third", "the third one", "三", "第三", "第三个"],
        &["4", "four", "fourth", "the fourth", "the fourth one", "四", "第四", "第四个"],
    ];
    if matches!(answer, "last" | "the last" | "the last one" | "最后" | "最后一个") {
        return candidates.last();
    }
    candidates.get(ORDINALS.iter().position(|words| words.contains(&answer))?)
}

/// The one candidate whose area or own name is in the answer. Names count only where they differ.
fn by_words<'a>(view: &HomeView<'_>, answer: &str, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    let says = |names: &Names| {
        let others = names.by_language.values().flatten();
        let mut all = std::iter::once(&names.name).chain(&names.aliases).chain(others).map(|name| fold(name));
        all.any(|name| !name.is_empty() && has_words(answer, &name))
    };
    let area_said = |candidate: &&Candidate| {
        let entity = view.entities.get(&candidate.entity);
        entity.and_then(|entity| view.area_of(entity)).is_some_and(|area| says(&area.names))
    };
    let name_said = |candidate: &&Candidate| {
        view.entities.get(&candidate.entity).is_some_and(|entity| says(&entity.names))
    };
    only(candidates.iter().filter(area_said)).or_else(|| only(candidates.iter().filter(name_said)))
}

fn only<'a>(mut found: impl Iterator<Item = &'a Candidate>) -> Option<&'a Candidate> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Whether the text holds the name as whole words; languages without spaces need no word ends.
fn has_words(text: &str, name: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    let inner = |c: Option<char>| c.is_some_and(|c| !c.is_ascii_alphanumeric());
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        let edge = |own: Option<char>, next: Option<char>| inner(own) || ends(next);
        edge(name.chars().next(), before) && edge(name.chars().next_back(), after)
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_home::{TestHome, recognized};
    use super::*;

    #[test]
    fn an_answer_narrows_the_wish() {
        let mut home = TestHome::new();
        home.area("kitchen", "Kitchen", None).area("bedroom", "Bedroom", None);
        home.areas_mut("kitchen").names.by_language.insert("zh-CN".into(), vec!["厨房".into()]);
        home.entity("light.a", "Lamp", Some("kitchen")).entity("light.b", "Lamp", Some("bedroom"));
        let wish = recognized("HassTurnOn", &[("name", "Lamp")]);
        let candidate = |id: &str| Candidate {
            entity: crate::model::EntityId::new(id).unwrap(),
            name: "Lamp".to_owned(),
            area: None,
        };
        let candidates = [candidate("light.a"), candidate("light.b")];
        let chosen = |answer: &str| {
            let narrowed = choose(&home.view(), &wish, &candidates, answer)?;
            narrowed.intent.slots["name"].as_text().map(str::to_owned)
        };
        assert_eq!(chosen("Bedroom.").as_deref(), Some("light.b"));
        assert_eq!(chosen("the one in the kitchen").as_deref(), Some("light.a"));
        assert_eq!(chosen("厨房的").as_deref(), Some("light.a"));
        assert_eq!(chosen("the second").as_deref(), Some("light.b"));
        assert_eq!(chosen("最后一个").as_deref(), Some("light.b"));
        assert_eq!(chosen("lamp"), None);
        assert_eq!(chosen("kitchenette"), None);
        assert_eq!(chosen("what time is it"), None);
    }
}
