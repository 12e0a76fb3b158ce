//! Which literal text a template needs, so that most templates are never tried on a sentence.
//!
//! A template's need is a list of clauses; the sentence must hold at least one fragment of each. The need is
//! necessary, not sufficient: it may let a template through that does not match, never the other way round.

use std::collections::HashMap;

use super::grammar::{Grammar, Kids, Node, NodeId};
use super::text::is_space;
use super::trie::{Trie, TrieBuilder};

/// Punctuation may be taken out of a sentence, so fragments that hold it prove nothing.
const PUNCTUATION: &str = ".。,，?¿？؟!¡！;；:：’…—–―";

/// The fragments of all templates, in a trie, and the clauses over them.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    trie: Trie,
    /// How many fragments there are.
    count: u32,
    /// Each clause as a range of `members`.
    clauses: Box<[(u32, u16)]>,
    members: Box<[u32]>,
    /// For each fragment the templates that cannot do without it or its like, as a range of `postings`.
    keyed: Box<[(u32, u32)]>,
    postings: Box<[u32]>,
    /// Templates that need no literal text.
    free: Box<[u32]>,
    templates: usize,
}

impl Fragments {
    /// Which fragments the texts hold, one bit each.
    pub(super) fn found<'t>(&self, texts: impl Iterator<Item = &'t [char]>) -> Found {
        let mut bits = vec![0_u64; (self.count as usize).div_ceil(64)];
        for text in texts {
            for start in 0..text.len() {
                self.trie.walk(text.get(start..).unwrap_or_default(), |_, fragment| {
                    if let Some(word) = bits.get_mut(fragment as usize / 64) {
                        *word |= 1 << (fragment % 64);
                    }
                });
            }
        }
        Found(bits)
    }

    /// The templates of which at least the rarest clause holds, in their order.
    pub(super) fn candidates(&self, found: &Found) -> Vec<u32> {
        let mut bits = vec![0_u64; self.templates.div_ceil(64)];
        let keyed = ones(&found.0).filter_map(|fragment| self.keyed.get(fragment as usize));
        let posted = keyed
            .flat_map(|(start, end)| self.postings.get(*start as usize..*end as usize).unwrap_or_default());
        for template in posted.chain(&self.free) {
            if let Some(word) = bits.get_mut(*template as usize / 64) {
                *word |= 1 << (template % 64);
            }
        }
        ones(&bits).collect()
    }

    /// Whether every clause of the range holds.
    pub(super) fn satisfied(&self, clauses: (u32, u16), found: &Found) -> bool {
        self.clauses(clauses).iter().all(|clause| self.holds(*clause, found))
    }

    /// How many clauses of the range hold, and how many there are.
    pub(super) fn score(&self, clauses: (u32, u16), found: &Found) -> (usize, usize) {
        let all = self.clauses(clauses);
        (all.iter().filter(|clause| self.holds(**clause, found)).count(), all.len())
    }

    fn clauses(&self, (start, len): (u32, u16)) -> &[(u32, u16)] {
        self.clauses.get(start as usize..start as usize + usize::from(len)).unwrap_or_default()
    }

    fn holds(&self, (start, len): (u32, u16), found: &Found) -> bool {
        let members = self.members.get(start as usize..start as usize + usize::from(len)).unwrap_or_default();
        members.iter().any(|fragment| found.has(*fragment))
    }
}

/// The indices of the bits that are set.
fn ones(bits: &[u64]) -> impl Iterator<Item = u32> {
    bits.iter().enumerate().flat_map(|(index, word)| {
        let base = u32::try_from(index * 64).unwrap_or(u32::MAX);
        let mut rest = *word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(base + bit)
        })
    })
}

/// Which fragments a sentence holds.
#[derive(Debug)]
pub(super) struct Found(Vec<u64>);

impl Found {
    fn has(&self, fragment: u32) -> bool {
        self.0.get(fragment as usize / 64).is_some_and(|word| word >> (fragment % 64) & 1 == 1)
    }
}

/// Collects what [`Fragments`] is made of.
#[derive(Default)]
pub(super) struct Builder {
    fragments: HashMap<Box<[char]>, u32>,
    known: HashMap<NodeId, Vec<Vec<u32>>>,
    clauses: Vec<(u32, u16)>,
    members: Vec<u32>,
}

impl Builder {
    /// The clauses of a template, as a range for [`Fragments::satisfied`]; the hardest to meet come first.
    pub(super) fn template(&mut self, grammar: &Grammar, node: NodeId) -> (u32, u16) {
        let mut clauses = self.need(grammar, node);
        clauses.sort_unstable();
        clauses.dedup();
        clauses.sort_by_key(Vec::len);
        let start = self.clauses.len();
        for clause in &clauses {
            let from = self.members.len();
            self.members.extend(clause);
            self.clauses.push((to_u32(from), u16::try_from(clause.len()).unwrap_or(u16::MAX)));
        }
        (to_u32(start), u16::try_from(clauses.len()).unwrap_or(u16::MAX))
    }

    fn need(&mut self, grammar: &Grammar, node: NodeId) -> Vec<Vec<u32>> {
        if let Some(known) = self.known.get(&node) {
            return known.clone();
        }
        let need = match grammar.node(node) {
            Node::Text(chunk) => self.pieces(grammar.chunk(chunk).0),
            Node::Sequence(kids) | Node::Permutation(kids) => {
                let mut all: Vec<_> =
                    grammar.kids(kids).iter().flat_map(|kid| self.need(grammar, *kid)).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
            Node::Alternative(kids) => self.any_of(grammar, kids),
            Node::Empty | Node::Never | Node::List(_) => Vec::new(),
        };
        self.known.insert(node, need.clone());
        need
    }

    /// One fragment of one branch is there; each branch brings its clause with the fewest fragments.
    fn any_of(&mut self, grammar: &Grammar, kids: Kids) -> Vec<Vec<u32>> {
        let mut merged = Vec::new();
        for kid in grammar.kids(kids) {
            match self.need(grammar, *kid).into_iter().min_by_key(Vec::len) {
                Some(smallest) => merged.extend(smallest),
                None => return Vec::new(),
            }
        }
        merged.sort_unstable();
        merged.dedup();
        vec![merged]
    }

    fn pieces(&mut self, text: &[char]) -> Vec<Vec<u32>> {
        let pieces = text.split(|c| is_space(*c)).filter(|piece| !piece.is_empty());
        let usable = pieces.filter(|piece| !piece.iter().any(|c| PUNCTUATION.contains(*c)));
        let mut ids = Vec::new();
        for piece in usable {
            let next = to_u32(self.fragments.len());
            ids.push(vec![*self.fragments.entry(piece.into()).or_insert(next)]);
        }
        ids
    }

    /// `templates` are the clauses of each template, as [`Builder::template`] gave them.
    pub(super) fn finish(self, templates: impl Iterator<Item = (u32, u16)>) -> Fragments {
        let mut trie = TrieBuilder::default();
        for (fragment, id) in &self.fragments {
            trie.insert(fragment, *id);
        }
        let mut fragments = Fragments {
            trie: trie.finish(),
            count: to_u32(self.fragments.len()),
            clauses: self.clauses.into(),
            members: self.members.into(),
            ..Fragments::default()
        };
        fragments.key(templates);
        fragments
    }
}

impl Fragments {
    /// Files each template under the fragments of its rarest clause.
    fn key(&mut self, templates: impl Iterator<Item = (u32, u16)>) {
        let members = |(start, len): (u32, u16)| {
            self.members.get(start as usize..start as usize + usize::from(len)).unwrap_or_default()
        };
        let mut uses = vec![0_usize; self.count as usize];
        for fragment in self.members.iter() {
            if let Some(count) = uses.get_mut(*fragment as usize) {
                *count += 1;
            }
        }
        let common = |clause: (u32, u16)| -> usize {
            members(clause).iter().filter_map(|fragment| uses.get(*fragment as usize)).sum()
        };
        let mut filed: Vec<Vec<u32>> = vec![Vec::new(); self.count as usize];
        let mut free = Vec::new();
        let mut all = 0;
        for (index, clauses) in templates.enumerate() {
            all += 1;
            match self.clauses(clauses).iter().copied().min_by_key(|clause| common(*clause)) {
                Some(rarest) => {
                    for fragment in members(rarest) {
                        filed
                            .get_mut(*fragment as usize)
                            .into_iter()
                            .for_each(|list| list.push(to_u32(index)));
                    }
                }
                None => free.push(to_u32(index)),
            }
        }
        let mut keyed = Vec::with_capacity(filed.len());
        let mut postings = Vec::new();
        for list in filed {
            let start = to_u32(postings.len());
            postings.extend(list);
            keyed.push((start, to_u32(postings.len())));
        }
        self.keyed = keyed.into();
        self.postings = postings.into();
        self.free = free.into();
        self.templates = all;
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
