//! What areas and floors have in common: people make and name them, and the hub chooses the id.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;

use crate::model::{Area, AreaId, Change, Floor, FloorId, HomeView, IdError, Names};
use crate::web::Web;
use crate::web::error::ApiError;
use crate::web::extract::{self, Json};

/// An area or a floor.
pub(super) trait Room: Clone + Send + Sync + Sized + 'static {
    /// What it is called in errors, and its id where its name gives none.
    const KIND: &'static str;
    /// Its id.
    type Id: Ord + Clone + Send + Sync + Borrow<str> + 'static;

    fn id(text: &str) -> Result<Self::Id, IdError>;
    fn all<'a>(view: &HomeView<'a>) -> &'a BTreeMap<Self::Id, Arc<Self>>;
    fn put(self) -> Change;
}

impl Room for Area {
    const KIND: &'static str = "area";
    type Id = AreaId;

    fn id(text: &str) -> Result<AreaId, IdError> {
        AreaId::new(text)
    }
    fn all<'a>(view: &HomeView<'a>) -> &'a BTreeMap<AreaId, Arc<Self>> {
        view.areas
    }
    fn put(self) -> Change {
        Change::PutArea(self)
    }
}

impl Room for Floor {
    const KIND: &'static str = "floor";
    type Id = FloorId;

    fn id(text: &str) -> Result<FloorId, IdError> {
        FloorId::new(text)
    }
    fn all<'a>(view: &HomeView<'a>) -> &'a BTreeMap<FloorId, Arc<Self>> {
        view.floors
    }
    fn put(self) -> Change {
        Change::PutFloor(self)
    }
}

/// All of a kind.
pub(super) async fn list<R: Room>(web: &Web) -> Result<Json<Vec<Arc<R>>>, ApiError> {
    Ok(Json(web.handle.read(|home| R::all(&home.view()).values().cloned().collect()).await?))
}

/// Adds one under an id that is made from its names.
pub(super) async fn create<R: Room>(
    web: &Web,
    names: Names,
    make: impl FnOnce(R::Id, Names) -> R,
) -> Result<(StatusCode, Json<R>), ApiError> {
    let names = extract::names(names)?;
    // Two of one name at the same moment must not get the same id.
    let _one_at_a_time = web.naming.lock().await;
    let taken: Vec<R::Id> = web.handle.read(|home| R::all(&home.view()).keys().cloned().collect()).await?;
    let id =
        super::id_for(&names, R::KIND, |id| taken.iter().any(|taken| Borrow::<str>::borrow(taken) == id))?;
    let room = make(R::id(&id)?, names);
    web.handle.change(room.clone().put()).await?;
    Ok((StatusCode::CREATED, Json(room)))
}

/// Changes one that is there.
pub(super) async fn put<R: Room>(
    web: &Web,
    id: R::Id,
    names: Names,
    make: impl FnOnce(R::Id, Names) -> R,
) -> Result<Json<R>, ApiError> {
    let wanted = id.clone();
    if !web.handle.read(move |home| R::all(&home.view()).contains_key::<R::Id>(&wanted)).await? {
        return Err(ApiError::not_found(R::KIND, id.borrow()));
    }
    let room = make(id, extract::names(names)?);
    web.handle.change(room.clone().put()).await?;
    Ok(Json(room))
}
