//! States over time, for plots.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::model::{EntityId, Timestamp};

/// What an entity was at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// When.
    pub at: Timestamp,
    /// What.
    pub value: Point,
}

/// A state as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// A number.
    Number(f64),
    /// Any other state.
    Text(String),
    /// The entity could not be reached, or had not spoken.
    Missing,
}

/// An entity's past, thinned out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct History {
    /// Milliseconds since 1970 and the number; null while the entity could not be reached.
    pub points: Vec<(i64, Option<f64>)>,
    /// Milliseconds since 1970 and the state, where it is no number.
    pub states: Vec<(i64, String)>,
}

/// How much history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Older than this is thrown away.
    pub days: u16,
    /// So many rows in all.
    pub rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { days: 30, rows: 1_000_000 }
    }
}

/// At most so many points are ever answered.
const MOST_POINTS: usize = 10_000;

pub(super) fn write(
    connection: &Connection,
    entity: &EntityId,
    records: &[Recorded],
) -> rusqlite::Result<()> {
    let id = match find(connection, entity)? {
        Some(id) => id,
        None => {
            connection.execute("INSERT INTO history_entities (entity) VALUES (?1)", [entity.as_str()])?;
            connection.last_insert_rowid()
        }
    };
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO history VALUES (?1, ?2, ?3, ?4)")?;
    for record in records {
        let (value, text) = match &record.value {
            Point::Number(value) => (Some(*value), None),
            Point::Text(text) => (None, Some(text.as_str())),
            Point::Missing => (None, None),
        };
        insert.execute(params![id, record.at.as_millis(), value, text])?;
    }
    Ok(())
}

fn find(connection: &Connection, entity: &EntityId) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM history_entities WHERE entity = ?1")?;
    statement.query_row([entity.as_str()], |row| row.get(0)).optional()
}

pub(super) fn read(
    connection: &Connection,
    entity: &EntityId,
    from: Timestamp,
    to: Timestamp,
    points: usize,
) -> rusqlite::Result<History> {
    let Some(id) = find(connection, entity)? else { return Ok(History::default()) };
    let most = i64::try_from(points.clamp(1, MOST_POINTS)).unwrap_or(1);
    let (from, to) = (from.as_millis(), to.as_millis());
    let width = (to.saturating_sub(from) / most).max(1);

    // What held at the beginning came before it.
    let first = "SELECT at, value, text FROM history WHERE entity = ?1 AND at < ?2 ORDER BY at DESC LIMIT 1";
    let mut history = History::default();
    let before = connection
        .prepare_cached(first)?
        .query_row(params![id, from], |row| Ok((row.get(1)?, row.get::<_, Option<String>>(2)?)))
        .optional()?;
    match before {
        Some((_, Some(text))) => history.states.push((from, text)),
        Some((value, None)) => history.points.push((from, value)),
        None => {}
    }

    // A gap stays visible: a bucket with an unreachable moment counts as one.
    let numbers = "SELECT max(at), CASE WHEN count(*) > count(value) THEN NULL ELSE avg(value) END
        FROM history WHERE entity = ?1 AND at BETWEEN ?2 AND ?3 AND text IS NULL
        GROUP BY (at - ?2) / ?4 ORDER BY 1";
    let mut statement = connection.prepare_cached(numbers)?;
    for row in statement.query_map(params![id, from, to, width], |row| Ok((row.get(0)?, row.get(1)?)))? {
        history.points.push(row?);
    }
    let texts = "SELECT at, text FROM history WHERE entity = ?1 AND at BETWEEN ?2 AND ?3
        AND text IS NOT NULL ORDER BY at DESC LIMIT ?4";
    let mut statement = connection.prepare_cached(texts)?;
    let newest = statement.query_map(params![id, from, to, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut newest = newest.collect::<rusqlite::Result<Vec<_>>>()?;
    newest.reverse();
    history.states.extend(newest);
    Ok(history)
}

pub(super) fn trim(connection: &Connection, limits: Limits, now: Timestamp) -> rusqlite::Result<()> {
    let day = 24 * 60 * 60 * 1_000;
    let mut age = i64::from(limits.days) * day;
    let most = i64::try_from(limits.rows).unwrap_or(i64::MAX);
    // Halving the age ends: after some thirty rounds nothing is young enough to be kept.
    loop {
        let oldest = now.as_millis().saturating_sub(age);
        connection.execute(
            "DELETE FROM history WHERE at < ?1 AND entity IN (SELECT id FROM history_entities)",
            [oldest],
        )?;
        let rows: i64 = connection.query_row("SELECT count(*) FROM history", [], |row| row.get(0))?;
        if rows <= most || age == 0 {
            return Ok(());
        }
        age /= 2;
    }
}
