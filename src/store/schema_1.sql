-- Documents: one JSON text for each thing that the owner made or decided on.
CREATE TABLE areas (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE floors (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entity_settings (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE device_settings (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE timers (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- `next_item` only grows, so that the number of a removed item never names another one.
CREATE TABLE lists (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    next_item INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE list_items (
    list TEXT NOT NULL,
    id INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (list, id)
) STRICT, WITHOUT ROWID;

-- The row id keeps the order in which devices first announced themselves.
CREATE TABLE discovery (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL UNIQUE,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE states (entity TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    message TEXT NOT NULL,
    reply TEXT NOT NULL
) STRICT;

CREATE TABLE history_entities (id INTEGER PRIMARY KEY, entity TEXT NOT NULL UNIQUE) STRICT;
-- `value` for numbers, `text` for anything else; both are null while the entity cannot be reached.
CREATE TABLE history (
    entity INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value REAL,
    text TEXT,
    PRIMARY KEY (entity, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE auth_password (id INTEGER PRIMARY KEY CHECK (id = 1), hash TEXT NOT NULL) STRICT;
CREATE TABLE auth_tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    last_used INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE auth_sessions (
    hash BLOB PRIMARY KEY,
    csrf TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    last_used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
