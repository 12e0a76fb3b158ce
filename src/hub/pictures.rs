//! The last picture of each camera and image: in memory only, and not too many.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::model::{EntityId, Timestamp};

/// Largest picture that is kept, in bytes.
const LARGEST: usize = 2 * 1_024 * 1_024;
/// All pictures together, in bytes; beyond it the oldest go.
const ALL: usize = 8 * 1_024 * 1_024;

/// The last picture of each entity that has one.
#[derive(Debug, Default)]
pub struct Pictures {
    all: BTreeMap<EntityId, (Timestamp, Bytes)>,
    size: usize,
}

impl Pictures {
    /// The entity's last picture as it came, and when.
    #[must_use]
    pub fn get(&self, entity: &EntityId) -> Option<&(Timestamp, Bytes)> {
        self.all.get(entity)
    }

    /// Takes the place of the entity's picture before.
    pub(super) fn keep(&mut self, entity: EntityId, picture: Bytes, now: Timestamp) {
        if picture.len() > LARGEST {
            tracing::warn!(%entity, bytes = picture.len(), "the picture is too large to be kept");
            return;
        }
        self.forget(&entity);
        self.size += picture.len();
        self.all.insert(entity, (now, picture));
        while self.size > ALL {
            let oldest = self.all.iter().min_by_key(|(_, (time, _))| *time).map(|(entity, _)| entity.clone());
            let Some(oldest) = oldest else { return };
            self.forget(&oldest);
        }
    }

    /// The entity is gone.
    pub(super) fn forget(&mut self, entity: &EntityId) {
        if let Some((_, picture)) = self.all.remove(entity) {
            self.size -= picture.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_bounded_one_by_one_and_together() {
        let camera = |n: i64| EntityId::new(&format!("camera.c{n}")).unwrap();
        let mut pictures = Pictures::default();
        for n in 0..6 {
            let picture = Bytes::from(vec![0; LARGEST]);
            pictures.keep(camera(n), picture, Timestamp::from_millis(n));
        }
        let kept: Vec<_> = (0..6).filter(|n| pictures.get(&camera(*n)).is_some()).collect();
        assert_eq!(kept, [2, 3, 4, 5], "the oldest went");
        pictures.keep(camera(2), Bytes::from_static(b"small"), Timestamp::from_millis(9));
        assert_eq!(pictures.size, 3 * LARGEST + 5);
        pictures.keep(camera(2), Bytes::from(vec![0; LARGEST + 1]), Timestamp::from_millis(10));
        assert_eq!(pictures.get(&camera(2)).unwrap().1.as_ref(), b"small", "too large: the one before stays");
        (0..6).for_each(|n| pictures.forget(&camera(n)));
        assert_eq!(pictures.size, 0);
    }
}
