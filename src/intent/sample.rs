//! Sentences that a template can be said as.

use super::template::{Ast, TemplateError, is_template, parse};

/// Most ways of saying one template that are spelt out.
const MAX_FORMS: usize = 256;

/// Every way of saying a name that may be written as a template, such as `(sofa|couch) lamp[s]`; a plain name
/// is itself. Parts that stand for lists or rules are left out.
///
/// # Errors
/// Says what is wrong with the template.
pub fn spoken_forms(name: &str) -> Result<Vec<String>, String> {
    if !is_template(name) {
        return Ok(vec![name.trim().to_owned()]);
    }
    let ast = parse(name).map_err(|error: TemplateError| format!("{name:?}: {error}"))?;
    let mut forms: Vec<String> = Vec::new();
    for form in expand(&ast) {
        let form = form.trim();
        if !form.is_empty() && !forms.iter().any(|known| known == form) {
            forms.push(form.to_owned());
        }
    }
    Ok(forms)
}

fn expand(ast: &Ast) -> Vec<String> {
    match ast {
        Ast::Text(text) => vec![text.clone()],
        Ast::Sequence(items) | Ast::Permutation(items) => {
            let mut forms = vec![String::new()];
            for item in items {
                let ends = expand(item);
                let longer = forms.iter().flat_map(|form| ends.iter().map(move |end| format!("{form}{end}")));
                forms = longer.take(MAX_FORMS).collect();
            }
            forms
        }
        Ast::Alternative(items) => items.iter().flat_map(expand).take(MAX_FORMS).collect(),
        Ast::List(_) | Ast::Rule(_) => vec![String::new()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_a_template() {
        assert_eq!(spoken_forms("Sofa").unwrap(), ["Sofa"]);
        assert_eq!(
            spoken_forms("(sofa|couch) lamp[s]").unwrap(),
            ["sofa lamps", "sofa lamp", "couch lamps", "couch lamp"]
        );
        assert!(spoken_forms("(sofa").is_err());
        assert!(spoken_forms(&"(a|b)".repeat(40)).unwrap().len() <= MAX_FORMS);
    }
}
