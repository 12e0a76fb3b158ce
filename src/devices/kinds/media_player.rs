//! `media_player`, which Home Assistant itself does not discover: the keys are those of the community
//! integration `mqtt_media_player` (`state_…_topic`, `command_…_topic`, `command_…_payload`).

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, MediaAction, State};

#[derive(Debug)]
struct MediaPlayer {
    play: Arc<str>,
    pause: Arc<str>,
    stop: Arc<str>,
    next: Arc<str>,
    previous: Arc<str>,
    on: Arc<str>,
    off: Arc<str>,
}

const READS: [(Role, &str, &str); 8] = [
    (Role::State, "state_state_topic", "state_state_template"),
    (Role::State, "state_topic", "value_template"),
    (Role::Volume, "state_volume_topic", "state_volume_template"),
    (Role::Muted, "state_mute_topic", "state_mute_template"),
    (Role::Title, "state_title_topic", "state_title_template"),
    (Role::Artist, "state_artist_topic", "state_artist_template"),
    (Role::Album, "state_album_topic", "state_album_template"),
    (Role::Source, "state_source_topic", "state_source_template"),
];

const WRITES: [(Role, &str, &str); 9] = [
    (Role::Volume, "command_volume_topic", "command_volume_template"),
    (Role::Muted, "command_mute_topic", "command_mute_template"),
    (Role::Start, "command_play_topic", "command_play_template"),
    (Role::Pause, "command_pause_topic", "command_pause_template"),
    (Role::Stop, "command_stop_topic", "command_stop_template"),
    (Role::Next, "command_next_topic", "command_next_template"),
    (Role::Previous, "command_previous_topic", "command_previous_template"),
    (Role::PlayMedia, "command_playmedia_topic", "command_playmedia_template"),
    (Role::Power, "command_power_topic", "command_power_template"),
];

const STATES: [&str; 8] = ["off", "on", "idle", "playing", "paused", "standby", "buffering", "stopped"];

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let kind = MediaPlayer {
        play: fields.payload_or("command_play_payload", "Play"),
        pause: fields.payload_or("command_pause_payload", "Pause"),
        stop: fields.payload_or("command_stop_payload", "Stop"),
        next: fields.payload_or("command_next_payload", "Next"),
        previous: fields.payload_or("command_previous_payload", "Previous"),
        on: fields.payload_or("payload_on", "ON"),
        off: fields.payload_or("payload_off", "OFF"),
    };
    let mut built = Built::new(kind, "MQTT Media Player");
    common::reads(fields, &mut built, &READS);
    common::writes(fields, &mut built, &WRITES);
    common::need_any(&built, fields, "a topic to read or to write")?;
    let can = [
        (Role::Start, "play"),
        (Role::Pause, "pause"),
        (Role::Stop, "stop"),
        (Role::Next, "next_track"),
        (Role::Previous, "previous_track"),
        (Role::Volume, "volume_set"),
        (Role::Muted, "volume_mute"),
        (Role::PlayMedia, "play_media"),
        (Role::Power, "turn_on"),
        (Role::Power, "turn_off"),
    ];
    let features: Vec<_> =
        can.into_iter().filter(|(role, _)| built.writes(*role)).map(|(_, name)| name).collect();
    built.offer("supported_features", features);
    Ok(built)
}

impl MediaPlayer {
    fn media(&self, action: &MediaAction, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match action {
            MediaAction::Play => out.send(Role::Start, &*self.play),
            MediaAction::Stop => out.send(Role::Stop, &*self.stop),
            MediaAction::Next => out.send(Role::Next, &*self.next),
            MediaAction::Previous => out.send(Role::Previous, &*self.previous),
            MediaAction::Mute { muted } => out.send(Role::Muted, if *muted { &*self.on } else { &*self.off }),
            MediaAction::SetVolume { volume } => {
                out.number(Role::Volume, f64::from((*volume).min(100)) / 100.0)
            }
            MediaAction::ChangeVolume { by } => {
                let now = out.subject.attribute("volume_level").unwrap_or(0.0);
                let wanted = (now + f64::from(*by) / 100.0).clamp(0.0, 1.0);
                out.number(Role::Volume, (wanted * 100.0).round() / 100.0)
            }
            MediaAction::SearchAndPlay { query } => out.send(Role::PlayMedia, query.as_str()),
        }
    }
}

impl Kind for MediaPlayer {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        let name = match role {
            Role::State => {
                match text.trim().to_ascii_lowercase().as_str() {
                    "" => {}
                    "none" => draft.set_state(State::UNKNOWN),
                    "stopped" => draft.set_state("idle"),
                    state if STATES.contains(&state) => draft.set_state(state),
                    other => return Err(format!("{other:?} is no state of a media player (nor {NONE})")),
                }
                return Ok(());
            }
            Role::Volume => {
                let volume: f64 = text.trim().parse().map_err(|_| format!("{text:?} is no volume"))?;
                // Some players count to 100.
                draft.set_number(
                    "volume_level",
                    if volume > 1.0 { volume / 100.0 } else { volume }.clamp(0.0, 1.0),
                );
                return Ok(());
            }
            Role::Muted => {
                let muted =
                    *text == *self.on || matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "on");
                draft.set("is_volume_muted", muted);
                return Ok(());
            }
            Role::Title => "media_title",
            Role::Artist => "media_artist",
            Role::Album => "media_album_name",
            Role::Source => "source",
            _ => return Ok(()),
        };
        common::word(name, &text, draft);
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match action {
            Action::Media(media) => self.media(media, out),
            Action::Pause => out.send(Role::Pause, &*self.pause),
            Action::Stop => out.send(Role::Stop, &*self.stop),
            Action::TurnOn { .. } if out.has(Role::Power) => out.send(Role::Power, &*self.on),
            Action::TurnOff { .. } if out.has(Role::Power) => out.send(Role::Power, &*self.off),
            // Without a power switch, off means silence.
            Action::TurnOn { .. } => out.send(Role::Start, &*self.play),
            Action::TurnOff { .. } => out.send(Role::Stop, &*self.stop),
            _ => Err(out.unsupported()),
        }
    }

    fn confirms(&self, action: &Action) -> Role {
        match action {
            Action::Media(MediaAction::SetVolume { .. } | MediaAction::ChangeVolume { .. }) => Role::Volume,
            Action::Media(MediaAction::Mute { .. }) => Role::Muted,
            _ => Role::State,
        }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::Media(MediaAction::Play) => common::becomes(&["playing", "buffering"]),
            Action::Media(MediaAction::Stop) | Action::Stop => {
                common::becomes(&["idle", "off", "standby", "paused"])
            }
            Action::Pause => common::becomes(&["paused", "idle"]),
            Action::TurnOn { .. } => common::becomes(&["on", "playing", "idle", "paused", "buffering"]),
            Action::TurnOff { .. } => common::becomes(&["off", "standby", "idle"]),
            Action::Media(MediaAction::SetVolume { volume }) => {
                vec![Check::Near("volume_level", f64::from(*volume) / 100.0, 0.011)]
            }
            Action::Media(MediaAction::ChangeVolume { by }) => {
                let now = subject.attribute("volume_level").unwrap_or(0.0);
                vec![Check::Near("volume_level", (now + f64::from(*by) / 100.0).clamp(0.0, 1.0), 0.011)]
            }
            Action::Media(MediaAction::Mute { muted }) => {
                common::is("is_volume_muted", if *muted { "true" } else { "false" })
            }
            _ => Vec::new(),
        }
    }
}
