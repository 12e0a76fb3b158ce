//! `alarm_control_panel`.

use std::sync::Arc;

use minijinja::Value;
use subtle::ConstantTimeEq;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, Code, State};

/// Service, key of its payload, the payload, and the states that confirm it.
const SERVICES: [(&str, &str, &str, &[&str]); 7] = [
    ("arm_away", "payload_arm_away", "ARM_AWAY", &["armed_away", "arming", "pending"]),
    (
        "arm_custom_bypass",
        "payload_arm_custom_bypass",
        "ARM_CUSTOM_BYPASS",
        &["armed_custom_bypass", "arming", "pending"],
    ),
    ("arm_home", "payload_arm_home", "ARM_HOME", &["armed_home", "arming", "pending"]),
    ("arm_night", "payload_arm_night", "ARM_NIGHT", &["armed_night", "arming", "pending"]),
    ("arm_vacation", "payload_arm_vacation", "ARM_VACATION", &["armed_vacation", "arming", "pending"]),
    ("disarm", "payload_disarm", "DISARM", &["disarmed", "disarming"]),
    ("trigger", "payload_trigger", "TRIGGER", &["triggered", "pending"]),
];

const STATES: [&str; 10] = [
    "disarmed",
    "armed_home",
    "armed_away",
    "armed_night",
    "armed_vacation",
    "armed_custom_bypass",
    "pending",
    "arming",
    "disarming",
    "triggered",
];

#[derive(Debug)]
enum Wanted {
    None,
    /// The device checks it.
    Remote,
    Fixed(Arc<str>),
}

#[derive(Debug)]
struct Alarm {
    payloads: [Arc<str>; 7],
    code: Wanted,
    arm_wants_code: bool,
    disarm_wants_code: bool,
    trigger_wants_code: bool,
    template: bool,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let code = fields.text("code");
    let kind = Alarm {
        payloads: SERVICES.map(|(_, key, default, _)| fields.payload_or(key, default)),
        code: match code.as_deref() {
            None => Wanted::None,
            Some("REMOTE_CODE" | "REMOTE_CODE_TEXT") => Wanted::Remote,
            Some(code) => Wanted::Fixed(Arc::from(code)),
        },
        arm_wants_code: fields.flag("code_arm_required").unwrap_or(true),
        disarm_wants_code: fields.flag("code_disarm_required").unwrap_or(true),
        trigger_wants_code: fields.flag("code_trigger_required").unwrap_or(true),
        template: fields.get("command_template").is_some(),
    };
    let arm_wants_code = kind.arm_wants_code;
    let mut built = Built::new(kind, "MQTT Alarm");
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a state_topic and a command_topic")?;
    let features = fields.list("supported_features").unwrap_or_else(|| {
        SERVICES.iter().map(|(service, ..)| (*service).to_owned()).filter(|name| name != "disarm").collect()
    });
    built.offer("supported_features", features);
    if let Some(code) = code {
        let digits =
            code != "REMOTE_CODE_TEXT" && (code == "REMOTE_CODE" || code.chars().all(|c| c.is_ascii_digit()));
        built.capabilities.insert("code_format".into(), if digits { "number" } else { "text" }.into());
        built.capabilities.insert("code_arm_required".into(), arm_wants_code.into());
    }
    Ok(built)
}

impl Alarm {
    fn check_code(&self, service: &str, given: Option<&Code>) -> bool {
        let wanted = match service {
            "disarm" => self.disarm_wants_code,
            "trigger" => self.trigger_wants_code,
            _ => self.arm_wants_code,
        };
        match &self.code {
            _ if !wanted => true,
            Wanted::None => true,
            Wanted::Remote => given.is_some_and(|given| !given.reveal().is_empty()),
            // No word on how much of a wrong code was right.
            Wanted::Fixed(code) => {
                given.is_some_and(|given| given.reveal().as_bytes().ct_eq(code.as_bytes()).into())
            }
        }
    }
}

impl Kind for Alarm {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        match text.as_str() {
            "" => {}
            NONE => draft.set_state(State::UNKNOWN),
            state if STATES.contains(&state) => draft.set_state(state),
            other => return Err(format!("{other:?} is no state of an alarm")),
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let Action::Alarm { service, code } = action else { return Err(out.unsupported()) };
        let known = SERVICES.iter().position(|(name, ..)| name == service);
        let allowed = service == "disarm" || out.subject.offers("supported_features", service);
        let Some(payload) = known.filter(|_| allowed).and_then(|index| self.payloads.get(index)) else {
            return Err(out.unsupported());
        };
        if !self.check_code(service, code.as_ref()) {
            return Err(CommandError::Code(out.subject.entity.id.clone()));
        }
        if !self.template {
            return out.raw(Role::State, payload);
        }
        let code = code.as_ref().map_or(Value::from(()), |code| Value::from(code.reveal()));
        out.send_with(Role::State, &**payload, &[("action", Value::from(&**payload)), ("code", code)])
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        let Action::Alarm { service, .. } = action else { return Vec::new() };
        let known = SERVICES.iter().find(|(name, ..)| name == service);
        known.map(|(.., states)| common::becomes(states)).unwrap_or_default()
    }
}
