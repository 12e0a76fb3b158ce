// Made from the API's description by `npm run types`. Change the Rust types, not this file.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** Values by their name; which there are depends on the thing. */
export type Attributes = Record<string, Json | undefined>;

/** One thing that an entity is asked to do. Serialised with Home Assistant's service names and fields. */
export type Action =
  | {
      action: 'turn_on';
      brightness?: number;
      color?: Color;
      color_temp_kelvin?: number;
      effect?: string;
      flash?: string;
      transition?: number;
      white?: number;
    }
  | { action: 'turn_off'; transition?: number }
  | { action: 'toggle' }
  | { action: 'open' }
  | { action: 'close' }
  | { action: 'stop' }
  | { action: 'set_position'; position: number }
  | { action: 'set_tilt_position'; tilt_position: number }
  | { action: 'lock'; code?: string }
  | { action: 'unlock'; code?: string }
  | { action: 'open_latch'; code?: string }
  | {
      action: 'set_temperature';
      target_temp_high?: number;
      target_temp_low?: number;
      temperature?: number;
    }
  | { action: 'set_hvac_mode'; hvac_mode: string }
  | { action: 'set_fan_mode'; fan_mode: string }
  | { action: 'set_swing_mode'; swing_mode: string }
  | { action: 'set_preset_mode'; preset_mode: string }
  | { action: 'set_mode'; mode: string }
  | { action: 'set_humidity'; humidity: number }
  | { action: 'set_percentage'; percentage: number }
  | { action: 'oscillate'; oscillating: boolean }
  | { action: 'set_direction'; direction: string }
  | { action: 'start' }
  | { action: 'pause' }
  | { action: 'return_to_base' }
  | { action: 'clean_spot' }
  | { action: 'clean_area'; segments: string[] }
  | { action: 'locate' }
  | { action: 'set_fan_speed'; fan_speed: string }
  | { action: 'send_command'; command: string }
  | { action: 'press' }
  | { action: 'set_value'; value: number }
  | { action: 'select_option'; option: string }
  | { action: 'set_text'; text: string }
  | MediaAction & { action: 'media' }
  | { action: 'alarm'; code?: string; service: string }
  | { action: 'install' };

/** The process lives. */
export interface Alive { status: string }

/** A token, without its secret. */
export interface ApiToken { created: Timestamp; id: string; last_used: Timestamp | null; name: string }

/** A room, or any other part of the home that devices belong to. */
export type Area = Names & { floor?: FloorId; id: AreaId };

/** Area as the owner writes it. */
export type AreaBody = Names & { floor?: FloorId | null };

/** An area (a room), for example `living_room`. */
export type AreaId = string;

/** By how much. */
export interface By { by_ms: number }

/** What a message came through. */
export type Channel = 'panel' | 'api' | 'cli' | 'voice' | 'hub' | { service: string };

/** What a client may say. */
export type ClientMessage = { logs: boolean; type: 'subscribe' } | Sentence & { id: Json } & { type: 'converse' };

/** A colour, in the form in which it was asked for; devices get the form that they support. */
export type Color = { rgb: [number, number, number] } | { hs: [number, number] } | { xy: [number, number] };

/** One entity and what it is asked to do. */
export type Command = Action & { entity: EntityId };

/** Several commands. */
export interface Commands { commands: Command[] }

/** A physical thing that brings one or more entities. */
export type Device = Names & {
  area?: AreaId;
  configuration_url?: string;
  hw_version?: string;
  id: DeviceId;
  manufacturer?: string;
  model?: string;
  model_id?: string;
  serial_number?: string;
  sw_version?: string;
  via_device?: DeviceId;
};

/** A device: the first of its discovery identifiers or connections, as the device sends it. */
export type DeviceId = string;

/** A device and what it brings. */
export type DeviceInfo = Device & { entities: EntityId[] };

/** What the owner changes; what is absent stays. */
export interface DevicePatch { area?: AreaId | null; names?: Names | null }

/** One thing that can be read or switched. */
export type Entity = Names & {
  area?: AreaId;
  capabilities?: Attributes;
  category?: EntityCategory;
  device?: DeviceId;
  device_class?: string;
  enabled: boolean;
  icon?: string;
  id: EntityId;
  unique_id?: string;
  unit_of_measurement?: string;
};

/** What an entity is for, where it is not its device's main purpose. */
export type EntityCategory = 'config' | 'diagnostic';

export type EntityId = string;

/** What the owner changes; what is absent stays. */
export interface EntityPatch { area?: AreaId | null; enabled?: boolean; names?: Names | null }

/** What a client learns of an error. */
export interface ErrorBody { error: ErrorDetail }

/** An error for programs (`code`) and for people (`message`). */
export interface ErrorDetail { code: string; details?: Attributes | null; message: string; request_id: string }

/** Something said and its answer. */
export interface Exchange { message: Message; reply: Reply }

/** A floor of the home. */
export type Floor = Names & { id: FloorId; level?: number };

/** Floor as the owner writes it. */
export type FloorBody = Names & { level?: number | null };

/** A floor, for example `first_floor`. */
export type FloorId = string;

/** How one part of the hub is. */
export interface Health { level: HealthLevel; message: string; part: string; restarts: number; since: Timestamp }

/** How well a part of the hub is. */
export type HealthLevel = 'ok' | 'starting' | 'degraded' | 'failing' | 'given_up';

/** What an entity was over time. */
export interface History { points: ([number, number | null])[]; states: [number, string][] }

/** Settings of the home. */
export interface HomeInfo { language: string; name: string; temperature_unit: string; time_zone: string }

/** Something that happened. Large parts are shared, since every listener gets every event. */
export type HubEvent =
  | { entity: EntityId; event: 'state_changed'; state: State }
  | Entity & { event: 'entity_updated' }
  | { entity: EntityId; event: 'entity_removed' }
  | Device & { event: 'device_updated' }
  | { device: DeviceId; event: 'device_removed' }
  | Area & { event: 'area_updated' }
  | { area: AreaId; event: 'area_removed' }
  | Floor & { event: 'floor_updated' }
  | { event: 'floor_removed'; floor: FloorId }
  | Timer & { event: 'timer_updated' }
  | { event: 'timer_removed'; timer: TimerId }
  | TodoList & { event: 'list_updated' }
  | { event: 'list_removed'; list: ListId }
  | { event: 'conversation'; message: Message; reply: Reply }
  | { event: 'broadcast'; text: string }
  | Health & { event: 'health' }
  | { accepted: boolean; event: 'configuration'; message: string };

/** A recognised wish, in the names of Home Assistant's intents. */
export interface Intent { name: string; slots: Record<string, SlotValue> }

/** What is changed of a line; what is absent stays. */
export interface ItemPatch { status?: ItemStatus; summary?: string }

/** Whether an item is done. */
export type ItemStatus = 'needs_action' | 'completed';

/** A to-do list, for example `shopping`. */
export type ListId = string;

/** One line of a list. */
export interface ListItem { created: Timestamp; id: number; status: ItemStatus; summary: string }

/** A log line. */
export interface LogEntry { fields: Attributes; level: LogLevel; message: string; target: string; time: Timestamp }

/** The owner's password. */
export interface LogIn { password: string }

/** The code of a login link. */
export interface LogInByLink { code: string }

/** How much a line matters. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** A one-time login link. */
export interface LoginLink { expires: Timestamp; url: string }

/** What a media player is asked to do. */
export type MediaAction =
  | { media: 'play' }
  | { media: 'stop' }
  | { media: 'next' }
  | { media: 'previous' }
  | { media: 'mute'; muted: boolean }
  | { media: 'set_volume'; volume: number }
  | { by: number; media: 'change_volume' }
  | { media: 'search_and_play'; query: string };

/** What somebody said or wrote. */
export interface Message {
  area: AreaId | null;
  channel: Channel;
  content: string;
  id: MessageId;
  language: string | null;
  sender: string | null;
  time: Timestamp;
}

/** Why a message was refused. */
export interface MessageError { code: string; message: string }

/** One message to the hub; the same id runs through log lines and the trace. */
export type MessageId = string;

/** What a thing is to be called. */
export interface Named { name: string }

/** What people call a thing: one name, further names in the same breath, and names per language. */
export interface Names { aliases?: string[]; by_language?: Record<string, string[]>; name: string }

/** A new line. */
export interface NewItem { summary: string }

/** A new password. */
export interface NewPassword { current?: string | null; new: string }

/** A new timer. */
export interface NewTimer { area?: AreaId | null; duration_ms: number; name?: string | null }

/** A new token. */
export interface NewToken { created: Timestamp; id: string; name: string; token: string }

/** What came of a command. */
export type Outcome =
  | { after_ms: number; outcome: 'confirmed'; state: State }
  | { outcome: 'already_so'; state: State }
  | { outcome: 'unconfirmed'; waited_ms: number }
  | { outcome: 'sent' }
  | { outcome: 'refused'; state: State }
  | { outcome: 'failed'; reason: string };

/** What came of several commands. */
export interface Outcomes { outcomes: Outcome[] }

/** Whether the hub can do its work. */
export interface Ready { missing: string[]; ready: boolean }

/** The hub's answer. */
export interface Reply {
  intent?: Intent;
  kind: ReplyKind;
  language: string;
  message: MessageId;
  suggestions?: string[];
  text: string;
  trace: Trace;
}

/** What kind of answer it is. */
export type ReplyKind = 'action_done' | 'partial' | 'query_answer' | 'no_match' | 'error' | 'question';

/** Counts the hub's events since it started; a listener that sees a gap reads everything again. */
export type Revision = number;

/** Something that somebody says. */
export interface Sentence { area?: AreaId | null; language?: string | null; text: string }

/** What a client is told. */
export type ServerMessage =
  | Snapshot & { type: 'snapshot' }
  | { events: HubEvent[]; revision: Revision; type: 'events' }
  | { entry: LogEntry; type: 'log' }
  | { id: Json; reply: Reply; type: 'reply' }
  | { error: MessageError; id: Json; type: 'error' };

/** Who is logged in. */
export interface Session {
  authenticated: boolean;
  csrf: string | null;
  language: string;
  needs_password: boolean;
  user: string | null;
  version: string;
}

/** The value of a slot, as the sentence templates give it. */
export type SlotValue = number | string | string[];

/** The whole home at one moment. */
export interface Snapshot {
  areas: Area[];
  devices: Device[];
  entities: Entity[];
  floors: Floor[];
  health: Health[];
  home: HomeInfo;
  lists: TodoList[];
  revision: Revision;
  states: Record<string, State>;
  timers: Timer[];
}

/** What is known of an entity now. */
export interface State {
  attributes: Attributes;
  available: boolean;
  last_changed: Timestamp;
  last_updated: Timestamp;
  state: string;
}

/** A kitchen timer, or a command that waits ("turn off the light in 5 minutes"). */
export type Timer = TimerState & {
  area?: AreaId;
  channel: Channel;
  command?: [string, string];
  created: Timestamp;
  duration_ms: number;
  id: TimerId;
  name?: string;
};

/** A timer of the hub. */
export type TimerId = string;

/** Whether a timer runs. */
export type TimerState =
  | { ends: Timestamp; status: 'running' }
  | { left_ms: number; status: 'paused' }
  | { at: Timestamp; status: 'finished' };

/** Milliseconds since 1970-01-01T00:00:00Z. Negative before it. */
export type Timestamp = number;

/** A shopping or to-do list. */
export interface TodoList { id: ListId; items: ListItem[]; name: string }

/** Why the hub decided as it did: each step in the order in which it happened. */
export interface Trace { micros: number; steps: TraceStep[] }

/** One step of a decision. `at` is microseconds since the message arrived. */
export type TraceStep =
  | { language: string; step: 'heard'; text: string }
  | { at: number; intent: string; step: 'matched'; template: string }
  | { at: number; nearest: string[]; step: 'not_matched' }
  | { at: number; entities: EntityId[]; reason: string; step: 'resolved' }
  | { at: number; command: Command; payload: string; step: 'published'; topic: string }
  | { at: number; entity: EntityId; outcome: Outcome; step: 'came_back' }
  | { at: number; step: 'note'; text: string };
