//! Trying templates on a text.
//!
//! The result is the one that hassil's backtracking would rank first, but found in bounded time: states that
//! stand at the same place of template and text are merged and only the better one goes on. Nothing that
//! follows depends on how a state came about, so the better one stays the better one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::grammar::{Block, Chunk, Grammar, Kids, Node, NodeId};
use super::names::HomeNames;
use super::text::{Text, is_space, is_word, remove_punctuation, trim};

/// How good a match is: the most important part first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Score {
    /// 0 without a `{name}`; 1 and its length otherwise, so that the longest name wins.
    pub(super) name: u16,
    pub(super) wildcards: u16,
    /// Characters of literal text.
    pub(super) literal: u16,
    /// Characters that wildcards took.
    pub(super) wild: u16,
}

impl Score {
    /// Higher is better.
    pub(super) fn key(self) -> u64 {
        let fewer = |number: u16| u64::from(u16::MAX - number);
        u64::from(self.name) << 48
            | fewer(self.wildcards) << 32
            | u64::from(self.literal) << 16
            | fewer(self.wild)
    }
}

/// How far a template has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// Position in the text.
    pub(super) at: u16,
    /// A word begins here, so spaces do not matter.
    pub(super) word_start: bool,
    /// Hyphens are read as spaces from here on.
    pub(super) broken: bool,
    /// Which required contexts are met.
    pub(super) met: u16,
    /// The list use of a wildcard that is still taking text, plus one; 0 for none.
    pub(super) open: u32,
    pub(super) score: Score,
    /// Newest entry of [`Engine::history`], plus one; 0 for none.
    pub(super) history: u32,
}

impl State {
    fn same_place(&self, other: &Self) -> bool {
        self.at == other.at
            && self.open == other.open
            && self.met == other.met
            && self.word_start == other.word_start
            && self.broken == other.broken
    }

    pub(super) fn position(&self) -> usize {
        usize::from(self.at)
    }
}

/// What a list was found to stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Taken {
    /// Index of the home's name.
    Name(u32),
    /// Index of the list's value.
    Value(u32),
    Number(f64),
    Wildcard,
}

/// One filled slot, linked to the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) before: u32,
    /// Index into [`Grammar::uses`].
    pub(super) list_use: u32,
    pub(super) taken: Taken,
    pub(super) start: u16,
    pub(super) end: u16,
    pub(super) broken: bool,
}

/// Where a piece of literal text or a list value ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) at: u16,
    pub(super) word_start: bool,
    pub(super) broken: bool,
    pub(super) literal: u16,
    /// Which value of a list, where it is one.
    pub(super) value: u32,
}

/// A name of the home somewhere in the text: its index, where it starts and where it ends.
pub(super) type Occurrence = (u32, u16, u16);

/// Where something was looked for: what, position, word start, broken.
pub(super) type Place = (u32, u16, bool, bool);

/// Mixes a few small numbers that no stranger chooses; the standard hash would cost more than what it saves.
#[derive(Debug, Default)]
pub(super) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        // The constant is 2^64 divided by the golden ratio, made odd.
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// What was found at each place.
pub(super) type Memory<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// One text, and what is already known about it.
#[derive(Debug)]
pub(super) struct Engine<'a> {
    pub(super) grammar: &'a Grammar,
    pub(super) home: &'a HomeNames,
    pub(super) text: Text,
    pub(super) history: Vec<Entry>,
    /// The block whose template is being tried.
    pub(super) block: usize,
    /// What is left of the work that one sentence may cost.
    pub(super) budget: usize,
    literal: Memory<Place, Box<[Step]>>,
    pub(super) values: Memory<Place, Box<[Step]>>,
    /// Every name of a list anywhere in the text, by list and broken: name, start, end.
    pub(super) occurrences: Memory<(usize, bool), Box<[Occurrence]>>,
    pool: Vec<Vec<State>>,
}

/// Shortens a position; texts are far shorter than that.
pub(super) fn short(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

impl<'a> Engine<'a> {
    pub(super) fn new(grammar: &'a Grammar, home: &'a HomeNames, text: Text) -> Self {
        Self {
            grammar,
            home,
            text,
            history: Vec::new(),
            block: 0,
            budget: 0,
            literal: Memory::default(),
            values: Memory::default(),
            occurrences: Memory::default(),
            pool: Vec::new(),
        }
    }

    /// The best way in which a template takes the whole text, if there is one. `met` are the contexts that
    /// the surroundings meet already.
    pub(super) fn best(&mut self, node: NodeId, block: usize, met: u16, budget: &mut usize) -> Option<State> {
        self.block = block;
        self.budget = *budget;
        let mut ends = self.vector();
        let start = State {
            at: 0,
            word_start: !self.grammar.ignore_whitespace,
            broken: false,
            met,
            open: 0,
            score: Score::default(),
            history: 0,
        };
        self.run(node, start, &mut ends);
        let wanted = self.grammar.blocks.get(block).map_or(0, all_met);
        let mut best: Option<State> = None;
        for end in ends.iter().copied().filter(|end| end.met & wanted == wanted) {
            if let Some(end) = self.completed(end)
                && best.is_none_or(|best| end.score.key() > best.score.key())
            {
                best = Some(end);
            }
        }
        self.give_back(ends);
        *budget = self.budget;
        best
    }

    /// An open wildcard takes what is left; otherwise nothing but punctuation may be left.
    fn completed(&mut self, mut state: State) -> Option<State> {
        let end = self.text.len();
        let rest = self.text.spoken(state.position(), end, state.broken);
        let trimmed = trim(&rest);
        if state.open == 0 {
            let left = !trimmed.is_empty() && !trim(&remove_punctuation(&rest)).is_empty();
            return (!left).then_some(state);
        }
        if trimmed.is_empty() {
            return None;
        }
        let start = state.position();
        self.close(&mut state, start, end).then_some(state)
    }

    /// Ends the open wildcard with what stands from `start` to `end`; false if that is nothing.
    pub(super) fn close(&mut self, state: &mut State, start: usize, end: usize) -> bool {
        let folded = self.text.folded(state.broken).get(start..end).unwrap_or_default();
        let taken = trim(folded).len();
        if taken == 0 {
            return false;
        }
        self.record(state, state.open - 1, Taken::Wildcard, start, end);
        state.open = 0;
        state.score.wildcards += 1;
        state.score.wild += short(taken);
        true
    }

    pub(super) fn record(
        &mut self,
        state: &mut State,
        list_use: u32,
        taken: Taken,
        start: usize,
        end: usize,
    ) {
        let (start, end) = (short(start), short(end));
        let entry = Entry { before: state.history, list_use, taken, start, end, broken: state.broken };
        self.history.push(entry);
        state.history = u32::try_from(self.history.len()).unwrap_or(u32::MAX);
    }

    pub(super) fn vector(&mut self) -> Vec<State> {
        self.pool.pop().unwrap_or_default()
    }

    pub(super) fn give_back(&mut self, mut states: Vec<State>) {
        states.clear();
        self.pool.push(states);
    }

    /// Takes some of the budget; false when there is none left.
    pub(super) fn spend(&mut self, work: usize) -> bool {
        self.budget = self.budget.saturating_sub(work);
        self.budget > 0
    }

    /// Adds to `out` every state in which the node can leave a text that it found in `state`.
    pub(super) fn run(&mut self, node: NodeId, state: State, out: &mut Vec<State>) {
        if !self.spend(1) {
            return;
        }
        match self.grammar.node(node) {
            Node::Empty => add(out, state),
            Node::Never => {}
            Node::Text(chunk) => self.chunk(chunk, state, out),
            Node::List(list_use) => self.list(list_use, state, out),
            _ if state.open == 0 && self.grammar.is_literal(node) => self.remembered(node, state, out),
            composite => self.composite(composite, state, out),
        }
    }

    fn composite(&mut self, node: Node, state: State, out: &mut Vec<State>) {
        let grammar = self.grammar;
        match node {
            Node::Sequence(kids) => self.sequence(grammar.kids(kids), state, out),
            Node::Alternative(kids) => {
                for kid in grammar.kids(kids) {
                    self.run(*kid, state, out);
                }
            }
            Node::Permutation(kids) => self.permutation(kids, 0, state, out),
            Node::Empty | Node::Never | Node::Text(_) | Node::List(_) => {}
        }
    }

    fn sequence(&mut self, kids: &[NodeId], state: State, out: &mut Vec<State>) {
        let mut now = self.vector();
        let mut next = self.vector();
        now.push(state);
        for kid in kids {
            for state in &now {
                self.run(*kid, *state, &mut next);
            }
            // Adding a state looks at those that are there already.
            self.spend(next.len() * next.len() / 64);
            std::mem::swap(&mut now, &mut next);
            next.clear();
            if now.is_empty() {
                break;
            }
        }
        for state in &now {
            add(out, *state);
        }
        self.give_back(now);
        self.give_back(next);
    }

    /// `done` has a bit for each part that was matched already.
    fn permutation(&mut self, kids: Kids, done: u32, state: State, out: &mut Vec<State>) {
        let grammar = self.grammar;
        let kids_left = usize::from(kids.len) - done.count_ones() as usize;
        for (index, kid) in grammar.kids(kids).iter().enumerate() {
            if done & (1 << index) != 0 {
                continue;
            }
            if kids_left == 1 {
                self.run(*kid, state, out);
                continue;
            }
            let mut after = self.vector();
            self.run(*kid, state, &mut after);
            for state in &after {
                self.permutation(kids, done | 1 << index, *state, out);
            }
            self.give_back(after);
        }
    }

    /// Literal parts give the same wherever they stand, so each is looked at once a place.
    fn remembered(&mut self, node: NodeId, state: State, out: &mut Vec<State>) {
        let place = (node, state.at, state.word_start, state.broken);
        if !self.literal.contains_key(&place) {
            let mut ends = self.vector();
            let bare = State { score: Score::default(), ..state };
            self.composite(self.grammar.node(node), bare, &mut ends);
            let step = |end: &State| Step {
                at: end.at,
                word_start: end.word_start,
                broken: end.broken,
                literal: end.score.literal,
                value: 0,
            };
            let steps = ends.iter().map(step).collect();
            self.give_back(ends);
            self.literal.insert(place, steps);
        }
        for step in self.literal.get(&place).map_or(&[][..], |steps| steps) {
            let mut next = State { at: step.at, word_start: step.word_start, broken: step.broken, ..state };
            next.score.literal += step.literal;
            add(out, next);
        }
    }

    /// Literal text. Where a word begins, spaces in front do not matter on either side.
    fn chunk(&mut self, id: u32, state: State, out: &mut Vec<State>) {
        let grammar = self.grammar;
        let (mut chars, chunk) = grammar.chunk(id);
        let mut at = state.position();
        if state.word_start {
            chars = chars.get(usize::from(chunk.lead)..).unwrap_or_default();
            at = self.skip_spaces(at, state.broken);
        }
        if state.open != 0 {
            self.chunk_after_wildcard(chars, chunk, at, state, out);
            return;
        }
        let word_start = chunk.ends_word && !grammar.ignore_whitespace;
        let text = self.text.folded(state.broken);
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with(chars) {
            let mut next = State { at: short(at + chars.len()), word_start, ..state };
            next.score.literal += chunk.weight;
            add(out, next);
        } else if chunk.weight == 0 && rest.iter().all(|c| is_space(*c)) {
            // Nothing is left to say, so a space that is asked for does not matter.
            add(out, state);
        } else if !state.broken && self.text.has_hyphen_from(at) {
            let rest = self.text.folded(true).get(at..).unwrap_or_default();
            if rest.starts_with(chars) {
                add(out, State { at: short(at + chars.len()), broken: true, ..state });
            }
        }
    }

    /// The wildcard takes everything up to where the chunk is found, for each place where it is.
    fn chunk_after_wildcard(
        &mut self,
        chars: &[char],
        chunk: Chunk,
        at: usize,
        state: State,
        out: &mut Vec<State>,
    ) {
        let spaced = !self.grammar.ignore_whitespace;
        if chunk.weight == 0 {
            add(out, State { at: short(at), word_start: spaced, ..state });
            return;
        }
        let whole_words = spaced && self.ends_word(state.open);
        let mut found = self.find(chars, at, whole_words, state.broken);
        if found == Some(at) {
            found = self.find(chars, at + 1, whole_words, state.broken);
        }
        while let Some(start) = found {
            let mut next = state;
            if self.close(&mut next, at, start) {
                next.at = short(start + chars.len());
                next.word_start = chunk.ends_word && spaced;
                next.score.literal += chunk.weight;
                add(out, next);
            }
            found = self.find(chars, start + 1, false, state.broken);
        }
    }

    /// Whether what the open wildcard takes must end with a word.
    pub(super) fn ends_word(&self, open: u32) -> bool {
        open.checked_sub(1)
            .and_then(|list_use| self.grammar.list_use(list_use))
            .is_some_and(|used| used.end_of_word)
    }

    fn find(&mut self, chars: &[char], from: usize, whole_words: bool, broken: bool) -> Option<usize> {
        let text = self.text.folded(broken);
        let first = chars.first()?;
        let last = text.len().checked_sub(chars.len())?;
        let fits = |at: &usize| {
            text.get(*at) == Some(first)
                && text.get(*at..).is_some_and(|rest| rest.starts_with(chars))
                && (!whole_words || boundary(text, *at, from))
        };
        let found = (from..=last).find(fits);
        let work = found.unwrap_or(last).saturating_sub(from) / 8;
        if self.spend(work) { found } else { None }
    }

    pub(super) fn skip_spaces(&self, at: usize, broken: bool) -> usize {
        let text = self.text.folded(broken).get(at..).unwrap_or_default();
        at + text.iter().take_while(|c| is_space(**c)).count()
    }
}

/// Whether a word begins or ends here; a search that starts here sees no character in front.
pub(super) fn boundary(text: &[char], at: usize, from: usize) -> bool {
    let before = at > from && text.get(at - 1).is_some_and(|c| is_word(*c));
    before != text.get(at).is_some_and(|c| is_word(*c))
}

/// The bits of all contexts that a block requires.
pub(super) fn all_met(block: &Block) -> u16 {
    (0..block.requires.len()).fold(0, |bits, index| bits | 1 << index.min(15))
}

/// Adds a state unless one at the same place is as good; a worse one gives way.
pub(super) fn add(out: &mut Vec<State>, state: State) {
    if let Some(index) = out.iter().position(|known| known.same_place(&state)) {
        let better = out.get(index).is_some_and(|known| state.score.key() > known.score.key());
        if !better {
            return;
        }
        out.remove(index);
    }
    out.push(state);
}
