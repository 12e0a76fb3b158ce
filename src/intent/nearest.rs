//! What could have been said instead, when nothing fits.

use std::collections::HashSet;

use super::fragments::Found;
use super::grammar::{Grammar, HomeList, List, Node, NodeId};
use super::names::{HomeNames, met};
use super::text::fold;
use crate::model::{Domain, Intent, SlotValue};

/// How many templates are spelt out and compared with what was said.
const CANDIDATES: usize = 24;
/// How many sentences are offered.
pub(super) const OFFERED: usize = 3;
/// How many names are compared.
const MAX_NAMES: usize = 2_000;
/// Less alike than this helps nobody.
const LIKENESS: f64 = 0.35;
/// Of a thousand pairs of characters in a name, those that must have been said for it to be offered.
const ALIKE: usize = 300;
/// Longer sentences than this are no slip of the tongue.
const MAX_SAID: usize = 120;
/// Steps for one sentence; the templates hold far fewer.
const STEPS: usize = 400;

/// The sentences closest to what was said, the closest first. Whether they are understood is not looked at.
pub(super) fn nearest(
    grammar: &Grammar,
    names: &HomeNames,
    said: &[char],
    found: &Found,
    context: &[(Box<str>, SlotValue)],
) -> Vec<String> {
    if said.len() > MAX_SAID {
        return Vec::new();
    }
    let said: Vec<char> = said.iter().copied().map(fold).collect();
    let closest = HomeList::ALL.map(|list| closest(names, list, &said));
    let said: String = said.into_iter().collect();
    let mut ranked = Vec::new();
    for template in &grammar.templates {
        let (held, asked) = grammar.fragments.score(template.clauses, found);
        let block = grammar.blocks.get(template.block as usize).filter(|_| held > 0);
        if block.is_some_and(|block| met(&block.requires, &block.excludes, context).is_some()) {
            ranked.push((held * 16 / asked.max(1), held, template.node));
        }
    }
    // What is mostly there first; among those, what says most.
    ranked.sort_by_key(|(share, held, _)| std::cmp::Reverse((*share, *held)));
    let mut offered: Vec<(f64, String)> = Vec::new();
    for (_, _, node) in ranked.into_iter().take(CANDIDATES) {
        let digits = said.split(|c: char| !c.is_ascii_digit());
        let numbers = digits.filter_map(|digits| digits.parse().ok()).collect();
        let mut speller =
            Speller { grammar, closest, said: &said, numbers, out: String::new(), steps: STEPS };
        if !speller.spell(node) {
            continue;
        }
        let spelt = speller.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(sentence) = with_free_text(&spelt, &said, grammar.ignore_whitespace) else { continue };
        let likeness = strsim::normalized_levenshtein(&said, &sentence.chars().map(fold).collect::<String>());
        if likeness >= LIKENESS && !offered.iter().any(|(_, known)| *known == sentence) {
            offered.push((likeness, sentence));
        }
    }
    offered.sort_by(|a, b| b.0.total_cmp(&a.0));
    offered.into_iter().map(|(_, sentence)| sentence).collect()
}

/// Stands for the text that a wildcard takes until it is known.
const FREE: char = '…';

/// The sentence with what was said besides its own words in place of the wildcard; `None` where there are
/// several, or nothing was said besides.
fn with_free_text(spelt: &str, said: &str, glued: bool) -> Option<String> {
    if !spelt.contains(FREE) {
        return Some(spelt.to_owned());
    }
    if spelt.matches(FREE).count() > 1 {
        return None;
    }
    let lower: String = spelt.chars().map(fold).collect();
    let units = |text: &str| -> Vec<String> {
        match glued {
            true => text.chars().map(String::from).collect(),
            false => text.split_whitespace().map(str::to_owned).collect(),
        }
    };
    let own: HashSet<String> = units(&lower).into_iter().collect();
    let all = units(said);
    // The longest run of words that are not the template's.
    let mut runs: Vec<&[String]> = all.split(|unit| own.contains(unit)).collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
    let run = runs.first().filter(|run| !run.is_empty())?;
    Some(spelt.replace(FREE, &run.join(if glued { "" } else { " " })))
}

/// Whether the home has what the wish is about. Names, areas and floors of an offer are the home's anyway.
pub(super) fn is_about_what_there_is(names: &HomeNames, intent: &Intent) -> bool {
    let texts = |slot: &str| -> Vec<&str> {
        match intent.slots.get(slot) {
            Some(SlotValue::Text(text)) => vec![text],
            Some(SlotValue::Many(many)) => many.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    };
    let mut domains: Vec<Domain> = texts("domain").iter().filter_map(|text| text.parse().ok()).collect();
    if domains.is_empty() && !intent.slots.contains_key("name") {
        domains.extend(domain_of(&intent.name));
    }
    // Where a vacuum cleans is not where it stands.
    let area = texts("area").first().copied().filter(|_| intent.name != "HassVacuumCleanArea");
    domains.is_empty() || names.has(&domains, texts("device_class").first().copied(), area)
}

/// What an intent is about when its slots do not say.
fn domain_of(intent: &str) -> Option<Domain> {
    let rest = intent.strip_prefix("Hass")?;
    let domains = [
        ("Vacuum", Domain::Vacuum),
        ("LawnMower", Domain::LawnMower),
        ("Media", Domain::MediaPlayer),
        ("SetVolume", Domain::MediaPlayer),
        ("Climate", Domain::Climate),
        ("GetWeather", Domain::Weather),
        ("FanSetSpeed", Domain::Fan),
        ("LightSet", Domain::Light),
    ];
    domains.iter().find(|(start, _)| rest.starts_with(start)).map(|(_, domain)| *domain)
}

/// Spells out one sentence of a template, keeping close to what was said.
struct Speller<'a> {
    grammar: &'a Grammar,
    /// For each list of the home the name to use.
    closest: [Option<&'a str>; 3],
    said: &'a str,
    /// Numbers that were said and not spelt out yet.
    numbers: Vec<f64>,
    out: String,
    steps: usize,
}

impl Speller<'_> {
    /// False when the template cannot be said in this home.
    fn spell(&mut self, node: NodeId) -> bool {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return false;
        }
        let grammar = self.grammar;
        match grammar.node(node) {
            Node::Empty => true,
            Node::Never => false,
            Node::Text(chunk) => {
                self.out.extend(grammar.chunk(chunk).0);
                true
            }
            Node::Sequence(kids) | Node::Permutation(kids) => {
                grammar.kids(kids).iter().all(|kid| self.spell(*kid))
            }
            Node::Alternative(kids) => {
                let kids = grammar.kids(kids);
                let said = kids.iter().find(|kid| self.is_said(**kid));
                let shortest = kids.iter().find(|kid| grammar.node(**kid) == Node::Empty);
                match said.or(shortest) {
                    Some(kid) => self.spell(*kid),
                    None => kids.iter().any(|kid| self.spell_or_nothing(*kid)),
                }
            }
            Node::List(used) => self.spell_list(used),
        }
    }

    /// As [`Speller::spell`], but leaves no half of a sentence behind.
    fn spell_or_nothing(&mut self, node: NodeId) -> bool {
        let (kept, numbers) = (self.out.len(), self.numbers.clone());
        let spelt = self.spell(node);
        if !spelt {
            self.out.truncate(kept);
            self.numbers = numbers;
        }
        spelt
    }

    /// Whether the words of a literal branch were said.
    fn is_said(&mut self, node: NodeId) -> bool {
        if !self.grammar.is_literal(node) || self.grammar.node(node) == Node::Empty {
            return false;
        }
        let kept = self.out.len();
        let spelt = self.spell(node);
        let part = self.out.get(kept..).unwrap_or_default().trim().to_owned();
        self.out.truncate(kept);
        spelt && !part.is_empty() && self.said.contains(&part)
    }

    fn spell_list(&mut self, used: u32) -> bool {
        let grammar = self.grammar;
        let Some(list) = grammar.list_use(used).and_then(|used| grammar.list(used.list)) else {
            return false;
        };
        match list {
            List::Home(home) => match self.closest.get(*home as usize).copied().flatten() {
                Some(name) => {
                    self.out.push_str(name);
                    true
                }
                None => false,
            },
            List::Wildcard => {
                self.out.push(FREE);
                true
            }
            List::Range(range) => {
                let fits = |number: &f64| range.contains(*number);
                let said = self.numbers.iter().position(fits).map(|index| self.numbers.remove(index));
                said.inspect(|number| self.out.push_str(&number.to_string())).is_some()
            }
            List::Values(values) => {
                let said = values.iter().find(|value| self.is_said(value.said));
                said.is_some_and(|value| self.spell(value.said))
            }
        }
    }
}

/// The home's name that has most in common with what was said, by pairs of characters.
fn closest<'n>(names: &'n HomeNames, list: HomeList, said: &[char]) -> Option<&'n str> {
    let pairs = |chars: &[char]| chars.windows(2).map(<[char]>::to_vec).collect::<HashSet<_>>();
    let said = pairs(said);
    let likeness = |name: &str| {
        let folded: Vec<char> = name.chars().map(fold).collect();
        let own = folded.windows(2).count();
        let shared = folded.windows(2).filter(|pair| said.contains(*pair)).count();
        // Of two names that are said in full, the longer one is meant.
        (shared * 1_000 / own.max(1), shared)
    };
    let named = names.all(list).iter().take(MAX_NAMES).map(|name| (likeness(&name.text), &*name.text));
    named
        .filter(|((share, _), _)| *share >= ALIKE)
        .max_by_key(|(likeness, _)| *likeness)
        .map(|(_, name)| name)
}
