//! What every part stands on: clock, supervisor, shutdown, health, telemetry.
