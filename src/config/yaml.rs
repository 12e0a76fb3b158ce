//! YAML into a small tree that knows where each piece was written, within limits.
//!
//! Scalars stay text: what they mean is the schema's business, so that a password of digits stays a
//! password. Anchors and aliases are refused, which leaves no way to write a document that unfolds.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// Largest file that is read.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting; the schema itself is four levels deep.
const MAX_DEPTH: usize = 16;
/// Most mistakes in the writing itself that are told at once.
const MAX_PROBLEMS: usize = 100;

/// A place in the text. Both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Line.
    pub(super) line: usize,
    /// Column, in characters.
    pub(super) column: usize,
}

impl Mark {
    fn start(span: &Span) -> Self {
        Self { line: span.start.line(), column: span.start.col() + 1 }
    }
}

/// A piece of the document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Where it starts.
    pub(super) mark: Mark,
    /// What it is.
    pub(super) data: Data,
}

/// What a piece of the document is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    /// Nothing, `~` or `null`.
    Null,
    /// A text, number or truth value.
    Scalar(String),
    /// `- a` or `[a]`.
    Sequence(Vec<Node>),
    /// `key: value`, in the order written; no key twice.
    Mapping(Vec<(String, Mark, Node)>),
}

impl Data {
    /// What to call it in a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar(_) => "a single value",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a section with keys",
        }
    }
}

/// Something that is wrong with the writing itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    /// Where.
    pub(super) mark: Mark,
    /// What.
    pub(super) message: String,
}

/// A collection that is being read, and the key that waits for its value.
struct Open {
    node: Node,
    key: Option<(String, Mark)>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    problems: Vec<Problem>,
    /// Nesting beneath something that is left out (too deep).
    skipped: usize,
}

/// Reads a document. What could be read is there even when there are problems.
pub(super) fn parse(text: &str) -> (Option<Node>, Vec<Problem>) {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text.trim_start_matches('\u{feff}'));
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => {
                builder.problem(scan_mark(&error), syntax(text, &error));
                break;
            }
        }
        if builder.problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    // After a broken line the collections around it are still open; what they hold so far counts.
    while let Some(open) = builder.open.pop() {
        builder.place(open.node);
    }
    (builder.root, builder.problems)
}

fn scan_mark(error: &ScanError) -> Mark {
    Mark { line: error.marker().line(), column: error.marker().col() + 1 }
}

/// The parser's words, with a plain hint for the most common slip.
fn syntax(text: &str, error: &ScanError) -> String {
    let line = text.lines().nth(error.marker().line().saturating_sub(1)).unwrap_or_default();
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    if indent.contains('\t') {
        return "the line is indented with a tab, which YAML does not allow: use spaces".to_owned();
    }
    format!("this is not valid YAML: {}", error.info())
}

impl Builder {
    fn problem(&mut self, mark: Mark, message: impl Into<String>) {
        self.problems.push(Problem { mark, message: message.into() });
    }

    fn take(&mut self, event: Event<'_>, span: &Span) {
        let mark = Mark::start(span);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.problem(
                        mark,
                        "a second document starts here, and only one is allowed: remove the `---`",
                    );
                }
            }
            Event::SequenceStart(..) => self.begin(mark, Data::Sequence(Vec::new())),
            Event::MappingStart(..) => self.begin(mark, Data::Mapping(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => {
                if self.skipped > 0 {
                    self.skipped -= 1;
                } else if let Some(open) = self.open.pop() {
                    self.place(open.node);
                }
            }
            Event::Scalar(text, style, _, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    let message = format!(
                        "the tag {}{} is not known here: write the value itself",
                        tag.handle, tag.suffix
                    );
                    self.problem(mark, message);
                }
                let plain = style == ScalarStyle::Plain;
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let data = if null { Data::Null } else { Data::Scalar(text.into_owned()) };
                self.place(Node { mark, data });
            }
            Event::Alias(_) => {
                self.problem(mark, "aliases (`*name`) are not allowed here: write the value out");
                self.place(Node { mark, data: Data::Null });
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn begin(&mut self, mark: Mark, data: Data) {
        if self.skipped > 0 || self.open.len() >= MAX_DEPTH {
            if self.skipped == 0 {
                self.problem(mark, format!("this is nested more than {MAX_DEPTH} levels deep"));
                self.place(Node { mark, data: Data::Null });
            }
            self.skipped += 1;
            return;
        }
        self.open.push(Open { node: Node { mark, data }, key: None });
    }

    fn place(&mut self, node: Node) {
        if self.skipped > 0 {
            return;
        }
        let Some(open) = self.open.last_mut() else {
            // Only the first document counts.
            self.root.get_or_insert(node);
            return;
        };
        match &mut open.node.data {
            Data::Sequence(items) => items.push(node),
            Data::Mapping(entries) => match open.key.take() {
                None => match node.data {
                    Data::Scalar(key) => open.key = Some((key, node.mark)),
                    other => {
                        let message = format!("a key must be a word, and this is {}", other.kind());
                        open.key = Some((String::new(), node.mark));
                        self.problem(node.mark, message);
                    }
                },
                Some((key, mark)) => match entries.iter().find(|(other, ..)| *other == key) {
                    _ if key.is_empty() => {}
                    Some((_, first, _)) => {
                        let message =
                            format!("the key {key:?} is written twice; it is already on line {}", first.line);
                        self.problem(mark, message);
                    }
                    None => entries.push((key, mark, node)),
                },
            },
            Data::Null | Data::Scalar(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(usize, usize, String)> {
        parse(text).1.into_iter().map(|p| (p.mark.line, p.mark.column, p.message)).collect()
    }

    #[test]
    fn a_tree_knows_its_places() {
        let (root, problems) = parse("\u{feff}mqtt:\n  port: 007 # Bond\n  list: [a, ~]\n");
        assert!(problems.is_empty(), "{problems:?}");
        let Data::Mapping(top) = root.unwrap().data else { panic!("a mapping") };
        let Data::Mapping(mqtt) = &top[0].2.data else { panic!("a mapping") };
        assert_eq!(mqtt[0].0, "port");
        assert_eq!(mqtt[0].1, Mark { line: 2, column: 3 });
        assert_eq!(mqtt[0].2, Node { mark: Mark { line: 2, column: 9 }, data: Data::Scalar("007".into()) });
        let Data::Sequence(items) = &mqtt[1].2.data else { panic!("a list") };
        assert_eq!(items[1].data, Data::Null);
    }

    #[test]
    fn bad_writing_is_told_all_at_once() {
        let found = problems("a: 1\na: 2\n[x]: 3\nb: 'c\nd: !secret e\n");
        let places: Vec<_> = found.iter().map(|(line, column, _)| (*line, *column)).collect();
        assert_eq!(places, [(2, 1), (3, 1), (4, 4)], "{found:?}");
        let found = problems("a: 1\na: 2\nd: !secret e\n--- \nx: 1\n");
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].2.contains("line 1"));
    }

    #[test]
    fn tabs_and_depth_and_bombs_are_refused() {
        assert!(problems("a:\n\tb: 1\n")[0].2.contains("tab"), "{:?}", problems("a:\n\tb: 1\n"));
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert!(problems(&deep)[0].2.contains("16 levels"), "{:?}", problems(&deep));
        assert!(!problems(&"[".repeat(100_000)).is_empty());
        let bomb = "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        assert_eq!(problems(bomb).len(), 4);
    }
}
