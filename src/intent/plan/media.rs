//! Media players.

use crate::model::{Action, Domain, MediaAction};

use super::super::facts::{Facts, Failure};
use super::super::resolver::Targets;
use super::{Ask, Planned};

/// By how many points "louder" and "quieter" change the volume, as Home Assistant's volume step does.
const VOLUME_STEP: i8 = 10;

pub(super) fn steer(ask: &Ask<'_>) -> Planned {
    let nothing = || Failure::new("nothing_to_set");
    let media = match ask.recognition.intent.name.as_str() {
        "HassMediaPause" => return steer_in(ask, &["playing"], &Action::Pause),
        "HassMediaUnpause" => return resume(ask),
        "HassMediaNext" => return steer_in(ask, &["playing"], &Action::Media(MediaAction::Next)),
        "HassMediaPrevious" => return steer_in(ask, &["playing"], &Action::Media(MediaAction::Previous)),
        "HassMediaSearchAndPlay" => return search(ask),
        "HassMediaPlayerMute" => MediaAction::Mute { muted: true },
        "HassMediaPlayerUnmute" => MediaAction::Mute { muted: false },
        "HassSetVolume" => {
            MediaAction::SetVolume { volume: ask.slots.percent("volume_level").ok_or_else(nothing)? }
        }
        _ => MediaAction::ChangeVolume { by: volume_step(ask).ok_or_else(nothing)? },
    };
    let targets = prefer_playing(ask)?;
    ask.command_all(targets, &Action::Media(media))
}

/// Only players in one of the states; Home Assistant answers that none is when none is.
fn steer_in(ask: &Ask<'_>, states: &[&str], action: &Action) -> Planned {
    let mut wanted = ask.constraints(&[Domain::MediaPlayer]);
    wanted.states = states;
    let targets = ask.resolve(&wanted)?;
    ask.command_all(targets, action)
}

/// "Resume" means what was paused last, where that can still be resumed.
fn resume(ask: &Ask<'_>) -> Planned {
    let mut wanted = ask.constraints(&[Domain::MediaPlayer]);
    wanted.states = &["paused"];
    let mut targets = ask.resolve(&wanted)?;
    let paused = ask.context.paused;
    if wanted.name.is_none() && targets.entities.iter().any(|id| paused.contains(id)) {
        targets.entities.retain(|id| paused.contains(id));
    }
    ask.command_all(targets, &Action::Media(MediaAction::Play))
}

/// Loudness is about the players that play; a silent one is meant only when none does.
fn prefer_playing(ask: &Ask<'_>) -> Result<Targets, Failure> {
    let mut wanted = ask.constraints(&[Domain::MediaPlayer]);
    wanted.states = &["playing"];
    ask.resolve(&wanted).or_else(|_| {
        wanted.states = &[];
        ask.resolve(&wanted)
    })
}

fn volume_step(ask: &Ask<'_>) -> Option<i8> {
    match ask.slots.text("volume_step") {
        Some("up") => Some(VOLUME_STEP),
        Some("down") => Some(-VOLUME_STEP),
        _ => i8::try_from(ask.slots.whole("volume_step", -100, 100)?).ok(),
    }
}

fn search(ask: &Ask<'_>) -> Planned {
    let query = ask.slots.text("search_query").ok_or_else(|| Failure::new("nothing_to_set"))?;
    let mut wanted = ask.constraints(&[Domain::MediaPlayer]);
    wanted.single = true;
    let targets = ask.resolve(&wanted)?;
    let action = Action::Media(MediaAction::SearchAndPlay { query: query.to_owned() });
    let commands = targets
        .entities
        .iter()
        .map(|entity| crate::model::Command { entity: entity.clone(), action: action.clone() })
        .collect();
    let facts = Facts { media: Some(query.to_owned()), ..ask.facts() };
    Ok(ask.commands(commands, targets, facts))
}
