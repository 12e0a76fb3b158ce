//! The broker inside, and the client to whichever broker is in use.
