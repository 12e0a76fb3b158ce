//! What is written, and what is read back at the start.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::{Recorded, Session, StoreError, Token, auth, history};
use crate::model::{
    Area, EntityId, Floor, ListId, ListItem, Message, Reply, State, Timer, Timestamp, TodoList,
};

/// How many conversations are kept.
pub const CONVERSATIONS: u32 = 1_000;

/// A table of things kept whole, as JSON, by their id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// Rooms.
    Area,
    /// Floors.
    Floor,
    /// What the owner decided about entities.
    EntitySettings,
    /// What the owner decided about devices.
    DeviceSettings,
    /// Timers.
    Timer,
}

impl Document {
    fn table(self) -> &'static str {
        match self {
            Self::Area => "areas",
            Self::Floor => "floors",
            Self::EntitySettings => "entity_settings",
            Self::DeviceSettings => "device_settings",
            Self::Timer => "timers",
        }
    }
}

/// One thing to write.
#[derive(Debug, Clone)]
pub enum Write {
    /// Add or replace a document.
    Put(Document, String, String),
    /// Take a document away.
    Remove(Document, String),
    /// Add or rename a list; its items stay. The number is that of the next item.
    PutList(ListId, String, u64),
    /// Take a list and its items away.
    RemoveList(ListId),
    /// Add or replace an item.
    PutItem(ListId, ListItem),
    /// Take an item away.
    RemoveItem(ListId, u64),
    /// Keep a discovery message in place of an earlier one on its topic.
    Discovery(String, Bytes),
    /// Forget the discovery message of a topic.
    ForgetDiscovery(String),
    /// What is known of an entity.
    State(EntityId, Arc<State>),
    /// The entity is gone.
    ForgetState(EntityId),
    /// More history of an entity.
    History(EntityId, Vec<Recorded>),
    /// What was said and answered, the oldest first.
    Conversations(Vec<(Arc<Message>, Arc<Reply>)>),
    /// The owner's password, hashed; every session ends with it.
    Password(String),
    /// A new token.
    AddToken(Token),
    /// Take a token away.
    RemoveToken(String),
    /// When a token was used last.
    TouchToken(String, Timestamp),
    /// A new session.
    AddSession(Session),
    /// End a session, by the hash of its secret.
    RemoveSession(Vec<u8>),
    /// When a session was used last, and when it ends now.
    TouchSession(Vec<u8>, Timestamp, Timestamp),
    /// Nothing of worth; tells whether the disk takes anything.
    Probe,
}

impl Write {
    /// Keeps a thing as JSON.
    ///
    /// # Errors
    /// When the value cannot be written as JSON, for example a map with keys that are no text.
    pub fn put<T: serde::Serialize>(
        document: Document,
        id: &impl ToString,
        value: &T,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self::Put(document, id.to_string(), serde_json::to_string(value)?))
    }
}

pub(super) fn apply(connection: &Connection, write: &Write) -> rusqlite::Result<()> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql)?.execute(params).map(|_| ())
    };
    match write {
        Write::Put(document, id, data) => {
            run(&format!("INSERT OR REPLACE INTO {} VALUES (?1, ?2)", document.table()), &[id, data])
        }
        Write::Remove(document, id) => run(&format!("DELETE FROM {} WHERE id = ?1", document.table()), &[id]),
        Write::PutList(id, name, next) => {
            let sql = "INSERT INTO lists VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE
                SET name = excluded.name, next_item = max(next_item, excluded.next_item)";
            run(sql, &[&id.as_str(), name, &number(*next)])
        }
        Write::RemoveList(id) => {
            run("DELETE FROM list_items WHERE list = ?1", &[&id.as_str()])?;
            run("DELETE FROM lists WHERE id = ?1", &[&id.as_str()])
        }
        Write::PutItem(list, item) => {
            let data = serde_json::to_string(item).map_err(to_sql_error)?;
            let sql = "INSERT OR REPLACE INTO list_items VALUES (?1, ?2, ?3)";
            run(sql, &[&list.as_str(), &number(item.id), &data])
        }
        Write::RemoveItem(list, item) => {
            run("DELETE FROM list_items WHERE list = ?1 AND id = ?2", &[&list.as_str(), &number(*item)])
        }
        Write::Discovery(topic, payload) => run(
            "INSERT INTO discovery (topic, payload) VALUES (?1, ?2)
             ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload WHERE payload <> excluded.payload",
            &[topic, &&payload[..]],
        ),
        Write::ForgetDiscovery(topic) => run("DELETE FROM discovery WHERE topic = ?1", &[topic]),
        Write::State(entity, state) => {
            let data = serde_json::to_string(&**state).map_err(to_sql_error)?;
            run("INSERT OR REPLACE INTO states VALUES (?1, ?2)", &[&entity.as_str(), &data])
        }
        Write::ForgetState(entity) => run("DELETE FROM states WHERE entity = ?1", &[&entity.as_str()]),
        Write::History(entity, records) => history::write(connection, entity, records),
        Write::Conversations(said) => {
            for (message, reply) in said {
                let message = serde_json::to_string(&**message).map_err(to_sql_error)?;
                let reply = serde_json::to_string(&**reply).map_err(to_sql_error)?;
                run("INSERT INTO conversations (message, reply) VALUES (?1, ?2)", &[&message, &reply])?;
            }
            let oldest = connection.last_insert_rowid() - i64::from(CONVERSATIONS);
            run("DELETE FROM conversations WHERE id <= ?1", &[&oldest])
        }
        Write::Probe => run("UPDATE lists SET name = name WHERE id = 'shopping'", &[]),
        auth_write => auth::apply(connection, auth_write),
    }
}

fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn to_sql_error(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// Everything that the hub needs to have before any device speaks.
#[derive(Debug, Default)]
pub struct Stored {
    /// Rooms.
    pub areas: Vec<Area>,
    /// Floors.
    pub floors: Vec<Floor>,
    /// What the owner decided about entities, as JSON as it was handed over.
    pub entity_settings: Vec<String>,
    /// What the owner decided about devices, as JSON as it was handed over.
    pub device_settings: Vec<String>,
    /// Discovery messages by topic, in the order in which they first came.
    pub discovery: Vec<(String, Bytes)>,
    /// The last known states.
    pub states: Vec<(EntityId, State)>,
    /// Timers.
    pub timers: Vec<Timer>,
    /// Lists.
    pub lists: Vec<SavedList>,
}

/// A list, and the number that its next item gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedList {
    /// The list.
    pub list: TodoList,
    /// Greater than the number of any item that it ever had.
    pub next_item: u64,
}

pub(super) fn load(connection: &Connection, path: &Path) -> Result<Stored, StoreError> {
    let read = || -> rusqlite::Result<Stored> {
        Ok(Stored {
            areas: documents(connection, Document::Area)?,
            floors: documents(connection, Document::Floor)?,
            entity_settings: texts(connection, Document::EntitySettings)?,
            device_settings: texts(connection, Document::DeviceSettings)?,
            discovery: rows(connection, "SELECT topic, payload FROM discovery ORDER BY id", |row| {
                Ok(Some((row.get(0)?, Bytes::from(row.get::<_, Vec<u8>>(1)?))))
            })?,
            states: rows(connection, "SELECT entity, data FROM states", |row| {
                let entity: String = row.get(0)?;
                Ok(EntityId::new(&entity).ok().zip(decode("states", &entity, &row.get::<_, String>(1)?)))
            })?,
            timers: documents(connection, Document::Timer)?,
            lists: lists(connection)?,
        })
    };
    read().map_err(|error| StoreError::from_sqlite(path, &error))
}

fn lists(connection: &Connection) -> rusqlite::Result<Vec<SavedList>> {
    let mut items: BTreeMap<String, Vec<ListItem>> = BTreeMap::new();
    let all = rows(connection, "SELECT list, data FROM list_items ORDER BY list, id", |row| {
        let list: String = row.get(0)?;
        let item = decode("list_items", &list, &row.get::<_, String>(1)?);
        Ok(item.map(|item| (list, item)))
    })?;
    for (list, item) in all {
        items.entry(list).or_default().push(item);
    }
    rows(connection, "SELECT id, name, next_item FROM lists ORDER BY id", |row| {
        let id: String = row.get(0)?;
        let items = items.remove(&id).unwrap_or_default();
        let Ok(id) = ListId::new(&id) else { return Ok(None) };
        let next_item = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
        Ok(Some(SavedList { list: TodoList { id, name: row.get(1)?, items }, next_item }))
    })
}

fn texts(connection: &Connection, document: Document) -> rusqlite::Result<Vec<String>> {
    rows(connection, &format!("SELECT data FROM {} ORDER BY id", document.table()), |row| {
        row.get(0).map(Some)
    })
}

fn documents<T: DeserializeOwned>(connection: &Connection, document: Document) -> rusqlite::Result<Vec<T>> {
    let table = document.table();
    rows(connection, &format!("SELECT id, data FROM {table} ORDER BY id"), |row| {
        let id: String = row.get(0)?;
        Ok(decode(table, &id, &row.get::<_, String>(1)?))
    })
}

/// Runs a query; rows that give `None` are left out.
pub(super) fn rows<T>(
    connection: &Connection,
    sql: &str,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<T>>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| read(row))?;
    found.filter_map(Result::transpose).collect()
}

/// One row that cannot be understood must not keep the hub from starting.
fn decode<T: DeserializeOwned>(table: &str, id: &str, data: &str) -> Option<T> {
    match serde_json::from_str(data) {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::warn!(table, id, %error, "a row of the database is left out");
            None
        }
    }
}

pub(super) fn conversations(
    connection: &Connection,
    limit: usize,
) -> rusqlite::Result<Vec<(Message, Reply)>> {
    let limit = i64::try_from(limit).unwrap_or(i64::from(CONVERSATIONS));
    let sql = "SELECT id, message, reply FROM conversations ORDER BY id DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params![limit], |row| {
        let id = row.get::<_, i64>(0)?.to_string();
        let message = decode("conversations", &id, &row.get::<_, String>(1)?);
        Ok(message.zip(decode("conversations", &id, &row.get::<_, String>(2)?)))
    })?;
    found.filter_map(Result::transpose).collect()
}

pub(super) fn one<T: rusqlite::types::FromSql>(
    connection: &Connection,
    sql: &str,
) -> rusqlite::Result<Option<T>> {
    connection.query_row(sql, [], |row| row.get(0)).optional()
}
