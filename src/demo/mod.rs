//! A simulated home: an ordinary MQTT program, usable against any broker.
