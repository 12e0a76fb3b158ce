//! Recognising a sentence: which template fits best, and what stands in its slots.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::engine::{Engine, Entry, State, Taken};
use super::fragments::Found;
use super::grammar::{Block, Form, Grammar, List, Template, Value, Wanted};
use super::language::Language;
use super::names::{HomeNames, met};
use super::nearest;
use super::skip::{self, Where};
use super::text::{self, Text, fold};
use crate::model::{AreaId, HomeView, Intent, Recognition, SlotValue};

/// Longest sentence in characters that is looked at.
pub const MAX_CHARS: usize = 400;

/// Work that one sentence may cost, in steps of the matcher. Ordinary sentences need some hundreds.
pub(super) const BUDGET: usize = 60_000;

/// No template fits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NoMatch {
    /// Sentences that would have been understood and are closest to what was said, the closest first.
    pub nearest: Vec<String>,
    /// Set when the sentence was not looked at because it is longer than [`MAX_CHARS`].
    pub too_long: bool,
}

impl fmt::Display for NoMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.too_long {
            return write!(f, "the sentence is longer than {MAX_CHARS} characters");
        }
        f.write_str("no sentence template fits")?;
        match self.nearest.first() {
            Some(nearest) => write!(f, "; the nearest would be {nearest:?}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NoMatch {}

/// Matches sentences of one language with the names of one home. Shared among threads.
#[derive(Debug)]
pub struct Matcher {
    language: Arc<Language>,
    names: HomeNames,
    /// How each area is called in the language.
    areas: BTreeMap<AreaId, Box<str>>,
}

/// A way in which a template takes the sentence.
#[derive(Debug, Clone, Copy)]
struct Candidate<'g> {
    state: State,
    block: usize,
    template: &'g Template,
    /// Which reading of the sentence it takes, and which form of that.
    reading: usize,
    form: usize,
}

impl Candidate<'_> {
    fn score(&self) -> u64 {
        self.state.score.key()
    }
}

/// Whose templates are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Package,
    Own,
    All,
}

/// The forms of a sentence, made when a template asks for one.
struct Forms<'m> {
    matcher: &'m Matcher,
    whole: Vec<char>,
    without: Vec<char>,
    /// With all skip words, without any, without those at the start, without those at the end, untouched.
    engines: [Option<Engine<'m>>; 5],
    /// Whether there are skip words in the sentence at all.
    skipped: bool,
}

const WHOLE: usize = 0;
const WITHOUT: usize = 1;
const START: usize = 2;
const END: usize = 3;
const UNTOUCHED: usize = 4;

impl<'m> Forms<'m> {
    fn new(matcher: &'m Matcher, whole: Vec<char>) -> Self {
        let grammar = &matcher.language.grammar;
        let without = skip::without(&whole, &grammar.skip_words, grammar.ignore_whitespace, Where::Anywhere);
        let skipped = without != whole;
        Self { matcher, whole, without, engines: [None, None, None, None, None], skipped }
    }

    fn engine(&mut self, form: usize) -> Option<&mut Engine<'m>> {
        let grammar = &self.matcher.language.grammar;
        let (whole, without) = (&self.whole, &self.without);
        let trimmed = |place| skip::without(whole, &grammar.skip_words, grammar.ignore_whitespace, place);
        let make = || {
            let chars = match form {
                WITHOUT => without.clone(),
                START => trimmed(Where::Start),
                END => trimmed(Where::End),
                UNTOUCHED => return Engine::new(grammar, &self.matcher.names, Text::raw(whole.clone())),
                _ => whole.clone(),
            };
            Engine::new(grammar, &self.matcher.names, Text::new(chars, grammar.ignore_whitespace))
        };
        Some(self.engines.get_mut(form)?.get_or_insert_with(make))
    }

    /// The forms that a template is tried on, in order. What was said literally comes before what is left
    /// when skip words are taken out, since a skip word may be part of the template.
    fn of(&mut self, template: &Template) -> ([usize; 2], usize) {
        let form = match template.form {
            _ if !self.skipped && template.form != Form::WildcardOnly => return ([WHOLE, WHOLE], 1),
            Form::WildcardOnly => return ([UNTOUCHED, UNTOUCHED], 1),
            Form::Plain => return ([WHOLE, WITHOUT], 2),
            Form::WildcardFirst => END,
            Form::WildcardLast => START,
        };
        let chars = self.engine(form).map(|engine| engine.text.folded(false).to_vec());
        let same = chars.as_deref() == self.engine(WITHOUT).map(|engine| engine.text.folded(false));
        if same { ([WHOLE, WITHOUT], 2) } else { ([form, form], 1) }
    }

    /// Which literal fragments of templates the sentence holds, with or without its skip words.
    fn fragments(&self, grammar: &Grammar) -> Found {
        let fold_all = |chars: &[char]| chars.iter().copied().map(fold).collect::<Vec<char>>();
        let mut texts = vec![fold_all(&self.whole)];
        if self.skipped {
            texts.push(fold_all(&self.without));
        }
        if grammar.ignore_whitespace {
            let glued: Vec<_> = texts.iter().map(|text| text::remove_cjk_spaces(text)).collect();
            texts.extend(glued);
        }
        grammar.fragments.found(texts.iter().map(Vec::as_slice))
    }
}

impl Matcher {
    /// Takes the names of the home as they are now; make a new one when they change.
    #[must_use]
    pub fn new(language: Arc<Language>, home: &HomeView<'_>) -> Self {
        let names = HomeNames::new(&language.grammar, language.tag(), home);
        let shown = |area: &crate::model::Area| Box::from(area.names.shown(language.tag()));
        let areas = home.areas.iter().map(|(id, area)| (id.clone(), shown(area))).collect();
        Self { language, names, areas }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> &Arc<Language> {
        &self.language
    }

    /// Recognises a sentence; `area` is where the speaker is, for sentences that mean "here".
    ///
    /// # Errors
    /// [`NoMatch`] when no template fits, or the sentence is too long to be one.
    pub fn recognize(&self, text: &str, area: Option<&AreaId>) -> Result<Recognition, NoMatch> {
        let name = area.map(|area| self.areas.get(area).map_or(area.as_str(), |name| name));
        self.recognize_near(text, name)
    }

    /// As [`Matcher::recognize`], with the speaker's area by its name.
    ///
    /// # Errors
    /// As [`Matcher::recognize`].
    pub fn recognize_near(&self, text: &str, area: Option<&str>) -> Result<Recognition, NoMatch> {
        self.recognize_within(text, area, &mut { BUDGET })
    }

    /// As [`Matcher::recognize`], taking what the matching costs from a budget.
    pub(super) fn recognize_within(
        &self,
        text: &str,
        area: Option<&str>,
        budget: &mut usize,
    ) -> Result<Recognition, NoMatch> {
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(NoMatch { too_long: true, ..NoMatch::default() });
        }
        let context: Vec<(Box<str>, SlotValue)> =
            area.map(|area| ("area".into(), SlotValue::Text(area.to_owned()))).into_iter().collect();
        let whole = text::normalize_for_matching(text);
        if whole.is_empty() {
            return Err(NoMatch::default());
        }
        let mut readings = vec![Forms::new(self, whole)];
        match self.best(&mut readings, &context, budget) {
            Some(candidate) => Ok(self.recognition(&mut readings, &candidate, &context)),
            None => Err(NoMatch { nearest: self.nearest(&readings, &context), too_long: false }),
        }
    }

    /// The best match: the package's where it takes all words for what they are. Where it leaves some to a
    /// wildcard or fits nothing, templates of our own and the sentence without words of courtesy may be better.
    fn best<'m>(
        &'m self,
        readings: &mut Vec<Forms<'m>>,
        context: &[(Box<str>, SlotValue)],
        budget: &mut usize,
    ) -> Option<Candidate<'m>> {
        let grammar = &self.language.grammar;
        let whole = readings.first_mut()?;
        let found = whole.fragments(grammar);
        let mut search = Search { grammar, context, budget, reading: 0, best: None };
        search.run(whole, &found, Whose::Package);
        if search.best.is_some_and(|best| best.state.score.wildcards == 0) {
            return search.best;
        }
        search.run(whole, &found, Whose::Own);
        let bare = skip::without_courtesy(&whole.whole, &grammar.skip_ends, grammar.ignore_whitespace);
        if bare != whole.whole && !bare.is_empty() {
            let mut forms = Forms::new(self, bare);
            let found = forms.fragments(grammar);
            search.reading = 1;
            search.run(&mut forms, &found, Whose::All);
            let best = search.best;
            readings.push(forms);
            return best;
        }
        search.best
    }

    /// Sentences to offer instead: those that the matcher takes itself, and that are about what there is.
    fn nearest(&self, readings: &[Forms<'_>], context: &[(Box<str>, SlotValue)]) -> Vec<String> {
        let grammar = &self.language.grammar;
        let Some(forms) = readings.last() else { return Vec::new() };
        let found = forms.fragments(grammar);
        let offers = nearest::nearest(grammar, &self.names, &forms.without, &found, context);
        let mut budget = BUDGET;
        let taken = |sentence: &String| {
            let mut readings = vec![Forms::new(self, text::normalize_for_matching(sentence))];
            let best = self.best(&mut readings, context, &mut budget);
            best.is_some_and(|best| {
                let recognition = self.recognition(&mut readings, &best, context);
                nearest::is_about_what_there_is(&self.names, &recognition.intent)
            })
        };
        offers.into_iter().filter(taken).take(nearest::OFFERED).collect()
    }

    fn recognition(
        &self,
        readings: &mut [Forms<'_>],
        candidate: &Candidate<'_>,
        context: &[(Box<str>, SlotValue)],
    ) -> Recognition {
        let grammar = &self.language.grammar;
        let mut slots = BTreeMap::new();
        let mut spoken = BTreeMap::new();
        let mut brought: Vec<(Box<str>, SlotValue)> = context.to_vec();
        let forms = readings.get_mut(candidate.reading);
        if let Some(engine) = forms.and_then(|forms| forms.engine(candidate.form)) {
            for entry in entries(engine, &candidate.state) {
                let Some(used) = grammar.list_use(entry.list_use) else { continue };
                let slot = grammar.string(used.slot).to_owned();
                let said = engine.text.spoken(usize::from(entry.start), usize::from(entry.end), entry.broken);
                if let Taken::Value(index) = entry.taken
                    && let Some(value) = value_of(grammar, used.list, index)
                {
                    brought.extend(value.context.iter().cloned());
                }
                let value = slot_value(&self.names, grammar, &entry, &said);
                let clean: String = text::trim(&text::remove_punctuation(&said)).iter().collect();
                spoken.insert(slot.clone(), clean);
                slots.insert(slot, value);
            }
        }
        let block = grammar.blocks.get(candidate.block);
        let context = block.map(|block| fill_from_block(block, &mut slots, &brought)).unwrap_or_default();
        Recognition {
            intent: Intent {
                name: block.map_or_else(String::new, |block| grammar.intent(block).to_owned()),
                slots,
            },
            response: block.map_or_else(String::new, |block| block.response.to_string()),
            language: self.language.tag().to_owned(),
            template: grammar.source(candidate.template).to_owned(),
            spoken,
            context,
        }
    }
}

#[cfg(test)]
impl Matcher {
    /// Every literal word of the templates, and some names of the home.
    pub(super) fn vocabulary(&self) -> Vec<String> {
        let grammar = &self.language.grammar;
        let chunks =
            (0..u32::try_from(grammar.chunks.len()).unwrap_or(u32::MAX)).map(|id| grammar.chunk(id).0);
        let words = chunks.map(|chars| chars.iter().collect::<String>().trim().to_owned());
        let lists = super::grammar::HomeList::ALL.into_iter();
        let names =
            lists.flat_map(|list| self.names.all(list).iter().take(40)).map(|name| name.text.to_string());
        words.chain(names).chain(["5".to_owned(), "50".to_owned()]).filter(|word| !word.is_empty()).collect()
    }
}

/// Looking for the best match among templates: the longest name, then the fewest wildcards, then the most literal
/// text, then the least text in wildcards, then the intent's name, then the order of the templates.
struct Search<'g, 's> {
    grammar: &'g Grammar,
    context: &'s [(Box<str>, SlotValue)],
    budget: &'s mut usize,
    reading: usize,
    best: Option<Candidate<'g>>,
}

impl Search<'_, '_> {
    fn run(&mut self, forms: &mut Forms<'_>, found: &Found, whose: Whose) {
        let grammar = self.grammar;
        // What was found before stays unless something is better for what it says, not for its name.
        let before = self.best;
        for index in grammar.fragments.candidates(found) {
            let own = index as usize >= grammar.packaged;
            if own && whose == Whose::Package || !own && whose == Whose::Own {
                continue;
            }
            let Some(template) = grammar.templates.get(index as usize) else { continue };
            if !grammar.fragments.satisfied(template.clauses, found) {
                continue;
            }
            let index = template.block as usize;
            let block = grammar.blocks.get(index);
            let Some(met) = block.and_then(|block| met(&block.requires, &block.excludes, self.context))
            else {
                continue;
            };
            let (tried, count) = forms.of(template);
            for form in tried.into_iter().take(count) {
                let Some(engine) = forms.engine(form) else { continue };
                let kept = engine.history.len();
                let state = engine.best(template.node, index, met, self.budget);
                let reading = self.reading;
                let candidate = state.map(|state| Candidate { state, block: index, template, reading, form });
                match candidate.filter(|new| before.is_none_or(|before| new.score() > before.score())) {
                    Some(new) if better(grammar, &new, self.best.as_ref()) => self.best = Some(new),
                    _ => engine.history.truncate(kept),
                }
            }
        }
    }
}

fn better(grammar: &Grammar, new: &Candidate<'_>, old: Option<&Candidate<'_>>) -> bool {
    let Some(old) = old else { return true };
    let intent =
        |candidate: &Candidate<'_>| grammar.blocks.get(candidate.block).map(|block| grammar.intent(block));
    match new.score().cmp(&old.score()) {
        std::cmp::Ordering::Equal => intent(new) < intent(old),
        other => other.is_gt(),
    }
}

/// What was taken on the way to a state, in the order of the sentence.
fn entries(engine: &Engine<'_>, state: &State) -> Vec<Entry> {
    let mut all = Vec::new();
    let mut next = state.history;
    while let Some(entry) = next.checked_sub(1).and_then(|index| engine.history.get(index as usize)) {
        all.push(*entry);
        next = entry.before;
    }
    all.reverse();
    all
}

fn value_of(grammar: &Grammar, list: u32, index: u32) -> Option<&Value> {
    match grammar.list(list)? {
        List::Values(values) => values.get(index as usize),
        _ => None,
    }
}

fn slot_value(names: &HomeNames, grammar: &Grammar, entry: &Entry, said: &[char]) -> SlotValue {
    let list = grammar.list_use(entry.list_use).map_or(u32::MAX, |used| used.list);
    let known = match (entry.taken, grammar.list(list)) {
        (Taken::Number(number), _) => Some(number_value(number)),
        (Taken::Name(index), Some(List::Home(home))) => {
            names.name(*home, index).map(|name| SlotValue::Text(name.text.to_string()))
        }
        (Taken::Value(index), _) => value_of(grammar, list, index).and_then(|value| value.out.clone()),
        _ => None,
    };
    known.unwrap_or_else(|| SlotValue::Text(text::trim(said).iter().collect()))
}

fn number_value(number: f64) -> SlotValue {
    // Ranges reach from 0 to some ten thousands.
    #[allow(clippy::cast_possible_truncation, reason = "whole and small, as just checked")]
    if number.fract() == 0.0 && number.abs() < 1e15 {
        SlotValue::Int(number as i64)
    } else {
        SlotValue::Float(number)
    }
}

/// Adds the slots that the block sets, and those that it takes from the context; gives the context that
/// narrows down what is meant.
fn fill_from_block(
    block: &Block,
    slots: &mut BTreeMap<String, SlotValue>,
    brought: &[(Box<str>, SlotValue)],
) -> BTreeMap<String, SlotValue> {
    let mut context = BTreeMap::new();
    let said: Vec<String> = slots.keys().cloned().collect();
    for (name, value) in &block.slots {
        slots.entry(name.to_string()).or_insert_with(|| value.clone());
    }
    for want in &block.requires {
        let actual = brought.iter().rev().find(|(key, _)| *key == want.key).map(|(_, value)| value);
        if let (Some(slot), Some(actual)) = (&want.slot, actual)
            && !said.iter().any(|known| **known == **slot)
        {
            slots.insert(slot.to_string(), actual.clone());
        }
        let asked = match &want.value {
            Wanted::Any => actual.cloned(),
            Wanted::OneOf(values) => match &**values {
                [one] => Some(one.clone()),
                many => Some(SlotValue::Many(
                    many.iter().filter_map(SlotValue::as_text).map(str::to_owned).collect(),
                )),
            },
        };
        context.extend(asked.map(|asked| (want.key.to_string(), asked)));
    }
    context
}
