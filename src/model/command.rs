//! What a device is asked to do, and what came of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EntityId, MessageId, State};

/// A colour, in the form in which it was asked for; devices get the form that they support.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    /// Red, green and blue, 0 to 255.
    Rgb(u8, u8, u8),
    /// Hue in degrees (0 to 360) and saturation in percent (0 to 100).
    Hs(f32, f32),
    /// CIE 1931 x and y, 0 to 1.
    Xy(f32, f32),
}

/// The code of a lock or alarm: read from requests, never written down, printed or logged.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Code(String);

impl Code {
    /// Always: whoever writes an action down leaves its code out.
    fn is_secret(_code: &Option<Self>) -> bool {
        true
    }

    /// The code itself, for the device alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Serialize for Code {
    /// Nothing, should it ever be asked for.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl From<String> for Code {
    fn from(code: String) -> Self {
        Self(code)
    }
}

impl From<&str> for Code {
    fn from(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

/// One thing that an entity is asked to do. Serialised with Home Assistant's service names and fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Switch on; a light may get brightness (0 to 255), colour, temperature and more with it.
    TurnOn {
        /// 0 to 255.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        brightness: Option<u8>,
        /// Colour.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        color: Option<Color>,
        /// Colour temperature in kelvin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        color_temp_kelvin: Option<u16>,
        /// White channel, 0 to 255.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        white: Option<u8>,
        /// Named effect, one of the entity's `effect_list`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        effect: Option<String>,
        /// `short` or `long`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        flash: Option<String>,
        /// Seconds to take for the change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        transition: Option<f32>,
    },
    /// Switch off.
    TurnOff {
        /// Seconds to take for the change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        transition: Option<f32>,
    },
    /// Switch to the other of on and off (or open and closed).
    Toggle,
    /// Open a cover or valve.
    Open,
    /// Close a cover or valve.
    Close,
    /// Stop a cover, valve, vacuum or lawn mower where it is.
    Stop,
    /// Move a cover or valve.
    SetPosition {
        /// Percent open, 0 closed to 100 open.
        position: u8,
    },
    /// Turn the slats of a cover.
    SetTiltPosition {
        /// Percent open.
        tilt_position: u8,
    },
    /// Lock.
    Lock {
        /// The code, where the lock wants one.
        #[serde(default, skip_serializing_if = "Code::is_secret")]
        #[schema(value_type = String, nullable = false, write_only)]
        code: Option<Code>,
    },
    /// Unlock.
    Unlock {
        /// The code, where the lock wants one.
        #[serde(default, skip_serializing_if = "Code::is_secret")]
        #[schema(value_type = String, nullable = false, write_only)]
        code: Option<Code>,
    },
    /// Open the latch of a lock.
    OpenLatch {
        /// The code, where the lock wants one.
        #[serde(default, skip_serializing_if = "Code::is_secret")]
        #[schema(value_type = String, nullable = false, write_only)]
        code: Option<Code>,
    },
    /// Set the target of a climate device or water heater, in the entity's own unit.
    SetTemperature {
        /// The one target.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        temperature: Option<f64>,
        /// Lower end, where the device keeps a range.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        target_temp_low: Option<f64>,
        /// Upper end, where the device keeps a range.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        target_temp_high: Option<f64>,
    },
    /// Heat, cool, off, …
    SetHvacMode {
        /// One of the entity's `hvac_modes`.
        hvac_mode: String,
    },
    /// A climate device's fan.
    SetFanMode {
        /// One of the entity's `fan_modes`.
        fan_mode: String,
    },
    /// A climate device's swing.
    SetSwingMode {
        /// One of the entity's `swing_modes`.
        swing_mode: String,
    },
    /// A named preset of a climate device or fan.
    SetPresetMode {
        /// One of the entity's `preset_modes`.
        preset_mode: String,
    },
    /// Operation mode of a water heater, or mode of a humidifier.
    SetMode {
        /// One of the entity's `available_modes` or `operation_list`.
        mode: String,
    },
    /// Target humidity of a humidifier or climate device.
    SetHumidity {
        /// Percent.
        humidity: u8,
    },
    /// Speed of a fan.
    SetPercentage {
        /// Percent; 0 switches it off.
        percentage: u8,
    },
    /// Let a fan swing.
    Oscillate {
        /// Whether it swings.
        oscillating: bool,
    },
    /// Direction of a fan.
    SetDirection {
        /// `forward` or `reverse`.
        direction: String,
    },
    /// Start a vacuum, or a lawn mower mowing.
    Start,
    /// Pause a vacuum, lawn mower or media player.
    Pause,
    /// Send a vacuum or lawn mower home.
    ReturnToBase,
    /// Clean where the vacuum stands.
    CleanSpot,
    /// Clean the named segments (rooms) of a vacuum's map.
    CleanArea {
        /// As the vacuum names them.
        segments: Vec<String>,
    },
    /// Let a device show or sound where it is.
    Locate,
    /// Suction of a vacuum.
    SetFanSpeed {
        /// One of the entity's `fan_speed_list`.
        fan_speed: String,
    },
    /// A command in the vacuum's own words.
    SendCommand {
        /// The command.
        command: String,
    },
    /// Press a button; also activates a scene or runs a script.
    Press,
    /// Set a number.
    SetValue {
        /// In the entity's own unit, from its `min` to its `max`.
        value: f64,
    },
    /// Choose an option of a select.
    SelectOption {
        /// One of the entity's `options`.
        option: String,
    },
    /// Write a text, or send a notification.
    SetText {
        /// The text.
        text: String,
    },
    /// Steer a media player.
    Media(MediaAction),
    /// Arm or disarm an alarm, by Home Assistant's service name without `alarm_`
    /// (`arm_away`, `arm_home`, `disarm`, `trigger`, …).
    Alarm {
        /// The service.
        service: String,
        /// The code, where the device wants one.
        #[serde(default, skip_serializing_if = "Code::is_secret")]
        #[schema(value_type = String, nullable = false, write_only)]
        code: Option<Code>,
    },
    /// Install the newest firmware.
    Install,
}

impl Action {
    /// [`Action::TurnOn`] with nothing besides.
    #[must_use]
    pub const fn turn_on() -> Self {
        Self::TurnOn {
            brightness: None,
            color: None,
            color_temp_kelvin: None,
            white: None,
            effect: None,
            flash: None,
            transition: None,
        }
    }

    /// [`Action::TurnOff`] with nothing besides.
    #[must_use]
    pub const fn turn_off() -> Self {
        Self::TurnOff { transition: None }
    }

    /// [`Action::Lock`] without a code.
    #[must_use]
    pub const fn lock() -> Self {
        Self::Lock { code: None }
    }

    /// [`Action::Unlock`] without a code.
    #[must_use]
    pub const fn unlock() -> Self {
        Self::Unlock { code: None }
    }

    /// The code that was given with it.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        match self {
            Self::Lock { code }
            | Self::Unlock { code }
            | Self::OpenLatch { code }
            | Self::Alarm { code, .. } => code.as_ref(),
            _ => None,
        }
    }
}

/// What a media player is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "media", rename_all = "snake_case")]
pub enum MediaAction {
    /// Go on playing.
    Play,
    /// Stop playing.
    Stop,
    /// Next track.
    Next,
    /// Previous track.
    Previous,
    /// Mute or unmute.
    Mute {
        /// Whether the player is silent.
        muted: bool,
    },
    /// Set the volume.
    SetVolume {
        /// Percent, 0 to 100.
        volume: u8,
    },
    /// Change the volume by so much.
    ChangeVolume {
        /// Percentage points, negative for quieter.
        by: i8,
    },
    /// Play what a search finds.
    SearchAndPlay {
        /// What to look for.
        query: String,
    },
}

/// One entity and what it is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Command {
    /// The entity.
    pub entity: EntityId,
    /// What it is asked to do.
    #[serde(flatten)]
    pub action: Action,
}

/// Where a command came from, for the trace and the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A sentence.
    Message(MessageId),
    /// A person at the panel, the API or the command line.
    Api,
    /// The hub itself, for example a delayed command.
    Hub,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The device said that it is so now.
    Confirmed {
        /// Its new state.
        state: State,
        /// From publishing to the device's word, in milliseconds.
        after_ms: u64,
    },
    /// It was so already; the command went out all the same.
    AlreadySo {
        /// Its state.
        state: State,
    },
    /// The command went out, and the device did not say in time that it was carried out.
    Unconfirmed {
        /// How long the hub waited, in milliseconds.
        waited_ms: u64,
    },
    /// The command went out; the device has no topic on which it could confirm.
    Sent,
    /// The device said something else than was asked for (a lock that jams).
    Refused {
        /// Its state.
        state: State,
    },
    /// Nothing went out: the entity cannot do this, cannot be reached, or the broker is away.
    Failed {
        /// Why, in words for a person.
        reason: String,
        /// The kind of reason, so that a reply can say it in its own language.
        #[serde(skip)]
        cause: Cause,
    },
}

/// Why nothing went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cause {
    /// The device cannot be reached.
    Unreachable,
    /// The entity cannot do this.
    Unsupported,
    /// The entity does not take the value.
    BadValue,
    /// The code is missing or wrong.
    Code,
    /// The broker is away.
    BrokerAway,
    /// Anything else.
    #[default]
    Other,
}

impl Outcome {
    /// How long a reply waits for devices to confirm before it says honestly that they have not.
    pub const PATIENCE: Duration = Duration::from_millis(1_500);

    /// Whether the home is now as it was asked to be, as far as can be known.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Confirmed { .. } | Self::AlreadySo { .. } | Self::Sent)
    }
}
