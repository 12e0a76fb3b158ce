//! One file a path of the API: `/api/v1/timers/{id}` is in `timers.rs`.

pub(super) mod areas;
pub(super) mod conversation;
pub(super) mod conversations;
pub(super) mod devices;
pub(super) mod entities;
pub(super) mod floors;
pub(super) mod health;
pub(super) mod healthz;
pub(super) mod home;
pub(super) mod languages;
pub(super) mod lists;
pub(super) mod logs;
pub(super) mod metrics;
pub(super) mod openapi;
pub(super) mod password;
pub(super) mod picture;
pub(super) mod readyz;
mod rooms;
pub(super) mod session;
pub(super) mod states;
pub(super) mod timers;
pub(super) mod tokens;

use crate::model::Names;

use super::error::ApiError;

/// The id of a thing that a person just named: its letters and digits of ASCII, or else `fallback`, with a
/// number behind it where that id is taken.
fn id_for(names: &Names, fallback: &str, taken: impl Fn(&str) -> bool) -> Result<String, ApiError> {
    const LONGEST: usize = 60;
    let english = names.by_language.get("en").and_then(|names| names.first());
    let slug = [Some(&names.name), english].into_iter().flatten().map(|name| slug(name, LONGEST));
    let stem = slug.into_iter().find(|slug| !slug.is_empty()).unwrap_or_else(|| fallback.to_owned());
    if !taken(&stem) {
        return Ok(stem);
    }
    (2..10_000)
        .map(|n| format!("{stem}_{n}"))
        .find(|id| !taken(id))
        .ok_or_else(|| ApiError::invalid(format!("there are too many things named {stem:?}")))
}

fn slug(name: &str, longest: usize) -> String {
    let mut slug = String::new();
    for c in name.chars().filter_map(|c| match c {
        'a'..='z' | '0'..='9' => Some(c),
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        ' ' | '_' | '-' | '.' | '/' => Some('_'),
        _ => None,
    }) {
        if slug.len() < longest && !(c == '_' && (slug.is_empty() || slug.ends_with('_'))) {
            slug.push(c);
        }
    }
    slug.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_names() {
        let id =
            |name: &str, taken: &[&str]| id_for(&Names::new(name), "area", |id| taken.contains(&id)).unwrap();
        assert_eq!(id("Living room", &[]), "living_room");
        assert_eq!(id("  Bath / WC ", &["bath_wc"]), "bath_wc_2");
        assert_eq!(id("客厅", &[]), "area");
        assert_eq!(id("卧室", &["area", "area_2"]), "area_3");
        let mut names = Names::new("客厅");
        names.by_language.insert("en".into(), vec!["Living room".into()]);
        assert_eq!(id_for(&names, "area", |_| false).unwrap(), "living_room");
    }
}
