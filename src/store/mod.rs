//! What survives a power cut: SQLite in WAL mode, with migrations.
