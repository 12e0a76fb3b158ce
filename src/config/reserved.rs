//! Sections that later versions will know: they may be there, but empty.

use super::field::{Differences, Field, Key, Reader, Reload, Shape};
use super::yaml::{Data, Node};

/// A section without settings yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reserved;

impl Field for Reserved {
    fn read(reader: &mut Reader, path: &str, node: Option<&Node>, _: &'static str) -> Self {
        let unknown = "is not known in this version: leave the section empty or take it out";
        match node.map(|node| (&node.data, node.mark)) {
            None | Some((Data::Null, _)) => {}
            Some((Data::Mapping(entries), _)) => {
                for (key, mark, _) in entries {
                    reader.mistake(reader.at(*mark), path, format!("{key:?} {unknown}"), None);
                }
            }
            Some((other, mark)) => {
                reader.mistake(reader.at(mark), path, format!("{} {unknown}", other.kind()), None);
            }
        }
        Self
    }

    fn describe(path: &str, shape: &Shape, keys: &mut Vec<Key>) {
        keys.push(Key {
            path: path.to_owned(),
            allowed: "nothing yet".to_owned(),
            default: shape.default,
            reload: shape.reload,
            description: shape.description.clone(),
        });
    }

    fn adopt(&mut self, _: &Self, _: &str, _: Reload, _: &mut Differences) {}
}
