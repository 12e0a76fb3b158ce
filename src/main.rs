//! The `homeclaw` program.

fn main() {}
