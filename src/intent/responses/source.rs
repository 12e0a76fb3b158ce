//! From the dialect in which the responses are written to the one that minijinja reads.

/// Rewrites what Jinja in Python takes and minijinja does not: a colon at the end of a block
/// (`{% if x: %}`), `[]` for a list that is appended to later, and names with letters beyond ASCII.
///
/// Many languages ask `state == "not_home"` of the state's object, which is never true; they get the answer
/// that they meant.
pub(super) fn to_minijinja(source: &str) -> String {
    let mut rewritten = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((start, end)) = next_tag(rest) {
        let (text, tag) = rest.split_at(start);
        rewritten.push_str(text);
        let (tag, after) = tag.split_at(tag_length(tag, end));
        push_tag(tag, end, &mut rewritten);
        rest = after;
    }
    rewritten.push_str(rest);
    rewritten
}

/// Where the next block or expression starts, and the character before its closing brace.
fn next_tag(text: &str) -> Option<(usize, char)> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (before, c) {
            ('{', '%') => return Some((at - 1, '%')),
            ('{', '{') => return Some((at - 1, '}')),
            _ => before = c,
        }
    }
    None
}

/// Bytes up to and with the end of the tag that is not inside quotes; everything when there is none.
fn tag_length(tag: &str, end: char) -> usize {
    let mut quote = None;
    let mut before = ' ';
    let mut open = 0_u32;
    // The two characters that opened the tag are no part of what they could close.
    for (at, c) in tag.char_indices().skip(2) {
        match quote {
            Some(mark) if c == mark && before != '\\' => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '{' => open += 1,
            None if c == '}' && open > 0 => open -= 1,
            None if c == '}' && before == end => return at + 1,
            None => {}
        }
        before = c;
    }
    tag.len()
}

fn push_tag(tag: &str, end: char, rewritten: &mut String) {
    let closing =
        [format!("-{end}}}"), format!("{end}}}")].into_iter().find(|closing| tag.ends_with(closing));
    let closing = closing.unwrap_or_default();
    let body = tag.strip_suffix(closing.as_str()).unwrap_or(tag).trim_end();
    let body = if end == '%' { body.strip_suffix(':').unwrap_or(body) } else { body };
    push_code(&body.replacen("if state == ", "if state.state == ", 1), rewritten);
    if !closing.is_empty() {
        rewritten.push(' ');
    }
    rewritten.push_str(&closing);
}

/// Code with the parts that are not quoted rewritten.
fn push_code(code: &str, rewritten: &mut String) {
    let mut quote = None;
    let mut before = ' ';
    for c in code.chars() {
        match quote {
            Some(mark) if c == mark && before != '\\' => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        if quote.is_none() && before == '[' && c == ']' {
            rewritten.pop();
            rewritten.push_str("mutable_list()");
        } else if quote.is_none() && !c.is_ascii() {
            rewritten.push_str(&format!("u{:x}", u32::from(c)));
        } else {
            rewritten.push(c);
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::to_minijinja;

    #[test]
    fn colons_at_the_end_of_blocks_go() {
        assert_eq!(
            to_minijinja("{% if a: %}b{%- else: -%}c{% endif %}"),
            "{% if a %}b{%- else -%}c{% endif %}"
        );
        assert_eq!(to_minijinja("{% set a = 'x:' %}"), "{% set a = 'x:' %}");
        assert_eq!(to_minijinja("{% set a = '%}:' %}:"), "{% set a = '%}:' %}:");
        assert_eq!(to_minijinja("{% set a = {'b': {}} %}{{ a:"), "{% set a = {'b': {}} %}{{ a:");
    }

    #[test]
    fn lists_and_names_are_rewritten_outside_of_quotes() {
        assert_eq!(to_minijinja("{% set a = [] %}[]"), "{% set a = mutable_list() %}[]");
        assert_eq!(to_minijinja("{{ yksikkö ~ 'ö[]' }}ö"), "{{ yksikkuf6 ~ 'ö[]' }}ö");
        assert_eq!(to_minijinja("a {% if"), "a {% if");
        assert_eq!(to_minijinja("{% if state == 'a' %}"), "{% if state.state == 'a' %}");
    }
}
