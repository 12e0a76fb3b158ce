//! The API as programs and browsers meet it: the real router before the real hub, with a device that answers.

#[cfg(test)]
mod areas;
#[cfg(test)]
mod assets;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod entities;
#[cfg(test)]
mod every_route;
#[cfg(test)]
mod inside;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod security;
#[cfg(test)]
mod server;
#[cfg(test)]
mod session;
#[cfg(test)]
mod support;
#[cfg(test)]
mod timers;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod ws;
