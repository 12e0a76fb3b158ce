// The JSON of the hub's API: the serialised forms of src/model/ in the Rust program.

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Timestamp = number;
export type EntityId = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Attributes = Record<string, Json | undefined>;

export interface Names {
  name: string;
  aliases?: string[];
  by_language?: Record<string, string[]>;
}

export interface Area extends Names {
  id: string;
  floor?: string;
}

export interface Floor extends Names {
  id: string;
  level?: number;
}

export interface Device extends Names {
  id: string;
  manufacturer?: string;
  model?: string;
  model_id?: string;
  sw_version?: string;
  hw_version?: string;
  serial_number?: string;
  configuration_url?: string;
  via_device?: string;
  area?: string;
}

export interface Entity extends Names {
  id: EntityId;
  unique_id?: string;
  device?: string;
  area?: string;
  device_class?: string;
  unit_of_measurement?: string;
  icon?: string;
  category?: 'config' | 'diagnostic';
  enabled: boolean;
  capabilities?: Attributes;
}

export interface State {
  state: string;
  attributes: Attributes;
  last_changed: Timestamp;
  last_updated: Timestamp;
  available: boolean;
}

export type Color = { rgb: [number, number, number] } | { hs: [number, number] } | { xy: [number, number] };

export type MediaAction =
  | { media: 'play' | 'stop' | 'next' | 'previous' }
  | { media: 'mute'; muted: boolean }
  | { media: 'set_volume'; volume: number }
  | { media: 'change_volume'; by: number }
  | { media: 'search_and_play'; query: string };

export type Action =
  | {
      action: 'turn_on';
      brightness?: number;
      color?: Color;
      color_temp_kelvin?: number;
      white?: number;
      effect?: string;
      flash?: string;
      transition?: number;
    }
  | { action: 'turn_off'; transition?: number }
  | {
      action:
        | 'toggle'
        | 'open'
        | 'close'
        | 'stop'
        | 'lock'
        | 'unlock'
        | 'open_latch'
        | 'start'
        | 'pause'
        | 'return_to_base'
        | 'clean_spot'
        | 'locate'
        | 'press'
        | 'install';
    }
  | { action: 'set_position'; position: number }
  | { action: 'set_tilt_position'; tilt_position: number }
  | {
      action: 'set_temperature';
      temperature?: number;
      target_temp_low?: number;
      target_temp_high?: number;
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
  | { action: 'clean_area'; segments: string[] }
  | { action: 'set_fan_speed'; fan_speed: string }
  | { action: 'send_command'; command: string }
  | { action: 'set_value'; value: number }
  | { action: 'select_option'; option: string }
  | { action: 'set_text'; text: string }
  | ({ action: 'media' } & MediaAction)
  | { action: 'alarm'; service: string; code?: string };

export type Command = { entity: EntityId } & Action;

export type Outcome =
  | { outcome: 'confirmed'; state: State; after_ms: number }
  | { outcome: 'already_so'; state: State }
  | { outcome: 'unconfirmed'; waited_ms: number }
  | { outcome: 'sent' }
  | { outcome: 'refused'; state: State }
  | { outcome: 'failed'; reason: string };

export type TimerState =
  | { status: 'running'; ends: Timestamp }
  | { status: 'paused'; left_ms: number }
  | { status: 'finished'; at: Timestamp };

export type Channel = 'panel' | 'api' | 'cli' | 'voice' | 'hub' | { service: string };

export type Timer = TimerState & {
  id: string;
  name?: string;
  duration_ms: number;
  area?: string;
  channel: Channel;
  command?: [string, string];
  created: Timestamp;
};

export interface ListItem {
  id: number;
  summary: string;
  status: 'needs_action' | 'completed';
  created: Timestamp;
}

export interface TodoList {
  id: string;
  name: string;
  items: ListItem[];
}

export interface Message {
  id: string;
  channel: Channel;
  sender: string | null;
  content: string;
  language: string | null;
  area: string | null;
  time: Timestamp;
}

export type SlotValue = number | string | string[];

export interface Intent {
  name: string;
  slots: Record<string, SlotValue>;
}

export type TraceStep =
  | { step: 'heard'; text: string; language: string }
  | { step: 'matched'; at: number; intent: string; template: string }
  | { step: 'not_matched'; at: number; nearest: string[] }
  | { step: 'resolved'; at: number; entities: EntityId[]; reason: string }
  | { step: 'published'; at: number; command: Command; topic: string; payload: string }
  | { step: 'came_back'; at: number; entity: EntityId; outcome: Outcome }
  | { step: 'note'; at: number; text: string };

export type ReplyKind = 'action_done' | 'partial' | 'query_answer' | 'no_match' | 'error' | 'question';

export interface Reply {
  message: string;
  kind: ReplyKind;
  text: string;
  language: string;
  intent?: Intent;
  suggestions?: string[];
  trace: { steps: TraceStep[]; micros: number };
}

export type HealthLevel = 'ok' | 'starting' | 'degraded' | 'failing' | 'given_up';

export interface Health {
  part: string;
  level: HealthLevel;
  message: string;
  since: Timestamp;
  restarts: number;
}

export type HubEvent =
  | { event: 'state_changed'; entity: EntityId; state: State }
  | ({ event: 'entity_updated' } & Entity)
  | { event: 'entity_removed'; entity: EntityId }
  | ({ event: 'device_updated' } & Device)
  | { event: 'device_removed'; device: string }
  | ({ event: 'area_updated' } & Area)
  | { event: 'area_removed'; area: string }
  | ({ event: 'floor_updated' } & Floor)
  | { event: 'floor_removed'; floor: string }
  | ({ event: 'timer_updated' } & Timer)
  | { event: 'timer_removed'; timer: string }
  | ({ event: 'list_updated' } & TodoList)
  | { event: 'list_removed'; list: string }
  | { event: 'conversation'; message: Message; reply: Reply }
  | { event: 'broadcast'; text: string }
  | ({ event: 'health' } & Health)
  | { event: 'configuration'; accepted: boolean; message: string };

export interface Snapshot {
  revision: number;
  home: { name: string; language: string; time_zone: string; temperature_unit: string };
  areas: Area[];
  floors: Floor[];
  devices: Device[];
  entities: Entity[];
  states: Record<EntityId, State>;
  timers: Timer[];
  lists: TodoList[];
  health: Health[];
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface LogEntry {
  time: Timestamp | string;
  level: string;
  target: string;
  message: string;
  fields?: Record<string, Json>;
}

export type ServerMessage =
  | ({ type: 'snapshot' } & Snapshot)
  | { type: 'events'; revision: number; events: HubEvent[] }
  | { type: 'log'; entry: LogEntry }
  | { type: 'reply'; id: string | number; reply: Reply };

export interface Session {
  authenticated: boolean;
  user?: Json;
  csrf?: string | null;
  needs_password: boolean;
  language?: string;
  version?: string;
}

export interface ApiToken {
  id: string;
  name: string;
  created: Timestamp;
  last_used?: Timestamp | null;
}

export interface History {
  points: [Timestamp, number | null][];
  states: [Timestamp, string][];
}
