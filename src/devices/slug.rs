//! Object ids from names, as Home Assistant makes them.

/// Turns any text into `a-z0-9_`, at most 120 bytes; empty when nothing is left.
///
/// Letters of other scripts are transliterated (客厅 becomes `ke_ting`, Küche `kuche`), by the tables
/// that Home Assistant's own ids come from. What has no transliteration is left out.
pub(crate) fn slugify(text: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for c in text.chars() {
        // A typographic apostrophe does not part a word, an ASCII one does.
        if matches!(c, '’' | '‘') {
            continue;
        }
        let latin = if c.is_ascii() { None } else { deunicode::deunicode_char(c) };
        let mut buffer = [0; 4];
        let piece = match latin {
            Some(text) => text,
            None if c.is_ascii() => c.encode_utf8(&mut buffer),
            None => "",
        };
        gap |= piece.is_empty();
        for c in piece.chars() {
            if !c.is_ascii_alphanumeric() {
                gap = true;
                continue;
            }
            if gap && !slug.is_empty() {
                slug.push('_');
            }
            gap = false;
            slug.push(c.to_ascii_lowercase());
            if slug.len() >= 120 {
                return slug;
            }
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Kitchen Light", "kitchen_light"),
            ("  Küche — Licht!  ", "kuche_licht"),
            ("客厅灯", "ke_ting_deng"),
            ("Bob's lamp", "bob_s_lamp"),
            ("Bob’s lamp", "bobs_lamp"),
            ("0x0017880104000a99", "0x0017880104000a99"),
            ("PM2.5", "pm2_5"),
            ("🙂", "slight_smile"),
            ("Кухня", "kukhnia"),
            ("", ""),
        ] {
            assert_eq!(slugify(name), slug, "{name}");
        }
    }
}
