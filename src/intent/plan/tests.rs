//! Every intent in a small home.

use std::time::Duration;

use super::super::facts::Facts;
use super::super::test_home::{TestHome, recognized};
use super::*;
use crate::model::{Color, EntityCategory, ItemStatus, MediaAction, TimerState};

/// Two floors, four rooms, one or two of everything.
fn home() -> TestHome {
    let mut home = TestHome::new();
    home.floor("ground", "Ground Floor").floor("upper", "Upper Floor");
    home.area("kitchen", "Kitchen", Some("ground")).area("living", "Living Room", Some("ground"));
    home.area("bedroom", "Bedroom", Some("upper")).area("garden", "Garden", None);
    home.entity("light.kitchen", "Ceiling Light", Some("kitchen"));
    home.entity("light.kitchen_lamp", "Lamp", Some("kitchen"));
    home.entity("light.bedroom_lamp", "Lamp", Some("bedroom"));
    home.can("light.bedroom_lamp", "supported_color_modes", &["onoff"]);
    home.can("light.kitchen", "supported_color_modes", &["color_temp", "hs"]);
    home.entity("switch.coffee", "Coffee Machine", Some("kitchen"));
    home.entity("cover.blind", "Blind", Some("living")).class("cover.blind", "blind");
    home.entity("lock.front", "Front Door", None).state("lock.front", "locked");
    home.entity("button.bell", "Bell", None).entity("scene.movie", "Movie", None);
    home.entity("fan.bedroom", "Fan", Some("bedroom"));
    home.entity("vacuum.robo", "Robo", Some("living")).can(
        "vacuum.robo",
        "segments",
        &["17.Kitchen", "18.Hall"],
    );
    home.entity("lawn_mower.mo", "Mo", Some("garden"));
    home.entity("number.delay", "Delay", None);
    home
}

fn commands(plan: &Plan) -> Vec<(&str, &Action)> {
    match plan {
        Plan::Commands { commands, .. } => commands.iter().map(|c| (c.entity.as_str(), &c.action)).collect(),
        other => panic!("no commands: {other:?}"),
    }
}

fn failure(plan: &Plan) -> &Failure {
    match plan {
        Plan::Failed(facts) | Plan::Ambiguous(facts) => facts.failure.as_ref().unwrap(),
        other => panic!("no failure: {other:?}"),
    }
}

fn answer(plan: &Plan) -> &Facts {
    match plan {
        Plan::Answer(facts) => facts,
        other => panic!("no answer: {other:?}"),
    }
}

#[test]
fn on_and_off_mean_what_they_mean_for_each_domain() {
    let home = home();
    let on = |name: &str| home.wish("HassTurnOn", &[("name", name)]);
    let off = |name: &str| home.wish("HassTurnOff", &[("name", name)]);
    assert_eq!(commands(&on("coffee machine")), [("switch.coffee", &Action::turn_on())]);
    assert_eq!(commands(&on("Blind")), [("cover.blind", &Action::Open)]);
    assert_eq!(commands(&off("Blind")), [("cover.blind", &Action::Close)]);
    assert_eq!(commands(&on("Front Door")), [("lock.front", &Action::lock())]);
    assert_eq!(commands(&off("Front Door")), [("lock.front", &Action::unlock())]);
    assert_eq!(commands(&on("Bell")), [("button.bell", &Action::Press)]);
    assert_eq!(commands(&on("Movie")), [("scene.movie", &Action::Press)]);
    assert_eq!(commands(&off("Robo")), [("vacuum.robo", &Action::ReturnToBase)]);
    assert_eq!(failure(&off("Bell")).key, "cannot_turn_off");
    assert_eq!(failure(&on("Delay")).key, "cannot_turn_on");
    assert_eq!(failure(&on("Toaster")).key, "no_entity");
}

#[test]
fn a_room_or_floor_means_its_lights_and_nothing_else() {
    let mut home = home();
    home.entity("light.setting", "Indicator", Some("kitchen"));
    home.entity_mut("light.setting").category = Some(EntityCategory::Config);
    home.entity("light.hidden", "Hidden", Some("kitchen"));
    home.entity_mut("light.hidden").enabled = false;
    let kitchen = home.wish("HassTurnOn", &[("area", "Kitchen"), ("domain", "light")]);
    let on = Action::turn_on();
    assert_eq!(commands(&kitchen), [("light.kitchen", &on), ("light.kitchen_lamp", &on)]);
    let upper = home.wish("HassTurnOn", &[("floor", "upper floor"), ("domain", "light")]);
    assert_eq!(commands(&upper), [("light.bedroom_lamp", &on)]);
    let all = home.wish("HassTurnOff", &[("area", "bedroom")]);
    assert_eq!(commands(&all).len(), 2);
    let nowhere = home.wish("HassTurnOn", &[("area", "Attic"), ("domain", "light")]);
    assert_eq!(failure(&nowhere).key, "no_area");
    let none = home.wish("HassTurnOn", &[("area", "garden"), ("domain", "light")]);
    assert_eq!(
        (failure(&none).key, failure(&none).values["domain"].as_str()),
        ("no_domain_in_area", "light")
    );
    let windows = home.wish("HassTurnOn", &[("domain", "cover"), ("device_class", "window")]);
    assert_eq!(failure(&windows).key, "no_device_class");
}

#[test]
fn one_name_of_several_entities_means_the_nearest_or_is_asked_about() {
    let mut home = home();
    let lamp = [("name", "lamp")];
    let asked = home.wish("HassTurnOn", &lamp);
    let candidates: Vec<_> = failure(&asked).candidates.iter().map(|c| c.entity.as_str()).collect();
    assert!(matches!(asked, Plan::Ambiguous(_)));
    assert_eq!(candidates, ["light.bedroom_lamp", "light.kitchen_lamp"]);
    home.speak_in("bedroom");
    assert_eq!(commands(&home.wish("HassTurnOn", &lamp))[0].0, "light.bedroom_lamp");
    // The living room has no lamp, but its floor has one.
    home.speak_in("living");
    assert_eq!(commands(&home.wish("HassTurnOn", &lamp))[0].0, "light.kitchen_lamp");
    let named = home.wish("HassTurnOn", &[("name", "lamp"), ("area", "bedroom")]);
    assert_eq!(commands(&named)[0].0, "light.bedroom_lamp");
    home.entity("sensor.lamp", "Lamp", Some("living"));
    let mut only_lights = recognized("HassTurnOn", &lamp);
    only_lights.context.insert("domain".into(), SlotValue::Many(vec!["light".into(), "switch".into()]));
    assert_eq!(commands(&home.plan(&only_lights))[0].0, "light.kitchen_lamp");
}

#[test]
fn the_only_one_at_home_is_meant_from_any_room() {
    let mut home = home();
    home.speak_in("kitchen");
    let mut wish =
        recognized("HassTurnOn", &[("domain", "cover"), ("device_class", "blind"), ("area", "Kitchen")]);
    assert_eq!(failure(&home.plan(&wish)).key, "no_device_class_in_area");
    // Nobody said "in the kitchen": that is only where the speaker is.
    wish.context.insert("area".into(), SlotValue::Text("Kitchen".into()));
    let plan = home.plan(&wish);
    assert_eq!(commands(&plan)[0].0, "cover.blind");
    assert_eq!(plan.facts().slots["area"], SlotValue::Text("Living Room".into()));
    home.entity("cover.other", "Other Blind", Some("bedroom")).class("cover.other", "blind");
    assert_eq!(failure(&home.plan(&wish)).key, "no_device_class_in_area");
}

#[test]
fn lights_get_brightness_color_and_temperature() {
    let home = home();
    let set = |slots: &[(&str, &str)]| home.wish("HassLightSet", slots);
    let with = |brightness, color, color_temp_kelvin| Action::TurnOn {
        brightness,
        color,
        color_temp_kelvin,
        white: None,
        effect: None,
        flash: None,
        transition: None,
    };
    let half = set(&[("name", "Ceiling Light"), ("brightness", "50")]);
    assert_eq!(commands(&half), [("light.kitchen", &with(Some(128), None, None))]);
    let red = set(&[("area", "kitchen"), ("color", "red")]);
    assert_eq!(commands(&red)[0].1, &with(None, Some(Color::Rgb(255, 0, 0)), None));
    let warm = set(&[("name", "Ceiling Light"), ("temperature", "2700")]);
    assert_eq!(commands(&warm)[0].1, &with(None, None, Some(2700)));
    let dim = set(&[("area", "bedroom"), ("brightness", "50")]);
    assert_eq!(failure(&dim).key, "feature_not_supported");
    assert_eq!(failure(&set(&[("area", "kitchen"), ("color", "octarine")])).key, "unknown_color");
    assert_eq!(failure(&set(&[("area", "kitchen")])).key, "nothing_to_set");
}

#[test]
fn covers_move_and_fans_turn() {
    let mut home = home();
    home.can("cover.blind", "supported_features", &["open", "close", "stop"]);
    let position = |to: &str| home.wish("HassSetPosition", &[("name", "blind"), ("position", to)]);
    assert_eq!(failure(&position("40")).key, "feature_not_supported");
    assert_eq!(commands(&position("0")), [("cover.blind", &Action::Close)]);
    home.can("cover.blind", "supported_features", &["open", "close", "set_position"]);
    let position = home.wish("HassSetPosition", &[("device_class", "blind"), ("position", "40")]);
    assert_eq!(commands(&position), [("cover.blind", &Action::SetPosition { position: 40 })]);
    assert_eq!(commands(&home.wish("HassStopMoving", &[("name", "blind")]))[0].1, &Action::Stop);
    let fan = home.wish("HassFanSetSpeed", &[("area", "bedroom"), ("percentage", "30")]);
    assert_eq!(commands(&fan), [("fan.bedroom", &Action::SetPercentage { percentage: 30 })]);
}

#[test]
fn climate_is_set_in_its_own_unit_and_read_in_the_homes() {
    let mut home = home();
    home.entity("climate.bed", "Heating", Some("bedroom")).state("climate.bed", "heat");
    home.attribute("climate.bed", "current_temperature", 70.0);
    let capabilities = &mut home.entity_mut("climate.bed").capabilities;
    Arc::make_mut(capabilities).insert("temperature_unit".into(), "°F".into());
    let warm = home.wish("HassClimateSetTemperature", &[("temperature", "20")]);
    let Action::SetTemperature { temperature, .. } = commands(&warm)[0].1 else { panic!("{warm:?}") };
    assert_eq!(*temperature, Some(68.0));
    let read = home.wish("HassClimateGetTemperature", &[("area", "bedroom")]);
    assert_eq!(answer(&read).matched[0].attributes["current_temperature"], 21.1);
    home.entity("climate.kitchen", "Heating", Some("kitchen")).can(
        "climate.kitchen",
        "fan_modes",
        &["Auto", "Low"],
    );
    assert_eq!(
        failure(&home.wish("HassClimateSetTemperature", &[("temperature", "20")])).candidates.len(),
        2
    );
    let mode = home.wish("HassClimateSetFanMode", &[("area", "kitchen"), ("fan_mode", "auto")]);
    assert_eq!(commands(&mode), [("climate.kitchen", &Action::SetFanMode { fan_mode: "Auto".into() })]);
    let mode = home.wish("HassClimateSetFanMode", &[("area", "kitchen"), ("fan_mode", "high")]);
    assert_eq!(failure(&mode).key, "no_such_mode");
    home.entity("sensor.garden", "Outside", Some("garden")).class("sensor.garden", "temperature");
    home.state("sensor.garden", "12.5");
    let read = home.wish("HassClimateGetTemperature", &[("area", "garden")]);
    assert_eq!(answer(&read).matched[0].state, "12.5");
    let read = home.wish("HassClimateGetTemperature", &[("area", "living room")]);
    assert_eq!(failure(&read).key, "no_domain_in_area");
}

#[test]
fn states_are_asked_one_any_all_which_and_how_many() {
    let mut home = home();
    home.state("light.kitchen", "on");
    let ask = |slots: &[(&str, &str)]| home.wish("HassGetState", slots);
    let lights = ask(&[("domain", "light"), ("state", "on"), ("floor", "ground floor")]);
    let names = |shown: &[super::super::facts::Shown]| -> Vec<String> {
        shown.iter().map(|shown| shown.entity.to_string()).collect()
    };
    assert_eq!(names(&answer(&lights).matched), ["light.kitchen"]);
    assert_eq!(names(&answer(&lights).unmatched), ["light.kitchen_lamp"]);
    let one = ask(&[("name", "front door")]);
    assert_eq!(answer(&one).matched[0].state, "locked");
    let none = ask(&[("domain", "light"), ("area", "garden"), ("state", "on")]);
    assert_eq!((answer(&none).matched.len(), answer(&none).unmatched.len()), (0, 0));
    assert_eq!(failure(&ask(&[("name", "nothing")])).key, "no_entity");
    assert_eq!(failure(&ask(&[("domain", "light"), ("area", "attic")])).key, "no_area");
}

#[test]
fn an_unreachable_entity_is_unavailable() {
    let mut home = home();
    let state = home.states.get_mut(&EntityId::new("light.kitchen").unwrap()).unwrap();
    Arc::make_mut(state).available = false;
    let asked = home.wish("HassGetState", &[("name", "Ceiling Light")]);
    assert_eq!(answer(&asked).matched[0].state, "unavailable");
}

#[test]
fn weather_needs_a_weather_entity() {
    let mut home = home();
    assert_eq!(failure(&home.wish("HassGetWeather", &[])).key, "no_weather");
    home.entity("weather.home", "Home", None).state("weather.home", "rainy");
    assert_eq!(answer(&home.wish("HassGetWeather", &[])).matched[0].state, "rainy");
}

#[test]
fn media_players_are_steered_by_what_they_do() {
    let mut home = home();
    home.entity("media_player.tv", "TV", Some("living")).entity(
        "media_player.radio",
        "Radio",
        Some("kitchen"),
    );
    let wish = |home: &TestHome, intent: &str| home.wish(intent, &[]);
    assert_eq!(failure(&wish(&home, "HassMediaPause")).key, "entity_wrong_state");
    home.state("media_player.tv", "playing").state("media_player.radio", "paused");
    assert_eq!(commands(&wish(&home, "HassMediaPause")), [("media_player.tv", &Action::Pause)]);
    let media = |media| Action::Media(media);
    assert_eq!(commands(&wish(&home, "HassMediaNext"))[0].1, &media(MediaAction::Next));
    assert_eq!(commands(&wish(&home, "HassMediaPrevious"))[0].1, &media(MediaAction::Previous));
    assert_eq!(commands(&wish(&home, "HassMediaPlayerMute"))[0].1, &media(MediaAction::Mute { muted: true }));
    assert_eq!(
        commands(&wish(&home, "HassMediaPlayerUnmute"))[0].1,
        &media(MediaAction::Mute { muted: false })
    );
    assert_eq!(
        commands(&wish(&home, "HassMediaUnpause")),
        [("media_player.radio", &media(MediaAction::Play))]
    );
    let volume = home.wish("HassSetVolume", &[("volume_level", "30")]);
    assert_eq!(commands(&volume), [("media_player.tv", &media(MediaAction::SetVolume { volume: 30 }))]);
    let louder = home.wish("HassSetVolumeRelative", &[("volume_step", "up"), ("name", "radio")]);
    assert_eq!(commands(&louder), [("media_player.radio", &media(MediaAction::ChangeVolume { by: 10 }))]);
    let quieter = home.wish("HassSetVolumeRelative", &[("volume_step", "-25")]);
    assert_eq!(commands(&quieter)[0].1, &media(MediaAction::ChangeVolume { by: -25 }));
    let play = home.wish("HassMediaSearchAndPlay", &[("search_query", "queen"), ("area", "kitchen")]);
    assert_eq!(commands(&play)[0].0, "media_player.radio");
    assert_eq!(play.facts().media.as_deref(), Some("queen"));
}

#[test]
fn resume_means_what_was_paused_last() {
    let mut home = home();
    for id in ["media_player.a", "media_player.b"] {
        home.entity(id, "Player", Some("living")).state(id, "paused");
    }
    assert_eq!(commands(&home.wish("HassMediaUnpause", &[])).len(), 2);
    home.paused = vec![EntityId::new("media_player.b").unwrap()];
    assert_eq!(commands(&home.wish("HassMediaUnpause", &[]))[0].0, "media_player.b");
}

#[test]
fn robots_are_sent() {
    let home = home();
    let wish = |intent: &str, slots: &[(&str, &str)]| home.wish(intent, slots);
    assert_eq!(commands(&wish("HassVacuumStart", &[("name", "robo")])), [("vacuum.robo", &Action::Start)]);
    assert_eq!(commands(&wish("HassVacuumReturnToBase", &[]))[0].1, &Action::ReturnToBase);
    assert_eq!(commands(&wish("HassLawnMowerStartMowing", &[])), [("lawn_mower.mo", &Action::Start)]);
    assert_eq!(commands(&wish("HassLawnMowerDock", &[("name", "Mo")]))[0].1, &Action::ReturnToBase);
    let clean = wish("HassVacuumCleanArea", &[("area", "kitchen")]);
    assert_eq!(commands(&clean)[0].1, &Action::CleanArea { segments: vec!["17".into()] });
    assert_eq!(failure(&wish("HassVacuumCleanArea", &[("area", "bedroom")])).key, "no_segment");
}

fn changes(plan: &Plan) -> &[TimerChange] {
    match plan {
        Plan::Timer(changes, _) => changes,
        other => panic!("no timer: {other:?}"),
    }
}

#[test]
fn timers_start_with_name_room_and_command() {
    let mut home = home();
    home.speak_in("kitchen");
    let slots = [("hours", "1"), ("minutes", "30"), ("name", "pizza")];
    let TimerChange::Start { duration, name, area, command, .. } =
        changes(&home.wish("HassStartTimer", &slots))[0].clone()
    else {
        panic!()
    };
    assert_eq!((duration.as_secs(), name.as_deref()), (5_400, Some("pizza")));
    assert_eq!((area.as_ref().unwrap().as_str(), command), ("kitchen", None));
    let later = [("minutes", "5"), ("conversation_command", "turn off the light")];
    let TimerChange::Start { command, .. } = changes(&home.wish("HassStartTimer", &later))[0].clone() else {
        panic!()
    };
    assert_eq!(command.as_ref().unwrap(), &("turn off the light".to_owned(), "en".to_owned()));
    assert_eq!(failure(&home.wish("HassStartTimer", &[])).key, "no_duration");
}

#[test]
fn the_timer_that_is_meant_is_found() {
    let mut home = home();
    let id = |plan: &Plan| match &changes(plan)[0] {
        TimerChange::Cancel(id) | TimerChange::Pause(id) | TimerChange::Resume(id) => id.to_string(),
        TimerChange::Increase(id, by) | TimerChange::Decrease(id, by) => format!("{id} {}", by.as_secs()),
        other => panic!("{other:?}"),
    };
    let cancel = |home: &TestHome, slots: &[(&str, &str)]| home.wish("HassCancelTimer", slots);
    assert_eq!(failure(&cancel(&home, &[])).key, "timer_not_found");
    home.timer("a", Some("Pizza"), 600, Some("kitchen"));
    assert_eq!(id(&cancel(&home, &[])), "a");
    home.timer("b", None, 300, Some("bedroom")).timer("c", None, 3_600, Some("bedroom"));
    home.timer("later", None, 600, None);
    home.timer_mut("later").command = Some(("turn off the light".into(), "en".into()));
    assert_eq!(failure(&cancel(&home, &[])).key, "multiple_timers_matched");
    assert_eq!(id(&cancel(&home, &[("name", "pizza")])), "a");
    assert_eq!(id(&cancel(&home, &[("area", "Kitchen")])), "a");
    assert_eq!(id(&cancel(&home, &[("start_minutes", "5")])), "b");
    assert_eq!(id(&cancel(&home, &[("start_minutes", "60"), ("area", "bedroom")])), "c");
    assert_eq!(failure(&cancel(&home, &[("name", "pasta")])).key, "timer_not_found");
    assert_eq!(failure(&cancel(&home, &[("area", "attic")])).key, "no_area");
    home.speak_in("kitchen");
    assert_eq!(id(&cancel(&home, &[])), "a");
    let more = home.wish("HassIncreaseTimer", &[("minutes", "2"), ("start_minutes", "5")]);
    assert_eq!(id(&more), "b 120");
    let less = home.wish("HassDecreaseTimer", &[("seconds", "30"), ("name", "pizza")]);
    assert_eq!(id(&less), "a 30");
    home.timer_mut("b").state = TimerState::Paused { left_ms: 1_000 };
    assert_eq!(id(&home.wish("HassUnpauseTimer", &[])), "b");
    assert_eq!(id(&home.wish("HassPauseTimer", &[("area", "bedroom")])), "c");
}

#[test]
fn all_timers_are_told_or_taken_away() {
    let mut home = home();
    home.timer("a", Some("pizza"), 600, Some("kitchen")).timer("b", None, 300, Some("bedroom"));
    home.timer("c", None, 100, None);
    home.timer_mut("c").state = TimerState::Finished { at: super::super::test_home::NOW };
    home.speak_in("bedroom");
    let status = home.wish("HassTimerStatus", &[]);
    let left: Vec<_> = answer(&status).timers.iter().map(|timer| timer.left).collect();
    assert_eq!(left, [Duration::from_secs(240), Duration::from_secs(540)]);
    let in_kitchen = home.wish("HassCancelAllTimers", &[("area", "kitchen")]);
    assert_eq!((changes(&in_kitchen).len(), in_kitchen.facts().canceled), (1, 1));
    assert_eq!(changes(&home.wish("HassCancelAllTimers", &[])).len(), 3);
    // What rings is meant when nothing runs.
    home.timers.retain(|id, _| id.as_str() == "c");
    assert_eq!(changes(&home.wish("HassCancelTimer", &[])).len(), 1);
    assert_eq!(failure(&home.wish("HassPauseTimer", &[])).key, "timer_not_found");
}

#[test]
fn lists_are_written_ticked_and_cleared() {
    let mut home = home();
    home.list("garage", "Hardware", &["Nails", "Glue"]);
    let changes = |plan: &Plan| match plan {
        Plan::List(changes, _) => changes.clone(),
        other => panic!("no list: {other:?}"),
    };
    let shopping = ListId::new("shopping").unwrap();
    let garage = ListId::new("garage").unwrap();
    let add = home.wish("HassShoppingListAddItem", &[("item", "milk")]);
    assert_eq!(changes(&add), [ListChange::Add(shopping, "milk".into())]);
    let add = home.wish("HassListAddItem", &[("item", "screws"), ("name", "hardware")]);
    assert_eq!(changes(&add), [ListChange::Add(garage.clone(), "screws".into())]);
    let tick = home.wish("HassListCompleteItem", &[("item", "glue"), ("name", "Hardware")]);
    assert_eq!(changes(&tick), [ListChange::status(garage.clone(), 2, ItemStatus::Completed)]);
    let remove = home.wish("HassListRemoveItem", &[("item", "nails"), ("name", "Hardware")]);
    assert_eq!(changes(&remove), [ListChange::RemoveItem(garage, 1)]);
    assert_eq!(failure(&home.wish("HassShoppingListCompleteItem", &[("item", "tea")])).key, "no_item");
    assert_eq!(failure(&home.wish("HassListAddItem", &[("item", "x"), ("name", "garden")])).key, "no_list");
    // A list may be known to sentences by the names of an entity.
    home.entity("todo.garage", "五金清单", None);
    let add = home.wish("HassListAddItem", &[("item", "钉子"), ("name", "五金清单")]);
    assert_eq!(changes(&add).len(), 1);
}

#[test]
fn the_hub_talks() {
    let home = home();
    let time = home.wish("HassGetCurrentTime", &[]);
    assert_eq!(answer(&time).now, Some(jiff::civil::date(2013, 9, 17).at(1, 2, 0, 0)));
    assert!(answer(&home.wish("HassGetCurrentDate", &[])).now.is_some());
    let Plan::Broadcast { text, .. } = home.wish("HassBroadcast", &[("message", "dinner")]) else { panic!() };
    assert_eq!(text, "dinner");
    assert_eq!(failure(&home.wish("HassBroadcast", &[])).key, "nothing_to_say");
    assert!(matches!(home.wish("HassNevermind", &[]), Plan::Nevermind(_)));
    assert!(answer(&home.wish("HassRespond", &[])).done);
    assert_eq!(failure(&home.wish("HassMakeCoffee", &[])).key, "unknown_intent");
}

#[test]
fn every_intent_of_the_templates_has_a_plan() {
    let home = home();
    for tag in ["en", "zh-CN"] {
        let language = super::super::Language::load(tag).unwrap();
        for (intent, ..) in language.responses() {
            let plan = home.wish(intent, &[]);
            let unknown = matches!(&plan, Plan::Failed(facts) if failure_key(facts) == "unknown_intent");
            assert!(!unknown, "{intent} has no plan");
        }
    }
}

fn failure_key(facts: &Facts) -> &str {
    facts.failure.as_ref().map_or("", |failure| failure.key)
}

#[test]
fn a_reply_never_speaks_an_id() {
    let home = home();
    let plan = home.wish("HassTurnOn", &[("name", "light.bedroom_lamp"), ("area", "bedroom")]);
    assert_eq!(plan.facts().slots["name"], SlotValue::Text("Lamp".into()));
    assert_eq!(plan.facts().slots["area"], SlotValue::Text("Bedroom".into()));
}
