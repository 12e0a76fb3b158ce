//! A language's templates in compact form: one arena of nodes that templates, rules and list values share.

use super::fragments::Fragments;
use super::numbers::NumberWords;
use crate::model::SlotValue;

/// Index of a node in [`Grammar::nodes`].
pub(super) type NodeId = u32;

/// One step of a template. Equal steps are stored once, so that the matcher can remember what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// Matches without taking text.
    Empty,
    /// Never matches (an empty part between two `|`).
    Never,
    /// Literal text, by index into [`Grammar::chunks`].
    Text(u32),
    /// All, one after another.
    Sequence(Kids),
    /// One of them.
    Alternative(Kids),
    /// All, in any order.
    Permutation(Kids),
    /// A list, by index into [`Grammar::uses`].
    List(u32),
}

/// A run of [`Grammar::kids`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kids {
    pub(super) start: u32,
    pub(super) len: u16,
}

/// Literal text, case folded, as a run of [`Grammar::chars`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub(super) start: u32,
    pub(super) len: u16,
    /// Spaces in front, skipped where a word begins anyway.
    pub(super) lead: u16,
    /// Characters without the spaces at either end; 0 for spaces only.
    pub(super) weight: u16,
    /// The next word may follow at once: the text ends with a space or an apostrophe.
    pub(super) ends_word: bool,
}

/// `{list:slot}` in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ListUse {
    /// Index into [`Grammar::lists`].
    pub(super) list: u32,
    /// Index into [`Grammar::strings`].
    pub(super) slot: u32,
    pub(super) capture: bool,
    pub(super) end_of_word: bool,
}

/// Which names of the home a list stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum HomeList {
    /// Names of entities.
    Name,
    /// Names of areas.
    Area,
    /// Names of floors.
    Floor,
}

impl HomeList {
    /// All, in the order of their discriminants.
    pub(super) const ALL: [Self; 3] = [Self::Name, Self::Area, Self::Floor];

    /// The list's name in templates.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Area => "area",
            Self::Floor => "floor",
        }
    }
}

/// What a list holds.
#[derive(Debug)]
pub(super) enum List {
    /// Names that come from the home.
    Home(HomeList),
    /// Anything.
    Wildcard,
    /// Numbers.
    Range(Range),
    /// Words with the value that each stands for.
    Values(Box<[Value]>),
}

/// A range of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Range {
    pub(super) from: i32,
    pub(super) to: i32,
    pub(super) step: i32,
    pub(super) fractions: Fractions,
    /// What the number is multiplied with for the slot.
    pub(super) multiplier: Option<f64>,
    pub(super) digits: bool,
    pub(super) words: bool,
}

/// Fractions that a range allows besides whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fractions {
    None,
    Halves,
    Tenths,
}

impl Range {
    /// Whether the number is one of the range.
    pub(super) fn contains(&self, number: f64) -> bool {
        let whole = number.floor();
        let in_range = whole >= f64::from(self.from) && whole <= f64::from(self.to);
        let on_step = (whole - f64::from(self.from)) % f64::from(self.step) == 0.0;
        let rest = number - whole;
        let fraction = match self.fractions {
            Fractions::None => rest == 0.0,
            Fractions::Halves => rest == 0.0 || rest == 0.5,
            Fractions::Tenths => ((rest * 10.0).round() - rest * 10.0).abs() < 1e-9,
        };
        in_range && on_step && fraction
    }
}

/// One value of a list.
#[derive(Debug)]
pub(super) struct Value {
    /// What is said.
    pub(super) said: NodeId,
    /// What it means; `None` for the words themselves.
    pub(super) out: Option<SlotValue>,
    /// Context that it brings.
    pub(super) context: Box<[(Box<str>, SlotValue)]>,
}

/// A context that a block of sentences asks for, or must not have.
#[derive(Debug)]
pub(super) struct Want {
    pub(super) key: Box<str>,
    pub(super) value: Wanted,
    /// The slot that the context's value is copied into.
    pub(super) slot: Option<Box<str>>,
}

/// What a context's value must be.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Anything, as long as it is there.
    Any,
    /// One of these.
    OneOf(Box<[SlotValue]>),
}

impl Wanted {
    pub(super) fn fits(&self, value: &SlotValue) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(values) => values.contains(value),
        }
    }
}

/// Sentences that mean the same.
#[derive(Debug)]
pub(super) struct Block {
    /// Index into [`Grammar::intents`].
    pub(super) intent: u16,
    pub(super) response: Box<str>,
    /// Slots that it sets itself.
    pub(super) slots: Box<[(Box<str>, SlotValue)]>,
    pub(super) requires: Box<[Want]>,
    pub(super) excludes: Box<[Want]>,
}

/// Which form of the text a template is tried on: a wildcard at an end keeps the skip words there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    WildcardOnly,
    WildcardFirst,
    WildcardLast,
}

/// One sentence template.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) node: NodeId,
    /// Index into [`Grammar::blocks`].
    pub(super) block: u32,
    pub(super) form: Form,
    /// As written, a range of [`Grammar::sources`].
    pub(super) source: (u32, u16),
    /// Literal text that the sentence must hold, a range of [`Fragments::clauses`].
    pub(super) clauses: (u32, u16),
}

/// Everything that sentences of a language are matched with.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    pub(super) ignore_whitespace: bool,
    pub(super) nodes: Box<[Node]>,
    /// Whether the node stands for literal text only, so that what it matches depends on nothing else.
    pub(super) literal: Box<[bool]>,
    pub(super) kids: Box<[NodeId]>,
    pub(super) chunks: Box<[Chunk]>,
    pub(super) chars: Box<[char]>,
    pub(super) uses: Box<[ListUse]>,
    pub(super) lists: Box<[List]>,
    pub(super) strings: Box<[Box<str>]>,
    pub(super) intents: Box<[Box<str>]>,
    pub(super) blocks: Box<[Block]>,
    pub(super) templates: Box<[Template]>,
    /// How many of the templates are the package's; those of our own follow.
    pub(super) packaged: usize,
    pub(super) sources: Box<str>,
    pub(super) fragments: Fragments,
    pub(super) numbers: NumberWords,
    /// Skip words, folded, longest first.
    pub(super) skip_words: Box<[Box<[char]>]>,
    /// Words that mean nothing at the start and at the end of a sentence, in the same order.
    pub(super) skip_ends: [Box<[Box<[char]>]>; 2],
}

impl Grammar {
    pub(super) fn node(&self, id: NodeId) -> Node {
        self.nodes.get(id as usize).copied().unwrap_or(Node::Never)
    }

    pub(super) fn is_literal(&self, id: NodeId) -> bool {
        self.literal.get(id as usize).copied().unwrap_or(false)
    }

    pub(super) fn kids(&self, kids: Kids) -> &[NodeId] {
        let start = kids.start as usize;
        self.kids.get(start..start + usize::from(kids.len)).unwrap_or_default()
    }

    pub(super) fn chunk(&self, id: u32) -> (&[char], Chunk) {
        const NONE: Chunk = Chunk { start: 0, len: 0, lead: 0, weight: 0, ends_word: false };
        let chunk = self.chunks.get(id as usize).copied().unwrap_or(NONE);
        let start = chunk.start as usize;
        (self.chars.get(start..start + usize::from(chunk.len)).unwrap_or_default(), chunk)
    }

    pub(super) fn list_use(&self, id: u32) -> Option<ListUse> {
        self.uses.get(id as usize).copied()
    }

    pub(super) fn list(&self, id: u32) -> Option<&List> {
        self.lists.get(id as usize)
    }

    pub(super) fn string(&self, id: u32) -> &str {
        self.strings.get(id as usize).map_or("", |text| text)
    }

    pub(super) fn source(&self, template: &Template) -> &str {
        let (start, len) = template.source;
        self.sources.get(start as usize..start as usize + usize::from(len)).unwrap_or_default()
    }

    pub(super) fn intent(&self, block: &Block) -> &str {
        self.intents.get(usize::from(block.intent)).map_or("", |name| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_know_steps_and_fractions() {
        let mut range = Range {
            from: 1000,
            to: 10_000,
            step: 100,
            fractions: Fractions::None,
            multiplier: None,
            digits: true,
            words: true,
        };
        assert!(range.contains(2700.0) && !range.contains(2750.0) && !range.contains(900.0));
        range.fractions = Fractions::Halves;
        assert!(range.contains(2700.5) && !range.contains(2700.4));
        range.fractions = Fractions::Tenths;
        assert!(range.contains(2700.4) && !range.contains(2700.45));
    }
}
