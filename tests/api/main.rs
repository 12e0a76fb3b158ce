//! The API as programs and browsers meet it: the real router before the real hub, with a device that answers.

mod areas;
mod assets;
mod conversation;
mod devices;
mod entities;
mod every_route;
mod inside;
mod lists;
mod openapi;
mod security;
mod server;
mod session;
mod support;
mod timers;
mod tokens;
mod ws;
