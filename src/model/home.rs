//! Areas and floors, and what people call things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AreaId, FloorId};

/// What people call a thing: one name, further names in the same breath, and names per language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Names {
    /// The name shown and spoken, unless `by_language` has one for the language in use.
    pub name: String,
    /// Further names that are understood but never shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Names by language tag (`zh-CN`): the first is shown in that language, all are understood in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_language: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// Only a name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The name to show in a language.
    #[must_use]
    pub fn shown(&self, language: &str) -> &str {
        self.by_language.get(language).and_then(|names| names.first()).unwrap_or(&self.name)
    }

    /// Every name that is understood in a language, the shown one first; a name may appear twice.
    pub fn understood<'a>(&'a self, language: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let own = self.by_language.get(language).map(Vec::as_slice).unwrap_or_default();
        own.iter().chain(std::iter::once(&self.name)).chain(&self.aliases).map(String::as_str)
    }
}

/// A room, or any other part of the home that devices belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Area {
    /// Never changes, also when the area is renamed.
    pub id: AreaId,
    /// What people call it.
    #[serde(flatten)]
    pub names: Names,
    /// The floor that it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub floor: Option<FloorId>,
}

/// A floor of the home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Floor {
    /// Never changes, also when the floor is renamed.
    pub id: FloorId,
    /// What people call it.
    #[serde(flatten)]
    pub names: Names,
    /// 0 is the ground floor, negative below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub level: Option<i16>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_its_own_names() {
        let mut names = Names::new("Living room");
        names.aliases.push("lounge".into());
        names.by_language.insert("zh-CN".into(), vec!["客厅".into(), "大厅".into()]);
        assert_eq!(names.shown("zh-CN"), "客厅");
        assert_eq!(names.shown("de"), "Living room");
        let all: Vec<_> = names.understood("zh-CN").collect();
        assert_eq!(all, ["客厅", "大厅", "Living room", "lounge"]);
    }
}
