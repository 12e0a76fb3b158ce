//! The shopping list and other lists.

use std::sync::Arc;

use crate::model::{Domain, EntityId, ItemStatus, ListChange, ListItem, Names, SlotValue, TodoList};

use super::super::facts::{Facts, Failure};
use super::super::resolver::{fold, is_called};
use super::{Ask, Plan, Planned};

/// Id of the list that sentences about shopping mean.
const SHOPPING: &str = "shopping";

/// What a list is called in sentences: its name, and that without the word for a list ("the camping list" is
/// the list "Camping", and the other way round).
#[must_use]
pub fn list_names(list: &TodoList) -> Names {
    const NOUNS: &[&str] = &[" list", "清单", "列表", "单子"];
    let lower = list.name.to_lowercase();
    let short = NOUNS.iter().find(|noun| lower.ends_with(**noun)).and_then(|noun| {
        let end = list.name.len().checked_sub(noun.len())?;
        list.name.get(..end).map(str::trim).filter(|short| !short.is_empty())
    });
    Names { aliases: short.map(str::to_owned).into_iter().collect(), ..Names::new(list.name.as_str()) }
}

/// What still has to be bought or done.
pub(super) fn items(ask: &Ask<'_>) -> Planned {
    let list = list(ask)?;
    let open = list.items.iter().filter(|item| item.status == ItemStatus::NeedsAction);
    let items = SlotValue::Many(open.map(|item| item.summary.clone()).collect());
    let facts = ask.facts();
    let slots = facts.slots.clone().into_iter().chain([("items".to_owned(), items)]).collect();
    Ok(Plan::Answer(Facts { slots, ..facts }))
}

pub(super) fn add(ask: &Ask<'_>) -> Planned {
    let list = list(ask)?;
    let item = item_text(ask)?;
    Ok(Plan::List(vec![ListChange::Add(list.id.clone(), item.to_owned())], ask.facts()))
}

pub(super) fn complete(ask: &Ask<'_>) -> Planned {
    let list = list(ask)?;
    let open = |item: &&ListItem| item.status == ItemStatus::NeedsAction;
    let item = find_item(ask, list, open)?;
    let change = ListChange::status(list.id.clone(), item.id, ItemStatus::Completed);
    Ok(Plan::List(vec![change], ask.facts()))
}

pub(super) fn remove(ask: &Ask<'_>) -> Planned {
    let list = list(ask)?;
    let item = find_item(ask, list, |_| true)?;
    Ok(Plan::List(vec![ListChange::RemoveItem(list.id.clone(), item.id)], ask.facts()))
}

fn item_text<'a>(ask: &Ask<'a>) -> Result<&'a str, Failure> {
    ask.slots.text("item").ok_or_else(|| Failure::new("nothing_to_say"))
}

fn find_item<'a>(
    ask: &Ask<'_>,
    list: &'a TodoList,
    test: impl Fn(&&ListItem) -> bool,
) -> Result<&'a ListItem, Failure> {
    let said = item_text(ask)?;
    let folded = fold(said);
    list.items
        .iter()
        .filter(test)
        .find(|item| fold(&item.summary) == folded)
        .ok_or_else(|| Failure::new("no_item").with("item", said).with("list", list.name.as_str()))
}

/// The list of the slot `name`; the shopping list where the intent has no such slot.
fn list<'a>(ask: &Ask<'a>) -> Result<&'a Arc<TodoList>, Failure> {
    let lists = ask.context.lists;
    let Some(name) = ask.slots.text("name") else {
        return lists.get(SHOPPING).ok_or_else(|| Failure::new("no_list").with("list", SHOPPING));
    };
    let folded = fold(name);
    // Sentences know lists as entities of the domain `todo`, which may have names per language.
    let by_entity = || {
        let todo = |id: &EntityId| id.domain() == Domain::Todo;
        let entity = ask
            .view
            .entities
            .values()
            .find(|e| todo(&e.id) && (e.id.as_str() == name || is_called(&e.names, &folded)))?;
        lists.get(entity.id.object_id())
    };
    lists
        .values()
        .find(|list| list.id.as_str() == name || is_called(&list_names(list), &folded))
        .or_else(by_entity)
        .ok_or_else(|| Failure::new("no_list").with("list", name))
}
