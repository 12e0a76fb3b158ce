//! `homeclaw devices`, `state`, `areas`, `set`, and the small ones.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{
    Area, AreaId, Command, Device, DeviceId, Entity, EntityId, Floor, FloorId, Outcome, State as EntityState,
};

use super::actions;
use super::client::Client;
use super::exit::{Code, Failure};
use super::output::Output;

/// The part of `GET /api/v1/home` that is shown here.
#[derive(Debug, Deserialize)]
struct Snapshot {
    areas: Vec<Area>,
    floors: Vec<Floor>,
    devices: Vec<Device>,
    entities: Vec<Entity>,
    states: BTreeMap<EntityId, EntityState>,
}

impl Snapshot {
    fn read(client: &Client) -> Result<Self, Failure> {
        client.get("/api/v1/home")
    }

    fn area_of<'a>(&'a self, entity: &'a Entity) -> Option<&'a AreaId> {
        let device = |id: &DeviceId| self.devices.iter().find(|device| device.id == *id);
        let of_device = || device(entity.device.as_ref()?)?.area.as_ref();
        entity.area.as_ref().or_else(of_device)
    }

    fn area_name(&self, id: Option<&AreaId>) -> String {
        let area = id.and_then(|id| self.areas.iter().find(|area| area.id == *id));
        area.map_or_else(String::new, |area| area.names.name.clone())
    }

    fn shown(&self, entity: &Entity) -> String {
        let Some(state) = self.states.get(&entity.id) else { return EntityState::UNKNOWN.to_owned() };
        match &entity.unit_of_measurement {
            Some(unit) if state.is_known() => format!("{} {unit}", state.shown()),
            _ => state.shown().to_owned(),
        }
    }
}

/// Show devices and their entities.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  homeclaw devices
  homeclaw devices --area kitchen
  homeclaw devices --json")]
pub(super) struct Devices {
    /// Only what is in this area
    #[arg(long, short, value_name = "AREA")]
    area: Option<String>,
}

impl Devices {
    pub(super) fn run(&self, client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
        let home = Snapshot::read(client)?;
        let wanted = self.area.as_deref().map(|area| find_area(&home, area)).transpose()?;
        let mut found = Vec::new();
        for entity in &home.entities {
            let area = home.area_of(entity);
            if wanted.is_none() || area == wanted {
                let device = home.devices.iter().find(|device| Some(&device.id) == entity.device.as_ref());
                found.push((entity, device, area));
            }
        }
        if output.json() {
            let entries: Vec<Value> = found
                .iter()
                .map(|(entity, device, area)| {
                    json!({
                        "entity": entity, "device": device, "area": area,
                        "state": home.states.get(&entity.id),
                    })
                })
                .collect();
            return Ok(output.value(&entries)?);
        }
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|(entity, device, area)| {
                let device = device.map_or_else(String::new, |device| device.names.name.clone());
                vec![
                    entity.id.to_string(),
                    entity.names.name.clone(),
                    home.shown(entity),
                    home.area_name(*area),
                    device,
                ]
            })
            .collect();
        if rows.is_empty() {
            return Ok(
                output.line("No devices yet. They appear by themselves when they speak MQTT discovery.")?
            );
        }
        Ok(output.table(&["ENTITY", "NAME", "STATE", "AREA", "DEVICE"], &rows)?)
    }
}

/// An area by its id or any of its names.
fn find_area<'a>(home: &'a Snapshot, text: &str) -> Result<&'a AreaId, Failure> {
    let wanted = text.to_lowercase();
    let same = |name: &str| name.to_lowercase() == wanted;
    let area = home.areas.iter().find(|area| {
        let names = &area.names;
        same(area.id.as_str())
            || same(&names.name)
            || names.aliases.iter().chain(names.by_language.values().flatten()).any(|name| same(name))
    });
    area.map(|area| &area.id).ok_or_else(|| {
        let known: Vec<&str> = home.areas.iter().map(|area| area.id.as_str()).collect();
        Failure::Because(Code::NotFound, format!("there is no area {text:?}; known: {}", known.join(", ")))
    })
}

/// Show states.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  homeclaw state
  homeclaw state light.kitchen
  homeclaw state sensor.outside_temperature --json")]
pub(super) struct State {
    /// Everything about this one
    #[arg(value_name = "ENTITY")]
    entity: Option<EntityId>,
}

impl State {
    pub(super) fn run(&self, client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
        let Some(entity) = &self.entity else {
            let states: BTreeMap<EntityId, EntityState> = client.get("/api/v1/states")?;
            if output.json() {
                return Ok(output.value(&states)?);
            }
            let row = |(id, state): (&EntityId, &EntityState)| vec![id.to_string(), state.shown().to_owned()];
            let rows: Vec<_> = states.iter().map(row).collect();
            return Ok(output.table(&["ENTITY", "STATE"], &rows)?);
        };
        let state: EntityState = client.get(&format!("/api/v1/states/{entity}"))?;
        if output.json() {
            return Ok(output.value(&state)?);
        }
        output.line(state.shown())?;
        for (name, value) in &state.attributes {
            output.line(&format!("  {name}: {value}"))?;
        }
        Ok(output.line(&format!("  changed: {}", state.last_changed))?)
    }
}

/// Switch or set an entity.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What to do:
  on, off, toggle, press, install
  open, close, stop, lock, unlock, unlatch
  start, pause, dock, clean-spot, locate
  play, next, previous, mute, unmute
  arm_away, arm_home, arm_night, disarm

Values:
  lights    brightness=50% (or 0 to 255), color=red (or #ff8800, or 255,136,0),
            color_temp=2700, white=, effect=, flash=short, transition=2
  covers    position=40, tilt=
  climate   temperature=21, low=, high=, mode=heat, fan_mode=, swing_mode=, preset=, humidity=
  fans      speed=30, oscillating=true, direction=
  others    option=, value=, text=, volume=20, muted=, code=, command=

Examples:
  homeclaw set light.kitchen on brightness=50%
  homeclaw set light.kitchen color=orange
  homeclaw set cover.bedroom position=40
  homeclaw set climate.living_room mode=heat temperature=21
  homeclaw set lock.front_door lock

The exit code is 8 when the device did not confirm or refused.")]
pub(super) struct Set {
    /// The entity
    #[arg(value_name = "ENTITY")]
    entity: EntityId,
    /// What to do, and values for it
    #[arg(required = true, value_name = "ACTION")]
    words: Vec<String>,
}

/// What `POST /api/v1/commands` answers.
#[derive(Debug, Deserialize)]
struct Outcomes {
    outcomes: Vec<Outcome>,
}

impl Set {
    pub(super) fn run(&self, client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
        let actions = actions::parse(self.entity.domain(), &self.words).map_err(Failure::usage)?;
        let commands: Vec<Command> =
            actions.into_iter().map(|action| Command { entity: self.entity.clone(), action }).collect();
        let mut body = json!({ "commands": commands });
        restore_codes(&mut body, &commands);
        let Outcomes { outcomes } = client.post("/api/v1/commands", &body)?;
        if output.json() {
            output.value(&outcomes)?;
        } else {
            for outcome in &outcomes {
                output.line(&words(&self.entity, outcome))?;
            }
        }
        match outcomes.iter().find(|outcome| !outcome.is_success()) {
            None => Ok(()),
            Some(Outcome::Failed { .. }) => Err(Failure::Said(Code::Failed)),
            Some(_) => Err(Failure::Said(Code::Unconfirmed)),
        }
    }
}

/// A code is left out wherever an action is written down; here it has to go along.
fn restore_codes(body: &mut Value, commands: &[Command]) {
    let Some(bodies) = body.get_mut("commands").and_then(Value::as_array_mut) else { return };
    for (body, command) in bodies.iter_mut().zip(commands) {
        if let (Some(code), Some(body)) = (command.action.code(), body.as_object_mut()) {
            body.insert("code".to_owned(), json!(code.reveal()));
        }
    }
}

fn words(entity: &EntityId, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Confirmed { state, after_ms } => {
            format!("{entity} is {} (confirmed after {after_ms} ms)", state.shown())
        }
        Outcome::AlreadySo { state } => format!("{entity} was {} already", state.shown()),
        Outcome::Unconfirmed { waited_ms } => {
            format!("sent, but {entity} did not confirm within {waited_ms} ms")
        }
        Outcome::Sent => format!("sent; {entity} has no way to confirm"),
        Outcome::Refused { state } => format!("{entity} did something else: it is {}", state.shown()),
        Outcome::Failed { reason, .. } => format!("{entity}: nothing was sent: {reason}"),
    }
}

/// Areas with their floors and how much is in them.
pub(super) fn areas(client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
    let home = Snapshot::read(client)?;
    if output.json() {
        return Ok(output.value(&json!({ "areas": home.areas, "floors": home.floors }))?);
    }
    let floor_name = |id: Option<&FloorId>| {
        let floor = id.and_then(|id| home.floors.iter().find(|floor| floor.id == *id));
        floor.map_or_else(String::new, |floor| floor.names.name.clone())
    };
    let rows: Vec<Vec<String>> = home
        .areas
        .iter()
        .map(|area| {
            let entities =
                home.entities.iter().filter(|entity| home.area_of(entity) == Some(&area.id)).count();
            vec![
                area.id.to_string(),
                area.names.name.clone(),
                floor_name(area.floor.as_ref()),
                entities.to_string(),
            ]
        })
        .collect();
    Ok(output.table(&["AREA", "NAME", "FLOOR", "ENTITIES"], &rows)?)
}

/// A fresh link to the panel that works once.
pub(super) fn login_link(client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
    let link: Value = client.post("/api/v1/login-links", &json!({}))?;
    if output.json() {
        return Ok(output.value(&link)?);
    }
    let url = link.get("url").and_then(Value::as_str);
    Ok(output.line(url.ok_or_else(|| Failure::new("the hub gave no link"))?)?)
}

/// Whether the hub is ready; needs no token.
pub(super) fn healthcheck(client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
    let (status, body) = client.open("/readyz")?;
    let ready = status == 200;
    if output.json() {
        let detail: Value = serde_json::from_str(&body).unwrap_or(Value::String(body));
        output.value(&json!({ "ready": ready, "status": status, "detail": detail }))?;
    } else {
        output.line(if ready { "ready" } else { "not ready" })?;
        if !ready {
            output.line(&body)?;
        }
    }
    if ready { Ok(()) } else { Err(Failure::Said(Code::Failed)) }
}

/// The version.
pub(super) fn version(output: &mut Output<impl Write>) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    if output.json() {
        return Ok(output.value(&json!({ "version": version }))?);
    }
    Ok(output.line(&format!("homeclaw {version}"))?)
}
