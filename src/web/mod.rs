//! The panel and the API on the LAN.
