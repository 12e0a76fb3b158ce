//! What happens to shopping and to-do lists. Pure: the time is handed in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{ItemChange, ItemStatus, ListChange, ListId, ListItem, Timestamp, TodoList};
use crate::store::{SavedList, Write};

use super::handle::HubError;

/// The list that is always there.
pub(super) const SHOPPING: &str = "shopping";
/// How many lists there may be.
const MOST_LISTS: usize = 100;
/// How much a list may hold.
const MOST_ITEMS: usize = 1_000;
/// The longest name or line in characters.
const LONGEST: usize = 500;

/// All lists, and the number that each one's next item gets.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    pub(super) all: BTreeMap<ListId, Arc<TodoList>>,
    next: BTreeMap<ListId, u64>,
}

impl Lists {
    /// From the disk. The second part is what is missing there: the shopping list, at the first start.
    pub(super) fn restore(saved: Vec<SavedList>) -> (Self, Vec<Write>) {
        let mut lists = Self::default();
        for SavedList { list, next_item } in saved {
            lists.next.insert(list.id.clone(), next_item);
            lists.all.insert(list.id.clone(), Arc::new(list));
        }
        let shopping = ListId::new(SHOPPING).ok().filter(|id| !lists.all.contains_key(id));
        let missing = shopping.map(|id| lists.create(id, "Shopping".to_owned()));
        (lists, missing.into_iter().collect())
    }

    fn create(&mut self, id: ListId, name: String) -> Write {
        let list = TodoList { id: id.clone(), name: name.clone(), items: Vec::new() };
        self.next.insert(id.clone(), 1);
        self.all.insert(id.clone(), Arc::new(list));
        Write::PutList(id, name, 1)
    }

    /// Makes a change, and says what the disk has to know of it.
    pub(super) fn apply(
        &mut self,
        change: &ListChange,
        now: Timestamp,
    ) -> Result<(Arc<TodoList>, Vec<Write>), HubError> {
        let (id, writes) = match change {
            ListChange::Create(name) => {
                let name = text(name)?;
                if self.all.len() >= MOST_LISTS {
                    return Err(HubError::Invalid(format!("there are already {MOST_LISTS} lists")));
                }
                let id = self.free_id(&name)?;
                (id.clone(), vec![self.create(id, name)])
            }
            ListChange::Remove(id) if id.as_str() != SHOPPING => {
                let list = self.all.remove(id).ok_or_else(|| missing(id))?;
                self.next.remove(id);
                return Ok((list, vec![Write::RemoveList(id.clone())]));
            }
            ListChange::Remove(id) => (id.clone(), self.take_off(id, |_| true)?),
            ListChange::ClearCompleted(id) => {
                (id.clone(), self.take_off(id, |item| item.status == ItemStatus::Completed)?)
            }
            ListChange::RemoveItem(id, number) => {
                let writes = self.take_off(id, |item| item.id == *number)?;
                if writes.is_empty() {
                    return Err(no_item(*number));
                }
                (id.clone(), writes)
            }
            ListChange::Add(id, summary) => (id.clone(), self.add(id, summary, now)?),
            ListChange::Change(id, number, change) => (id.clone(), self.alter(id, *number, change)?),
        };
        Ok((Arc::clone(self.all.get(&id).ok_or_else(|| missing(&id))?), writes))
    }

    fn get(&mut self, id: &ListId) -> Result<&mut TodoList, HubError> {
        self.all.get_mut(id).map(Arc::make_mut).ok_or_else(|| missing(id))
    }

    fn add(&mut self, id: &ListId, summary: &str, now: Timestamp) -> Result<Vec<Write>, HubError> {
        let number = self.next.get(id).copied().unwrap_or(1);
        let list = self.get(id)?;
        if list.items.len() >= MOST_ITEMS {
            let name = &list.name;
            return Err(HubError::Invalid(format!("the list {name:?} is full: it holds {MOST_ITEMS} items")));
        }
        let status = ItemStatus::NeedsAction;
        let item = ListItem { id: number, summary: text(summary)?, status, created: now };
        list.items.push(item.clone());
        let name = list.name.clone();
        self.next.insert(id.clone(), number + 1);
        Ok(vec![Write::PutList(id.clone(), name, number + 1), Write::PutItem(id.clone(), item)])
    }

    fn alter(&mut self, id: &ListId, number: u64, change: &ItemChange) -> Result<Vec<Write>, HubError> {
        let summary = change.summary.as_deref().map(text).transpose()?;
        let list = self.get(id)?;
        let item = list.items.iter_mut().find(|item| item.id == number).ok_or_else(|| no_item(number))?;
        if let Some(summary) = summary {
            item.summary = summary;
        }
        item.status = change.status.unwrap_or(item.status);
        Ok(vec![Write::PutItem(id.clone(), item.clone())])
    }

    fn take_off(&mut self, id: &ListId, test: impl Fn(&ListItem) -> bool) -> Result<Vec<Write>, HubError> {
        let list = self.get(id)?;
        let gone = list.items.extract_if(.., |item| test(item));
        Ok(gone.map(|item| Write::RemoveItem(id.clone(), item.id)).collect())
    }

    fn free_id(&self, name: &str) -> Result<ListId, HubError> {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let slug: String = name.chars().map(plain).take(40).collect();
        let slug = Some(slug.trim_matches('_')).filter(|slug| !slug.is_empty()).unwrap_or("list");
        let ids = std::iter::once(slug.to_owned()).chain((2..).map(|count| format!("{slug}_{count}")));
        let mut ids = ids.take(MOST_LISTS + 1).filter_map(|id| ListId::new(&id).ok());
        ids.find(|id| !self.all.contains_key(id))
            .ok_or_else(|| HubError::Invalid("no further list of this name is possible".to_owned()))
    }
}

fn text(text: &str) -> Result<String, HubError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(HubError::Invalid("the text is empty".to_owned()));
    }
    if text.chars().count() > LONGEST {
        return Err(HubError::Invalid(format!("the text is longer than {LONGEST} characters")));
    }
    Ok(text.to_owned())
}

fn missing(id: &ListId) -> HubError {
    HubError::NotFound { kind: "list", id: id.to_string() }
}

fn no_item(number: u64) -> HubError {
    HubError::NotFound { kind: "item", id: number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists() -> (Lists, ListId) {
        let (lists, missing) = Lists::restore(Vec::new());
        assert_eq!(missing.len(), 1);
        (lists, ListId::new(SHOPPING).unwrap())
    }

    fn summaries(list: &TodoList) -> Vec<(u64, &str)> {
        list.items.iter().map(|item| (item.id, item.summary.as_str())).collect()
    }

    #[test]
    fn numbers_of_items_are_not_used_again() {
        let (mut lists, id) = lists();
        let now = Timestamp::default();
        let mut run = |change| lists.apply(&change, now).map(|(list, _)| list);
        run(ListChange::Add(id.clone(), " milk ".into())).unwrap();
        run(ListChange::Add(id.clone(), "eggs".into())).unwrap();
        run(ListChange::RemoveItem(id.clone(), 2)).unwrap();
        let list = run(ListChange::Add(id.clone(), "面包".into())).unwrap();
        assert_eq!(summaries(&list), [(1, "milk"), (3, "面包")]);
        run(ListChange::status(id.clone(), 1, ItemStatus::Completed)).unwrap();
        let list = run(ListChange::ClearCompleted(id.clone())).unwrap();
        assert_eq!(summaries(&list), [(3, "面包")]);
        let both = ItemChange { summary: Some("rye bread".into()), status: Some(ItemStatus::Completed) };
        assert_eq!(summaries(&run(ListChange::Change(id.clone(), 3, both)).unwrap()), [(3, "rye bread")]);
        let half = ItemChange { summary: Some(" ".into()), status: Some(ItemStatus::NeedsAction) };
        run(ListChange::Change(id.clone(), 3, half)).unwrap_err();
        run(ListChange::status(id.clone(), 1, ItemStatus::Completed)).unwrap_err();
        let list = run(ListChange::Remove(id.clone())).unwrap();
        assert!(list.items.is_empty());
        assert!(run(ListChange::Add(id, " ".into())).is_err());
    }

    #[test]
    fn lists_get_ids_of_their_own() {
        let (mut lists, _) = lists();
        let now = Timestamp::default();
        let mut id =
            |name: &str| lists.apply(&ListChange::Create(name.into()), now).unwrap().0.id.to_string();
        assert_eq!(id("To do!"), "to_do");
        assert_eq!(id("To do?"), "to_do_2");
        assert_eq!(id("家务"), "list");
        let id = ListId::new("to_do").unwrap();
        lists.apply(&ListChange::Remove(id.clone()), now).unwrap();
        assert_eq!(lists.apply(&ListChange::Remove(id.clone()), now).unwrap_err(), missing(&id));
    }
}
