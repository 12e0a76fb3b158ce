//! The configuration: its schema, reading it with every mistake at once, secrets, and watching it for changes.
