//! The only wiring: a configuration becomes a running hub, in a written-out order, and stops in reverse.
