//! From a language's document to its [`Grammar`]: equal parts are stored once, rules are put in place.

use std::collections::HashMap;

use super::fragments;
use super::grammar::{
    Block, Chunk, Form, Fractions, Grammar, HomeList, Kids, List, ListUse, Node, NodeId, Range, Template,
    Value, Want, Wanted,
};
use super::numbers::NumberWords;
use super::source;
use super::template::{self, Ast, TemplateError};
use super::text::{fold, normalize, remove_cjk_spaces, trim};
use crate::model::SlotValue;

/// Rules in rules; the matcher goes down as deep, and the templates use three.
const MAX_RULE_DEPTH: usize = 16;

/// Why a language's templates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrammarError {
    /// A template does not keep to the template language.
    #[error("the template {template:?} cannot be read: {reason}")]
    Template {
        /// The template.
        template: String,
        /// What is wrong.
        reason: String,
    },
    /// A template names a rule that does not exist.
    #[error("there is no expansion rule <{0}>")]
    NoRule(String),
    /// A template names a list that does not exist.
    #[error("there is no list {{{0}}}")]
    NoList(String),
    /// A rule uses itself, or rules are used in rules too deep.
    #[error("the expansion rule <{0}> uses itself, or stands more than {MAX_RULE_DEPTH} rules deep")]
    Cycle(String),
    /// Two documents of one language have a rule of the same name.
    #[error("the expansion rule <{0}> is written twice")]
    Twice(String),
    /// A list is neither values nor a range nor a wildcard, or its range is empty.
    #[error("the list {{{0}}} holds nothing that can be said")]
    EmptyList(String),
}

/// Names that a template may use: those of its block before those of the language.
#[derive(Default)]
struct Scope {
    lists: HashMap<String, u32>,
    rules: HashMap<String, NodeId>,
}

#[derive(Default)]
struct Compiler<'a> {
    grammar: Parts,
    seen_nodes: HashMap<Node, NodeId>,
    seen_kids: HashMap<Box<[NodeId]>, Kids>,
    seen_chunks: HashMap<String, u32>,
    seen_uses: HashMap<ListUse, u32>,
    seen_strings: HashMap<String, u32>,
    rule_texts: HashMap<&'a str, &'a str>,
    wildcards: Vec<&'a str>,
    open_rules: Vec<&'a str>,
    global: Scope,
    local: Scope,
    ignore_whitespace: bool,
}

/// The grammar's arenas while they still grow.
#[derive(Default)]
struct Parts {
    nodes: Vec<Node>,
    literal: Vec<bool>,
    kids: Vec<NodeId>,
    chunks: Vec<Chunk>,
    chars: Vec<char>,
    uses: Vec<ListUse>,
    lists: Vec<List>,
    strings: Vec<Box<str>>,
}

/// Templates and what belongs to them, as they are gathered.
#[derive(Default)]
struct Gathered {
    blocks: Vec<Block>,
    templates: Vec<Template>,
    sources: String,
    intents: Vec<Box<str>>,
}

/// Compiles a language. What our own document says comes behind the package's, and may use its lists and rules.
pub(super) fn compile(
    package: &source::Document<'_>,
    own: Option<&source::Document<'_>>,
    numbers: NumberWords,
) -> Result<Grammar, GrammarError> {
    let ignore_whitespace = package.settings.as_ref().is_some_and(|settings| settings.ignore_whitespace);
    let mut compiler = Compiler { ignore_whitespace, ..Compiler::default() };
    for home in HomeList::ALL {
        let id = compiler.add_list(List::Home(home));
        compiler.global.lists.insert(home.as_str().to_owned(), id);
    }
    let mut gathered = Gathered::default();
    compiler.document(package, &mut gathered)?;
    let packaged = gathered.templates.len();
    if let Some(own) = own {
        compiler.document(own, &mut gathered)?;
    }
    let ends = own.map(|own| [skip_words(&own.skip_ends.start), skip_words(&own.skip_ends.end)]);
    let grammar = Grammar {
        packaged,
        numbers,
        skip_words: skip_words(&package.skip_words),
        skip_ends: ends.unwrap_or_default(),
        ..Grammar::default()
    };
    Ok(compiler.finish(grammar, gathered))
}

/// A block's sentences in the order in which they are tried: with wildcards, those with more text first.
fn sorted_sentences<'b>(
    block: &'b source::Block<'_>,
    wildcards: &[&str],
) -> Result<Vec<(&'b str, Ast)>, GrammarError> {
    let parsed: Result<Vec<_>, _> = block.sentences.iter().map(|text| Ok((&**text, parse(text)?))).collect();
    let mut sentences = parsed?;
    sentences.sort_by_key(|(_, ast)| {
        let wild = ast.any_list(&|name| wildcards.contains(&name));
        std::cmp::Reverse(if wild { ast.text_chunks() } else { 0 })
    });
    Ok(sentences)
}

fn finished_block(block: &source::Block<'_>, intent: u16) -> Block {
    let slots = block.slots.0.iter().map(|(name, value)| (Box::from(&**name), value.clone())).collect();
    Block {
        intent,
        response: Box::from(block.response.as_deref().unwrap_or("default")),
        slots,
        requires: wants(&block.requires_context),
        excludes: wants(&block.excludes_context),
    }
}

fn wants(context: &source::Ordered<'_, Option<source::Wanted<'_>>>) -> Box<[Want]> {
    let want = |(key, wanted): &(std::borrow::Cow<'_, str>, Option<source::Wanted<'_>>)| {
        let (value, slot) = match wanted {
            None => (None, None),
            Some(source::Wanted::Value(value)) => (Some(value), None),
            Some(source::Wanted::Copied { value, slot }) => (value.as_ref(), slot.as_ref()),
        };
        let slot = match slot {
            Some(source::SlotName::SameAsKey(true)) => Some(Box::from(&**key)),
            Some(source::SlotName::Named(name)) => Some(Box::from(&**name)),
            Some(source::SlotName::SameAsKey(false)) | None => None,
        };
        let value = match value {
            None => Wanted::Any,
            Some(SlotValue::Many(many)) => Wanted::OneOf(many.iter().cloned().map(SlotValue::Text).collect()),
            Some(one) => Wanted::OneOf(Box::new([one.clone()])),
        };
        Want { key: Box::from(&**key), value, slot }
    };
    context.0.iter().map(want).collect()
}

fn parse(text: &str) -> Result<Ast, GrammarError> {
    template::parse(text).map_err(|reason: TemplateError| GrammarError::Template {
        template: text.to_owned(),
        reason: reason.to_string(),
    })
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'a> Compiler<'a> {
    /// Adds the lists, rules and sentences of a document.
    fn document(
        &mut self,
        document: &'a source::Document<'_>,
        gathered: &mut Gathered,
    ) -> Result<(), GrammarError> {
        for (name, body) in &document.expansion_rules.0 {
            if self.rule_texts.insert(name, body).is_some() {
                return Err(GrammarError::Twice(name.clone().into_owned()));
            }
        }
        for (name, list) in &document.lists.0 {
            let list = self.list(name, list)?;
            // The home's own names take the place of a list of that name.
            let id = self.add_list(list);
            self.global.lists.entry(name.clone().into_owned()).or_insert(id);
        }
        let wildcards = document.lists.0.iter().filter(|(_, list)| list.wildcard);
        self.wildcards.extend(wildcards.map(|(name, _)| &**name));
        for (name, intent) in &document.intents.0 {
            gathered.intents.push(Box::from(&**name));
            for block in &intent.data {
                self.enter(block)?;
                for (text, ast) in sorted_sentences(block, &self.wildcards)? {
                    let node = self.node(&ast)?;
                    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
                    let source = (narrow(gathered.sources.len()), length);
                    gathered.sources.push_str(text);
                    let (form, block) = (self.form(node), narrow(gathered.blocks.len()));
                    gathered.templates.push(Template { node, block, form, source, clauses: (0, 0) });
                }
                let intent = u16::try_from(gathered.intents.len() - 1).unwrap_or(u16::MAX);
                gathered.blocks.push(finished_block(block, intent));
            }
        }
        Ok(())
    }

    /// Takes a block's own lists and rules into scope, in place of the last block's.
    fn enter(&mut self, block: &'a source::Block<'_>) -> Result<(), GrammarError> {
        self.local = Scope::default();
        for (name, list) in &block.lists.0 {
            let list = self.list(name, list)?;
            let id = self.add_list(list);
            self.local.lists.insert(name.clone().into_owned(), id);
        }
        for (name, body) in &block.expansion_rules.0 {
            let ast = parse(body)?;
            let node = self.node(&ast)?;
            self.local.rules.insert(name.clone().into_owned(), node);
        }
        Ok(())
    }

    fn node(&mut self, ast: &Ast) -> Result<NodeId, GrammarError> {
        match ast {
            Ast::Text(text) if text.is_empty() => Ok(self.add(Node::Empty)),
            Ast::Text(text) => {
                let chunk = self.chunk(text);
                Ok(self.add(Node::Text(chunk)))
            }
            Ast::Sequence(items) => {
                let kids = self.kids_of(items)?;
                Ok(match kids.as_slice() {
                    [] => self.add(Node::Never),
                    [only] => *only,
                    _ => {
                        let kids = self.add_kids(&kids);
                        self.add(Node::Sequence(kids))
                    }
                })
            }
            Ast::Alternative(items) => {
                let kids = self.kids_of(items)?;
                let kids = self.add_kids(&kids);
                Ok(self.add(Node::Alternative(kids)))
            }
            Ast::Permutation(items) => {
                let kids = self.kids_of(items)?;
                let kids = self.add_kids(&kids);
                Ok(self.add(Node::Permutation(kids)))
            }
            Ast::List(used) => self.list_use(used),
            Ast::Rule(name) => self.rule(name),
        }
    }

    fn kids_of(&mut self, items: &[Ast]) -> Result<Vec<NodeId>, GrammarError> {
        items.iter().map(|item| self.node(item)).collect()
    }

    fn rule(&mut self, name: &str) -> Result<NodeId, GrammarError> {
        if let Some(known) = self.local.rules.get(name).or_else(|| self.global.rules.get(name)) {
            return Ok(*known);
        }
        let (&name, &body) =
            self.rule_texts.get_key_value(name).ok_or_else(|| GrammarError::NoRule(name.to_owned()))?;
        if self.open_rules.contains(&name) || self.open_rules.len() >= MAX_RULE_DEPTH {
            return Err(GrammarError::Cycle(name.to_owned()));
        }
        self.open_rules.push(name);
        // A rule of the language sees the language's lists, whichever block comes across it first.
        let local = std::mem::take(&mut self.local);
        let node = parse(body).and_then(|ast| self.node(&ast));
        self.local = local;
        self.open_rules.pop();
        let node = node?;
        self.global.rules.insert(name.to_owned(), node);
        Ok(node)
    }

    fn list_use(&mut self, used: &template::ListUse) -> Result<NodeId, GrammarError> {
        let known = self.local.lists.get(&used.list).or_else(|| self.global.lists.get(&used.list)).copied();
        let list = match known {
            Some(list) => list,
            None => self.inline_range(&used.list)?,
        };
        let slot = self.string(&used.slot);
        let key = ListUse { list, slot, capture: used.capture, end_of_word: used.end_of_word };
        let next = narrow(self.grammar.uses.len());
        let id = *self.seen_uses.entry(key).or_insert(next);
        if id == next {
            self.grammar.uses.push(key);
        }
        Ok(self.add(Node::List(id)))
    }

    /// `{0..100:slot}` or `{0..100,10:slot}`.
    fn inline_range(&mut self, name: &str) -> Result<u32, GrammarError> {
        let numbers = name.split_once("..").and_then(|(from, rest)| {
            let (to, step) = rest.split_once(',').unwrap_or((rest, "1"));
            Some((from.parse().ok()?, to.parse().ok()?, step.parse().ok()?))
        });
        let (from, to, step) = numbers.ok_or_else(|| GrammarError::NoList(name.to_owned()))?;
        let range =
            source::Range { from, to, step, fractions: None, multiplier: None, digits: true, words: true };
        let list = List::Range(checked_range(name, &range)?);
        let id = self.add_list(list);
        self.global.lists.insert(name.to_owned(), id);
        Ok(id)
    }

    fn list(&mut self, name: &str, list: &source::List<'_>) -> Result<List, GrammarError> {
        if let Some(values) = &list.values {
            let values: Result<Box<[_]>, _> = values.iter().map(|value| self.value(value)).collect();
            return Ok(List::Values(values?));
        }
        match &list.range {
            Some(range) => Ok(List::Range(checked_range(name, range)?)),
            None if list.wildcard => Ok(List::Wildcard),
            None => Err(GrammarError::EmptyList(name.to_owned())),
        }
    }

    fn value(&mut self, value: &source::Value<'_>) -> Result<Value, GrammarError> {
        let (said, out, context) = match value {
            source::Value::Plain(said) if template::is_template(said) => (said, None, None),
            source::Value::Plain(said) => (said, Some(SlotValue::Text(said.clone().into_owned())), None),
            source::Value::InOut { said, out, context } => (said, out.clone(), Some(context)),
        };
        let ast = if template::is_template(said) {
            parse(said)?
        } else {
            Ast::Text(normalize(said).into_iter().collect())
        };
        // A value of nothing but spaces would match anywhere without taking text.
        let blank = matches!(&ast, Ast::Text(text) if text.trim().is_empty());
        let said = if blank { self.add(Node::Never) } else { self.node(&ast)? };
        let context = context
            .map(|context| context.0.iter().map(|(key, value)| (Box::from(&**key), value.clone())).collect());
        Ok(Value { said, out, context: context.unwrap_or_default() })
    }

    fn chunk(&mut self, text: &str) -> u32 {
        let mut chars: Vec<char> = text.chars().map(fold).collect();
        if self.ignore_whitespace {
            chars = remove_cjk_spaces(&chars);
        }
        let key: String = chars.iter().collect();
        let next = narrow(self.grammar.chunks.len());
        let id = *self.seen_chunks.entry(key).or_insert(next);
        if id == next {
            let lead = chars.iter().take_while(|c| c.is_whitespace()).count();
            let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
            self.grammar.chunks.push(Chunk {
                start: narrow(self.grammar.chars.len()),
                len: small(chars.len()),
                lead: small(lead),
                weight: small(trim(&chars).len()),
                ends_word: chars.last().is_some_and(|c| matches!(c, ' ' | '\'')),
            });
            self.grammar.chars.extend(chars);
        }
        id
    }

    fn string(&mut self, text: &str) -> u32 {
        if let Some(known) = self.seen_strings.get(text) {
            return *known;
        }
        let id = narrow(self.grammar.strings.len());
        self.grammar.strings.push(Box::from(text));
        self.seen_strings.insert(text.to_owned(), id);
        id
    }

    fn add_list(&mut self, list: List) -> u32 {
        self.grammar.lists.push(list);
        narrow(self.grammar.lists.len() - 1)
    }

    fn add_kids(&mut self, kids: &[NodeId]) -> Kids {
        if let Some(known) = self.seen_kids.get(kids) {
            return *known;
        }
        let start = narrow(self.grammar.kids.len());
        let added = Kids { start, len: u16::try_from(kids.len()).unwrap_or(u16::MAX) };
        self.grammar.kids.extend_from_slice(kids);
        self.seen_kids.insert(kids.into(), added);
        added
    }

    fn add(&mut self, node: Node) -> NodeId {
        if let Some(known) = self.seen_nodes.get(&node) {
            return *known;
        }
        let literal = match node {
            Node::Empty | Node::Never | Node::Text(_) => true,
            Node::List(_) => false,
            Node::Sequence(kids) | Node::Alternative(kids) | Node::Permutation(kids) => {
                let start = kids.start as usize;
                let kids = self.grammar.kids.get(start..start + usize::from(kids.len)).unwrap_or_default();
                kids.iter().all(|kid| self.grammar.literal.get(*kid as usize) == Some(&true))
            }
        };
        let id = narrow(self.grammar.nodes.len());
        self.grammar.nodes.push(node);
        self.grammar.literal.push(literal);
        self.seen_nodes.insert(node, id);
        id
    }

    /// Whether a wildcard stands at an end of the template.
    fn form(&self, node: NodeId) -> Form {
        let node_at = |id: NodeId| self.grammar.nodes.get(id as usize).copied().unwrap_or(Node::Never);
        let wild = |id: NodeId| {
            let Node::List(used) = node_at(id) else { return false };
            let list = self.grammar.uses.get(used as usize).map(|used| used.list as usize);
            matches!(list.and_then(|list| self.grammar.lists.get(list)), Some(List::Wildcard))
        };
        if wild(node) {
            return Form::WildcardOnly;
        }
        let Node::Sequence(kids) = node_at(node) else { return Form::Plain };
        let start = kids.start as usize;
        match self.grammar.kids.get(start..start + usize::from(kids.len)).unwrap_or_default() {
            [first, ..] if wild(*first) => Form::WildcardFirst,
            [.., last] if wild(*last) => Form::WildcardLast,
            _ => Form::Plain,
        }
    }

    fn finish(self, grammar: Grammar, gathered: Gathered) -> Grammar {
        let parts = self.grammar;
        let mut grammar = Grammar {
            ignore_whitespace: self.ignore_whitespace,
            nodes: parts.nodes.into(),
            literal: parts.literal.into(),
            kids: parts.kids.into(),
            chunks: parts.chunks.into(),
            chars: parts.chars.into(),
            uses: parts.uses.into(),
            lists: parts.lists.into(),
            strings: parts.strings.into(),
            intents: gathered.intents.into(),
            blocks: gathered.blocks.into(),
            templates: gathered.templates.into(),
            sources: gathered.sources.into(),
            ..grammar
        };
        let mut builder = fragments::Builder::default();
        let clauses: Vec<_> =
            grammar.templates.iter().map(|template| builder.template(&grammar, template.node)).collect();
        for (template, clauses) in grammar.templates.iter_mut().zip(clauses) {
            template.clauses = clauses;
        }
        grammar.fragments = builder.finish(grammar.templates.iter().map(|template| template.clauses));
        grammar
    }
}

fn skip_words(words: &[std::borrow::Cow<'_, str>]) -> Box<[Box<[char]>]> {
    let folded = words.iter().map(|word| word.trim().chars().map(fold).collect::<Box<[char]>>());
    let mut words: Vec<Box<[char]>> = folded.filter(|word| !word.is_empty()).collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words.into()
}

fn checked_range(name: &str, range: &source::Range<'_>) -> Result<Range, GrammarError> {
    let fractions = match range.fractions.as_deref() {
        None => Fractions::None,
        Some("halves") => Fractions::Halves,
        Some("tenths") => Fractions::Tenths,
        Some(_) => return Err(GrammarError::EmptyList(name.to_owned())),
    };
    if range.from > range.to || range.step <= 0 {
        return Err(GrammarError::EmptyList(name.to_owned()));
    }
    Ok(Range {
        from: range.from,
        to: range.to,
        step: range.step,
        fractions,
        multiplier: range.multiplier,
        digits: range.digits,
        words: range.words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(template: &str, rules: &serde_json::Value) -> Result<Grammar, GrammarError> {
        let document = serde_json::json!({
            "language": "xx",
            "intents": {"Test": {"data": [{"sentences": [template]}]}},
            "lists": {"empty": {}, "word": {"values": ["a"]}},
            "expansion_rules": rules,
        });
        // `empty` is a mistake only where it is meant to be one.
        let mut document = document;
        if !template.contains("{empty}") {
            document["lists"].as_object_mut().unwrap().remove("empty");
        }
        let text = document.to_string();
        compile(&serde_json::from_str(&text).unwrap(), None, NumberWords::default())
    }

    #[test]
    fn mistakes_in_templates_are_named() {
        let none = serde_json::json!({});
        assert_eq!(compiled("<gone>", &none).unwrap_err(), GrammarError::NoRule("gone".into()));
        assert_eq!(compiled("{gone}", &none).unwrap_err(), GrammarError::NoList("gone".into()));
        assert_eq!(compiled("{empty}", &none).unwrap_err(), GrammarError::EmptyList("empty".into()));
        assert!(matches!(compiled("(a", &none), Err(GrammarError::Template { .. })));
        let circle = serde_json::json!({"a": "x <b>", "b": "y <a>"});
        assert!(matches!(compiled("<a>", &circle), Err(GrammarError::Cycle(_))));
        let deep: serde_json::Map<_, _> =
            (0..40).map(|n| (format!("r{n}"), format!("x <r{}>", n + 1).into())).collect();
        assert!(matches!(compiled("<r0>", &deep.into()), Err(GrammarError::Cycle(_))));
    }

    #[test]
    fn equal_parts_are_stored_once() {
        let none = serde_json::json!({});
        let once = compiled("(turn|switch) on {word}", &none).unwrap();
        let twice = compiled("((turn|switch) on {word}|(turn|switch) on {word})", &none).unwrap();
        assert!(twice.nodes.len() <= once.nodes.len() + 1, "{} {}", once.nodes.len(), twice.nodes.len());
    }

    #[test]
    fn ranges_may_be_written_in_place() {
        let none = serde_json::json!({});
        let grammar = compiled("{10..20,5:number}", &none).unwrap();
        let ranges = grammar.lists.iter().filter_map(|list| match list {
            List::Range(range) => Some((range.from, range.to, range.step)),
            _ => None,
        });
        assert_eq!(ranges.collect::<Vec<_>>(), [(10, 20, 5)]);
        assert_eq!(compiled("{20..10:number}", &none).unwrap_err(), GrammarError::EmptyList("20..10".into()));
    }
}
