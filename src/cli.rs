//! The subcommands.

pub mod home_file;
