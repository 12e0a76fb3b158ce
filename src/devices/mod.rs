//! Discovery, registry, states and commands of devices. Pure: messages and the time go in, effects come out.
