//! Password, tokens and sessions. Only hashes are kept; what makes them is the web edge's business.

use rusqlite::{Connection, params};

use super::write::{self, Write};
use super::{Store, StoreError};
use crate::model::Timestamp;

/// A token for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Names it in the list; no secret.
    pub id: String,
    /// What the owner calls it.
    pub name: String,
    /// Hash of the secret.
    pub hash: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was used last, as far as it was noted.
    pub last_used: Option<Timestamp>,
}

/// A browser that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie's secret.
    pub hash: Vec<u8>,
    /// What a form has to send besides the cookie.
    pub csrf: String,
    /// When it began.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was used last, as far as it was noted.
    pub last_used: Timestamp,
}

impl Store {
    /// The hash of the owner's password; `None` before one was set.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read; so for every function here that reads.
    pub async fn auth_password(&self) -> Result<Option<String>, StoreError> {
        self.query(|connection| write::one(connection, "SELECT hash FROM auth_password")).await
    }

    /// Sets the password's hash and ends all sessions.
    ///
    /// # Errors
    /// [`StoreError`] when it is not on the disk; so for every function here that writes.
    pub async fn auth_put_password(&self, hash: String) -> Result<(), StoreError> {
        self.write_and_wait(Write::Password(hash)).await
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// As [`Store::auth_password`].
    pub async fn auth_tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.query(|connection| {
            let sql = "SELECT id, name, hash, created, last_used FROM auth_tokens ORDER BY created, id";
            write::rows(connection, sql, |row| {
                let last_used: Option<i64> = row.get(4)?;
                Ok(Some(Token {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    hash: row.get(2)?,
                    created: Timestamp::from_millis(row.get(3)?),
                    last_used: last_used.map(Timestamp::from_millis),
                }))
            })
        })
        .await
    }

    /// Adds a token.
    ///
    /// # Errors
    /// As [`Store::auth_put_password`].
    pub async fn auth_add_token(&self, token: Token) -> Result<(), StoreError> {
        self.write_and_wait(Write::AddToken(token)).await
    }

    /// Takes a token away; no error when there is none of this id.
    ///
    /// # Errors
    /// As [`Store::auth_put_password`].
    pub async fn auth_remove_token(&self, id: String) -> Result<(), StoreError> {
        self.write_and_wait(Write::RemoveToken(id)).await
    }

    /// Notes that a token was used. Not synced: losing it does no harm.
    ///
    /// # Errors
    /// When too much waits for the disk.
    pub fn auth_touch_token(&self, id: String, at: Timestamp) -> Result<(), StoreError> {
        self.write_lazily(vec![Write::TouchToken(id, at)]).map(drop)
    }

    /// All sessions that had not ended by `now`.
    ///
    /// # Errors
    /// As [`Store::auth_password`].
    pub async fn auth_sessions(&self, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let sessions = self.query(|connection| {
            let sql = "SELECT hash, csrf, created, expires, last_used FROM auth_sessions";
            write::rows(connection, sql, |row| {
                Ok(Some(Session {
                    hash: row.get(0)?,
                    csrf: row.get(1)?,
                    created: Timestamp::from_millis(row.get(2)?),
                    expires: Timestamp::from_millis(row.get(3)?),
                    last_used: Timestamp::from_millis(row.get(4)?),
                }))
            })
        });
        let mut sessions = sessions.await?;
        sessions.retain(|session| session.expires > now);
        Ok(sessions)
    }

    /// Adds a session, and forgets those that have ended by its beginning.
    ///
    /// # Errors
    /// As [`Store::auth_put_password`].
    pub async fn auth_add_session(&self, session: Session) -> Result<(), StoreError> {
        self.write_and_wait(Write::AddSession(session)).await
    }

    /// Ends a session, by the hash of its secret.
    ///
    /// # Errors
    /// As [`Store::auth_put_password`].
    pub async fn auth_remove_session(&self, hash: Vec<u8>) -> Result<(), StoreError> {
        self.write_and_wait(Write::RemoveSession(hash)).await
    }

    /// Notes that a session was used, and its new end. Not synced: losing it does no harm.
    ///
    /// # Errors
    /// When too much waits for the disk.
    pub fn auth_touch_session(
        &self,
        hash: Vec<u8>,
        at: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        self.write_lazily(vec![Write::TouchSession(hash, at, expires)]).map(drop)
    }
}

pub(super) fn apply(connection: &Connection, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::Password(hash) => {
            connection.execute("INSERT OR REPLACE INTO auth_password VALUES (1, ?1)", [hash])?;
            connection.execute("DELETE FROM auth_sessions", [])
        }
        Write::AddToken(token) => connection.execute(
            "INSERT INTO auth_tokens VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                token.id,
                token.name,
                token.hash,
                token.created.as_millis(),
                token.last_used.map(Timestamp::as_millis)
            ],
        ),
        Write::RemoveToken(id) => connection.execute("DELETE FROM auth_tokens WHERE id = ?1", [id]),
        Write::TouchToken(id, at) => connection
            .execute("UPDATE auth_tokens SET last_used = ?2 WHERE id = ?1", params![id, at.as_millis()]),
        Write::AddSession(session) => {
            let began = session.created.as_millis();
            connection.execute("DELETE FROM auth_sessions WHERE expires <= ?1", [began])?;
            connection.execute(
                "INSERT INTO auth_sessions VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    session.hash,
                    session.csrf,
                    began,
                    session.expires.as_millis(),
                    session.last_used.as_millis()
                ],
            )
        }
        Write::RemoveSession(hash) => connection.execute("DELETE FROM auth_sessions WHERE hash = ?1", [hash]),
        Write::TouchSession(hash, at, expires) => connection.execute(
            "UPDATE auth_sessions SET last_used = ?2, expires = ?3 WHERE hash = ?1",
            params![hash, at.as_millis(), expires.as_millis()],
        ),
        _ => Ok(0),
    }
    .map(|_| ())
}
