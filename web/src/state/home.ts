import { batch, computed, type Signal, signal } from '@preact/signals';
import type {
  Area,
  Device,
  Entity,
  Floor,
  Health,
  HubEvent,
  Snapshot,
  State,
  Timer,
  TodoList,
} from '../api/types';

type Table<T> = Signal<ReadonlyMap<string, T>>;

function table<T>(): Table<T> {
  return signal<ReadonlyMap<string, T>>(new Map());
}

/** The home as the hub last told. Tables are replaced as a whole; states have a signal each. */
export const home = {
  loaded: signal(false),
  about: signal<Snapshot['home']>({ name: '', language: 'en', time_zone: '', temperature_unit: '°C' }),
  areas: table<Area>(),
  floors: table<Floor>(),
  devices: table<Device>(),
  entities: table<Entity>(),
  timers: table<Timer>(),
  lists: table<TodoList>(),
  health: table<Health>(),
};

const UNHEARD: State = {
  state: 'unknown',
  attributes: {},
  last_changed: 0,
  last_updated: 0,
  available: true,
};
const states = new Map<string, Signal<State>>();

/** The state of an entity; a signal even when nothing is known of it yet. */
export function stateSignal(entity: string): Signal<State> {
  let found = states.get(entity);
  if (!found) {
    found = signal(UNHEARD);
    states.set(entity, found);
  }
  return found;
}

export function setState(entity: string, state: State): void {
  // A state from a device may lack what the type promises; what is missing is missing, not an error.
  stateSignal(entity).value = state.attributes ? state : { ...state, attributes: {} };
}

function byId<T extends { id: string }>(things: readonly T[]): ReadonlyMap<string, T> {
  return new Map(things.map((thing) => [thing.id, thing]));
}

export function applySnapshot(snapshot: Snapshot): void {
  batch(() => {
    home.about.value = snapshot.home;
    home.areas.value = byId(snapshot.areas);
    home.floors.value = byId(snapshot.floors);
    home.devices.value = byId(snapshot.devices);
    home.entities.value = byId(snapshot.entities);
    home.timers.value = byId(snapshot.timers);
    home.lists.value = byId(snapshot.lists);
    home.health.value = new Map(snapshot.health.map((health) => [health.part, health]));
    for (const [entity, state] of Object.entries(snapshot.states)) setState(entity, state);
    for (const [entity, state] of states) if (!(entity in snapshot.states)) state.value = UNHEARD;
    home.loaded.value = true;
  });
}

export function put<T>(target: Table<T>, id: string, thing: T): void {
  const next = new Map(target.value);
  next.set(id, thing);
  target.value = next;
}

export function drop<T>(target: Table<T>, id: string): void {
  if (!target.value.has(id)) return;
  const next = new Map(target.value);
  next.delete(id);
  target.value = next;
}

/** Applies a batch; returns those events that say something to a person instead of changing the home. */
export function applyEvents(events: readonly HubEvent[]): HubEvent[] {
  const rest: HubEvent[] = [];
  batch(() => {
    for (const event of events) if (!applyEvent(event)) rest.push(event);
  });
  return rest;
}

function applyEvent(event: HubEvent): boolean {
  switch (event.event) {
    case 'state_changed':
      setState(event.entity, event.state);
      return true;
    case 'entity_updated':
      put(home.entities, event.id, event);
      return true;
    case 'entity_removed':
      drop(home.entities, event.entity);
      return true;
    case 'device_updated':
      put(home.devices, event.id, event);
      return true;
    case 'device_removed':
      drop(home.devices, event.device);
      return true;
    case 'area_updated':
      put(home.areas, event.id, event);
      return true;
    case 'area_removed':
      drop(home.areas, event.area);
      return true;
    case 'floor_updated':
      put(home.floors, event.id, event);
      return true;
    case 'floor_removed':
      drop(home.floors, event.floor);
      return true;
    case 'timer_updated':
      put(home.timers, event.id, event);
      // Its end is also told to the person.
      return event.status !== 'finished';
    case 'timer_removed':
      drop(home.timers, event.timer);
      return true;
    case 'list_updated':
      put(home.lists, event.id, event);
      return true;
    case 'list_removed':
      drop(home.lists, event.list);
      return true;
    case 'health':
      put(home.health, event.part, event);
      return true;
    default:
      return false;
  }
}

/** Where an entity is: its own area, or its device's; only areas that exist. */
export function areaOf(entity: Entity): Area | undefined {
  const id = entity.area ?? (entity.device ? home.devices.value.get(entity.device)?.area : undefined);
  return id ? home.areas.value.get(id) : undefined;
}

/** The worst level of all parts, for the mark in the navigation. */
export const worstHealth = computed(() => {
  const levels = [...home.health.value.values()].map((health) => health.level);
  for (const level of ['given_up', 'failing', 'degraded'] as const) if (levels.includes(level)) return level;
  return 'ok' as const;
});
