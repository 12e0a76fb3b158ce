//! Identifiers. Each is cheap to clone, and a wrong kind cannot be passed by mistake.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Domain;

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text is empty.
    #[error("the identifier is empty")]
    Empty,
    /// The text is longer than 255 bytes.
    #[error("the identifier {0:?}… is longer than 255 bytes")]
    TooLong(String),
    /// The text holds a character that identifiers may not hold.
    #[error("{text:?} is no identifier: {bad:?} is not allowed")]
    BadCharacter {
        /// The whole text.
        text: String,
        /// The first character that is not allowed.
        bad: char,
    },
    /// An entity id has no dot between its domain and its object id.
    #[error("{0:?} is no entity id: write it as domain.object_id, for example light.kitchen")]
    NoDomain(String),
    /// The part before the dot is no domain that the hub knows.
    #[error("{0:?} is no entity id: its domain is unknown")]
    UnknownDomain(String),
}

/// Longest identifier in bytes (Home Assistant's own limit for entity ids).
const MAX_BYTES: usize = 255;

fn check(text: &str, allowed: fn(char) -> bool) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_BYTES {
        return Err(IdError::TooLong(text.chars().take(40).collect()));
    }
    match text.chars().find(|c| !allowed(*c)) {
        Some(bad) => Err(IdError::BadCharacter { text: text.to_owned(), bad }),
        None => Ok(()),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
        #[schema(value_type = String)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and makes the identifier.
            ///
            /// # Errors
            /// [`IdError`] when the text is empty, too long or holds a character that is not allowed.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check(text, $allowed)?;
                Ok(Self(Arc::from(text)))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

fn slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-'
}

fn printable(c: char) -> bool {
    !c.is_control()
}

text_id!(
    /// An area (a room), for example `living_room`.
    AreaId,
    slug
);
text_id!(
    /// A floor, for example `first_floor`.
    FloorId,
    slug
);
text_id!(
    /// A device: the first of its discovery identifiers or connections, as the device sends it.
    DeviceId,
    printable
);
text_id!(
    /// A to-do list, for example `shopping`.
    ListId,
    slug
);
text_id!(
    /// A timer of the hub.
    TimerId,
    slug
);
text_id!(
    /// One message to the hub; the same id runs through log lines and the trace.
    MessageId,
    slug
);

/// An entity as Home Assistant writes it: `domain.object_id`, for example `light.kitchen_ceiling`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId {
    text: Arc<str>,
    domain: Domain,
}

impl PartialSchema for EntityId {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.examples([serde_json::json!("light.kitchen_ceiling")]).into()
    }
}

impl ToSchema for EntityId {}

impl EntityId {
    /// Parses `domain.object_id`.
    ///
    /// # Errors
    /// [`IdError`] when there is no dot, the domain is unknown, or the object id is no slug.
    pub fn new(text: &str) -> Result<Self, IdError> {
        check(text, |c| slug(c) || c == '.')?;
        let (domain, object) = text.split_once('.').ok_or_else(|| IdError::NoDomain(text.to_owned()))?;
        let domain: Domain = domain.parse().map_err(|_| IdError::UnknownDomain(text.to_owned()))?;
        check(object, slug)?;
        Ok(Self { text: Arc::from(text), domain })
    }

    /// Makes an id from a domain and an object id.
    ///
    /// # Errors
    /// [`IdError`] when the object id is empty, too long or no slug.
    pub fn from_parts(domain: Domain, object_id: &str) -> Result<Self, IdError> {
        Self::new(&format!("{domain}.{object_id}"))
    }

    /// The whole id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the dot.
    #[must_use]
    pub fn domain(&self) -> Domain {
        self.domain
    }

    /// The part after the dot.
    #[must_use]
    pub fn object_id(&self) -> &str {
        self.text.split_once('.').map_or("", |(_, object)| object)
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.text)
    }
}

impl FromStr for EntityId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl Serialize for EntityId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EntityId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_id_knows_its_domain() {
        let id = EntityId::new("light.kitchen_ceiling").unwrap();
        assert_eq!(id.domain(), Domain::Light);
        assert_eq!(id.object_id(), "kitchen_ceiling");
    }

    #[test]
    fn bad_ids_say_why() {
        assert_eq!(EntityId::new(""), Err(IdError::Empty));
        assert_eq!(EntityId::new("kitchen"), Err(IdError::NoDomain("kitchen".into())));
        assert_eq!(EntityId::new("lamp.kitchen"), Err(IdError::UnknownDomain("lamp.kitchen".into())));
        assert!(matches!(AreaId::new("Wohnküche"), Err(IdError::BadCharacter { bad: 'W', .. })));
        assert!(matches!(EntityId::new(&format!("light.{}", "a".repeat(300))), Err(IdError::TooLong(_))));
    }
}
