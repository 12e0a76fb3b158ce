//! The schema as documents: a table for docs/configuration.md, and an example to start from.

use std::fmt::Write as _;

use super::Reload;

/// The table of settings in docs/configuration.md.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "| Setting | Default | Allowed | Change counts | What it is for |\n|---|---|---|---|---|\n",
    );
    for key in super::keys() {
        let when = match key.reload {
            Reload::Live => "at once",
            Reload::Restart => "at the next start",
        };
        let default = if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
        // Writing to a String cannot fail.
        let _ =
            writeln!(text, "| `{}` | {default} | {} | {when} | {} |", key.path, key.allowed, key.description);
    }
    text
}

/// A configuration file with every setting at its default, each with its words, ready to be changed.
#[must_use]
pub fn example() -> String {
    let mut text = String::from(
        "# Configuration of Homeclaw. Every setting is shown with its default; what starts with # is not set.\n",
    );
    let mut open: Vec<String> = Vec::new();
    for key in super::keys() {
        let mut sections: Vec<String> = key.path.split('.').map(str::to_owned).collect();
        let Some(name) = sections.pop() else { continue };
        let common = open.iter().zip(&sections).take_while(|(a, b)| a == b).count();
        if common == 0 {
            text.push('\n');
        }
        for (depth, section) in sections.iter().enumerate().skip(common) {
            let _ = writeln!(text, "{}{section}:", "  ".repeat(depth));
        }
        let indent = "  ".repeat(sections.len());
        for line in wrap(&format!("{} Write {}.", key.description, key.allowed), 100 - indent.len()) {
            let _ = writeln!(text, "{indent}# {line}");
        }
        let comment = if key.default.is_empty() { "# " } else { "" };
        let _ = writeln!(text, "{indent}{}", format!("{comment}{name}: {}", key.default).trim_end());
        open = sections;
    }
    text
}

/// Lines of at most so many characters, broken between words.
fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_the_defaults() {
        let source = super::super::Source::new(None, std::collections::BTreeMap::new(), vec!["en"]);
        assert_eq!(source.parse(&example()), Ok(super::super::Config::default()));
    }

    #[test]
    fn the_schema_changes_only_on_purpose() {
        insta::assert_snapshot!(markdown());
    }

    #[test]
    fn the_documentation_has_the_schemas_table() {
        let docs = include_str!("../../docs/configuration.md");
        assert!(docs.contains(&markdown()), "paste the output of `homeclaw config schema --markdown`");
        assert_eq!(include_str!("../../docs/config.example.yml"), example());
    }
}
