//! Homeclaw: a private home hub and assistant for small boards.
//!
//! The modules stand in layers, and imports only point down:
//!
//! ```text
//! main, cli
//!   app
//!     edges   web  mqtt  demo  llm
//!       hub
//!         pure    devices  intent
//!           base    config  store  runtime
//!             model
//! ```
//!
//! An edge never imports another edge: edges speak with the hub through [`hub::Handle`], the event
//! stream and the traits in [`hub::ports`], and are joined in [`app`]. Pure modules know neither tokio
//! nor the clock. `tests/architecture.rs` checks this.

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod devices;
pub mod hub;
pub mod intent;
pub mod llm;
pub mod model;
pub mod mqtt;
pub mod runtime;
pub mod store;
pub mod web;
