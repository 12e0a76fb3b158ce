//! Lists in a template: names of the home, values, numbers and wildcards.

use super::engine::{Engine, Occurrence, Score, State, Step, Taken, add, boundary, short};
use super::grammar::{Fractions, HomeList, List, ListUse, Range, Value};
use super::names::met;
use super::text::is_space;

/// The slot whose longest name decides among matches, as Home Assistant ranks them.
const NAME: &str = "name";

impl Engine<'_> {
    pub(super) fn list(&mut self, id: u32, state: State, out: &mut Vec<State>) {
        let grammar = self.grammar;
        let Some(used) = grammar.list_use(id) else { return };
        if state.position() >= self.text.len() {
            return;
        }
        match grammar.list(used.list) {
            Some(List::Home(list)) if state.open == 0 => self.names(*list, id, used, state, out),
            Some(List::Home(list)) => self.names_after_wildcard(*list, id, used, state, out),
            Some(List::Values(values)) if state.open == 0 => self.values(values, id, used, state, out),
            Some(List::Values(values)) => self.values_after_wildcard(values, id, used, state, out),
            Some(List::Range(range)) => self.range(range, id, used, state, out),
            // Two wildcards side by side leave nothing for the first.
            Some(List::Wildcard) if state.open == 0 => add(out, State { open: id + 1, ..state }),
            Some(List::Wildcard) | None => {}
        }
    }

    /// Puts a value into the slot and goes on behind it.
    fn take(
        &mut self,
        id: u32,
        used: ListUse,
        taken: Taken,
        span: (usize, usize),
        mut state: State,
    ) -> State {
        if !used.capture {
            if self.grammar.string(used.slot) == NAME {
                state.score.name += 1 + short(span.1 - span.0);
            }
            self.record(&mut state, id, taken, span.0, span.1);
        }
        state.at = short(span.1);
        state
    }

    fn names(&mut self, list: HomeList, id: u32, used: ListUse, state: State, out: &mut Vec<State>) {
        let start = state.position();
        let at = if state.word_start { self.skip_spaces(start, state.broken) } else { start };
        let mut found = Vec::new();
        let home = self.home;
        let text = self.text.folded(state.broken).get(at..).unwrap_or_default();
        home.walk(list, text, |len, name| found.push((at + len, name, state.broken)));
        if !state.broken && self.text.has_hyphen_from(at) {
            let as_written = found.len();
            let text = self.text.folded(true).get(at..).unwrap_or_default();
            home.walk(list, text, |len, name| {
                if !found.iter().take(as_written).any(|(_, known, _)| *known == name) {
                    found.push((at + len, name, true));
                }
            });
        }
        for (end, name, broken) in found {
            if let Some(met) = home.name(list, name).and_then(|name| home.fits(self.block, name)) {
                let state = State { met: state.met | met, broken, ..state };
                let next = self.take(id, used, Taken::Name(name), (start, end), state);
                add(out, next);
            }
        }
    }

    /// The wildcard takes everything up to a name, for each name anywhere behind.
    fn names_after_wildcard(
        &mut self,
        list: HomeList,
        id: u32,
        used: ListUse,
        state: State,
        out: &mut Vec<State>,
    ) {
        let start = state.position();
        let at = if state.word_start { self.skip_spaces(start, state.broken) } else { start };
        let whole_words = !self.grammar.ignore_whitespace && self.ends_word(state.open);
        let occurrences = self.occurrences(list, state.broken);
        if !self.spend(occurrences.len()) {
            return;
        }
        let mut begun = None;
        for (name, from, end) in occurrences.iter().copied() {
            let from = usize::from(from);
            let text = self.text.folded(state.broken);
            let first = begun != Some(name);
            if from <= at || (first && whole_words && !boundary(text, from, at + 1)) {
                continue;
            }
            begun = Some(name);
            let Some(met) = self.home.name(list, name).and_then(|name| self.home.fits(self.block, name))
            else {
                continue;
            };
            let mut next = State { met: state.met | met, ..state };
            if self.close(&mut next, at, from) {
                let from = if at == start { from } else { start };
                let next = self.take(id, used, Taken::Name(name), (from, usize::from(end)), next);
                add(out, next);
            }
        }
    }

    /// Where each name stands anywhere in the text, by name and then by place.
    fn occurrences(&mut self, list: HomeList, broken: bool) -> Box<[Occurrence]> {
        let key = (list as usize, broken);
        if let Some(known) = self.occurrences.get(&key) {
            return known.clone();
        }
        let text = self.text.folded(broken);
        let mut all = Vec::new();
        for from in 0..text.len() {
            let rest = text.get(from..).unwrap_or_default();
            self.home.walk(list, rest, |len, name| all.push((name, short(from), short(from + len))));
        }
        all.sort_unstable();
        let all: Box<[_]> = all.into();
        self.occurrences.insert(key, all.clone());
        all
    }

    fn values(&mut self, values: &[Value], id: u32, used: ListUse, state: State, out: &mut Vec<State>) {
        let place = (used.list, state.at, state.word_start, state.broken);
        if !self.values.contains_key(&place) {
            let bare = State { score: Score::default(), met: 0, history: 0, ..state };
            let mut steps: Vec<Step> = Vec::new();
            for (index, value) in values.iter().enumerate() {
                let mut ends = self.vector();
                self.run(value.said, bare, &mut ends);
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                steps.extend(ends.iter().map(|end| Step {
                    at: end.at,
                    word_start: end.word_start,
                    broken: end.broken,
                    literal: 0,
                    value: index,
                }));
                self.give_back(ends);
            }
            self.values.insert(place, steps.into());
        }
        let count = self.values.get(&place).map_or(0, |steps| steps.len());
        for index in 0..count {
            let step = self.values.get(&place).and_then(|steps| steps.get(index)).copied();
            let Some(step) = step else { continue };
            let Some(met) = values.get(step.value as usize).and_then(|value| self.value_fits(value)) else {
                continue;
            };
            let state = State { met: state.met | met, broken: step.broken, ..state };
            let span = (state.position(), usize::from(step.at));
            let next = self.take(id, used, Taken::Value(step.value), span, state);
            add(out, next);
        }
    }

    fn values_after_wildcard(
        &mut self,
        values: &[Value],
        id: u32,
        used: ListUse,
        state: State,
        out: &mut Vec<State>,
    ) {
        for (index, value) in values.iter().enumerate() {
            let Some(met) = self.value_fits(value) else { continue };
            let mut ends = self.vector();
            self.run(value.said, state, &mut ends);
            // A value that took no text leaves the wildcard before it empty for good.
            for end in ends.iter().filter(|end| end.open == 0) {
                let from = self.wildcard_end(end).unwrap_or(state.position());
                let score = Score { literal: state.score.literal, ..end.score };
                let word_start = state.word_start;
                let next = State { met: end.met | met, word_start, score, ..*end };
                let taken = Taken::Value(u32::try_from(index).unwrap_or(u32::MAX));
                let next = self.take(id, used, taken, (from, end.position()), next);
                add(out, next);
            }
            self.give_back(ends);
        }
    }

    fn wildcard_end(&self, state: &State) -> Option<usize> {
        let entry = self.history.get((state.history as usize).checked_sub(1)?)?;
        (entry.taken == Taken::Wildcard).then_some(usize::from(entry.end))
    }

    /// Which required contexts the value meets; `None` when the block cannot mean it.
    fn value_fits(&self, value: &Value) -> Option<u16> {
        if value.context.is_empty() {
            return Some(0);
        }
        let block = self.grammar.blocks.get(self.block)?;
        met(&block.requires, &block.excludes, &value.context)
    }

    fn range(&mut self, range: &Range, id: u32, used: ListUse, state: State, out: &mut Vec<State>) {
        let fractions = range.fractions != Fractions::None;
        let start = state.position();
        let mut digits = Vec::new();
        let text = self.text.folded(state.broken);
        if state.open == 0 {
            digits.extend(number_at(text, start, fractions).map(|(end, number)| (start, end, number)));
        } else {
            let mut at = start;
            while at < text.len() {
                match number_at(text, at, fractions) {
                    Some((end, number)) => {
                        digits.push((at, end, number));
                        at = end;
                    }
                    None => at += 1,
                }
            }
        }
        if digits.is_empty() {
            if range.words {
                self.number_words(range, id, used, state, out);
            }
            return;
        }
        for (from, end, number) in digits.into_iter().filter(|_| range.digits) {
            if range.contains(number) {
                self.take_number(range, id, used, number, (from, end), state, out);
            }
        }
    }

    fn number_words(&mut self, range: &Range, id: u32, used: ListUse, state: State, out: &mut Vec<State>) {
        let start = state.position();
        let text = self.text.folded(state.broken);
        let mut found = Vec::new();
        let last = if state.open == 0 { start } else { text.len() };
        for from in start..=last {
            self.grammar.numbers.walk(text.get(from..).unwrap_or_default(), |len, number| {
                if range.contains(number) {
                    found.push((from, from + len, number));
                }
            });
        }
        if !self.spend(last - start + found.len()) {
            return;
        }
        let mut seen: Vec<(usize, f64)> = Vec::new();
        for (from, end, number) in found {
            // Behind a wildcard each number word counts where it is said first.
            if seen.contains(&(end - from, number)) {
                continue;
            }
            seen.push((end - from, number));
            let mut spelt = state;
            spelt.score.literal += short(end - from);
            spelt.word_start = false;
            self.take_number(range, id, used, number, (from, end), spelt, out);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "all of it differs from call to call")]
    fn take_number(
        &mut self,
        range: &Range,
        id: u32,
        used: ListUse,
        number: f64,
        span: (usize, usize),
        mut state: State,
        out: &mut Vec<State>,
    ) {
        if state.open != 0 {
            let start = state.position();
            if !self.close(&mut state, start, span.0) {
                return;
            }
        }
        let number = number * range.multiplier.unwrap_or(1.0);
        let next = self.take(id, used, Taken::Number(number), span, state);
        add(out, next);
    }
}

/// Digits at a position, with spaces and a minus in front: where they end, and the number.
fn number_at(text: &[char], at: usize, fractions: bool) -> Option<(usize, f64)> {
    let digits = |from: usize| text.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
    let start = at + text.get(at..)?.iter().take_while(|c| is_space(**c)).count();
    let first = if text.get(start) == Some(&'-') { start + 1 } else { start };
    let mut end = first + digits(first);
    if end == first {
        return None;
    }
    if fractions && matches!(text.get(end), Some('.' | ',')) && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    let number: String = text.get(start..end)?.iter().map(|&c| if c == ',' { '.' } else { c }).collect();
    Some((end, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_people_write_them() {
        let read = |text: &str, fractions| number_at(&text.chars().collect::<Vec<_>>(), 0, fractions);
        assert_eq!(read(" 50%", false), Some((3, 50.0)));
        assert_eq!(read("-5 degrees", false), Some((2, -5.0)));
        assert_eq!(read("20,5", true), Some((4, 20.5)));
        assert_eq!(read("20.5", false), Some((2, 20.0)));
        assert_eq!(read("20.", true), Some((2, 20.0)));
        assert_eq!(read("x", true), None);
        assert_eq!(read("-", true), None);
    }
}
