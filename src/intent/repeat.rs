//! Which wishes may be carried out twice without harm.

use crate::model::{Recognition, SlotValue};

/// Whether carrying the wish out once more changes nothing: "off" is off, "louder" is louder each time.
#[must_use]
pub fn is_repeatable(recognition: &Recognition) -> bool {
    /// What is pressed or run, not switched.
    const EVENTS: &[&str] = &["button", "input_button", "script", "automation"];
    let slots = &recognition.intent.slots;
    match recognition.intent.name.as_str() {
        "HassTurnOn" | "HassTurnOff" => {
            let domains = [slots.get("domain"), recognition.context.get("domain")];
            !domains.into_iter().flatten().any(|domain| match domain {
                SlotValue::Text(domain) => EVENTS.contains(&domain.as_str()),
                SlotValue::Many(domains) => domains.iter().all(|domain| EVENTS.contains(&domain.as_str())),
                _ => false,
            })
        }
        "HassLightSet" => !slots.contains_key("brightness_step"),
        "HassSetPosition"
        | "HassStopMoving"
        | "HassFanSetSpeed"
        | "HassClimateSetTemperature"
        | "HassClimateSetFanMode"
        | "HassMediaPause"
        | "HassMediaPlayerMute"
        | "HassMediaPlayerUnmute"
        | "HassSetVolume"
        | "HassVacuumStart"
        | "HassVacuumReturnToBase"
        | "HassVacuumCleanArea"
        | "HassLawnMowerStartMowing"
        | "HassLawnMowerDock" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_home::recognized;
    use super::*;

    #[test]
    fn what_adds_up_is_not_repeated() {
        assert!(is_repeatable(&recognized("HassTurnOff", &[("area", "Kitchen")])));
        assert!(!is_repeatable(&recognized("HassToggle", &[("name", "Lamp")])));
        assert!(!is_repeatable(&recognized("HassSetVolumeRelative", &[("volume_step", "up")])));
        assert!(!is_repeatable(&recognized("HassShoppingListAddItem", &[("item", "milk")])));
        let mut pressed = recognized("HassTurnOn", &[("name", "Doorbell")]);
        assert!(is_repeatable(&pressed));
        pressed
            .context
            .insert("domain".into(), SlotValue::Many(vec!["button".into(), "input_button".into()]));
        assert!(!is_repeatable(&pressed));
    }
}
