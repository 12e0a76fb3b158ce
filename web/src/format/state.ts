import type { Entity, State } from '../api/types';
import { maybe, t } from '../i18n';
import { asNumber, asText, number, withUnit } from './numbers';
import { dateAndTime, dateOnly } from './time';

export function domainOf(entity: Pick<Entity, 'id'>): string {
  return entity.id.slice(0, entity.id.indexOf('.'));
}

/** `heat_cool` as a person would write it, for words that the dictionaries do not have. */
export function humane(word: string): string {
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(word)) return word;
  const spaced = word.replace(/_/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function modeWord(mode: string): string {
  return maybe(`mode.${mode}`) ?? humane(mode);
}

/** A point in time, a day or a time of day, as the device wrote it, for people. */
function dateWord(text: string): string {
  if (/^\d\d:\d\d(:\d\d)?$/.test(text)) return text.replace(/:00$/, (end) => (text.length > 5 ? '' : end));
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  // Not parsed as a whole: that would be midnight in Greenwich, which is the day before in New York.
  if (day) return dateOnly(new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3])));
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : dateAndTime(time);
}

/** Whether a state is a figure that a curve can be drawn of. */
export function isNumeric(entity: Entity, state: State): boolean {
  const domain = domainOf(entity);
  if (domain !== 'sensor' && domain !== 'number' && domain !== 'input_number') return false;
  return entity.unit_of_measurement !== undefined || asNumber(state.state) !== undefined;
}

function measured(entity: Entity, text: string): string {
  const value = asNumber(text);
  if (value === undefined) {
    return entity.device_class === 'timestamp' || entity.device_class === 'date'
      ? dateWord(text)
      : humane(text);
  }
  const digits = asNumber(entity.capabilities?.suggested_display_precision);
  return withUnit(number(value, digits ?? 2), entity.unit_of_measurement);
}

/** A state in words, whatever its entity is. `text` is shown in place of the state's own, for histories. */
export function stateWord(entity: Entity, state: State, text = state.state): string {
  if (!state.available && text === state.state) return t('state.unavailable');
  if (text === 'unavailable' || text === 'unknown' || text === '') {
    return t(text === 'unavailable' ? 'state.unavailable' : 'state.unknown');
  }
  switch (domainOf(entity)) {
    case 'binary_sensor':
      return maybe(`binary.${entity.device_class ?? ''}.${text}`) ?? maybe(`state.${text}`) ?? humane(text);
    case 'sensor':
    case 'number':
    case 'input_number':
    case 'counter':
      return measured(entity, text);
    case 'climate':
    case 'water_heater':
    case 'humidifier':
      return modeWord(text);
    case 'update':
      return maybe(`update.${text}`) ?? humane(text);
    case 'select':
    case 'input_select':
      return modeWord(text);
    case 'text':
    case 'input_text':
      return text;
    case 'event':
    case 'scene':
    case 'button':
    case 'input_button':
    case 'image':
    case 'date':
    case 'time':
    case 'datetime':
      return dateWord(text);
    case 'light': {
      const brightness = asNumber(state.attributes.brightness);
      return text === 'on' && brightness !== undefined
        ? withUnit(String(Math.max(1, Math.round(brightness / 2.55))), '%')
        : (maybe(`state.${text}`) ?? humane(text));
    }
    case 'cover':
    case 'valve': {
      const position = asNumber(state.attributes.current_position);
      const word = maybe(`state.${text}`) ?? humane(text);
      return text === 'open' && position !== undefined && position < 100
        ? `${word} · ${withUnit(String(position), '%')}`
        : word;
    }
    case 'fan': {
      const percentage = asNumber(state.attributes.percentage);
      return text === 'on' && percentage !== undefined
        ? withUnit(String(percentage), '%')
        : (maybe(`state.${text}`) ?? humane(text));
    }
    case 'media_player': {
      const title = asText(state.attributes.media_title);
      const word = maybe(`state.${text}`) ?? humane(text);
      return title ? `${word} · ${title}` : word;
    }
    default:
      return maybe(`state.${text}`) ?? humane(text);
  }
}

const ACTIVE = new Set([
  'on',
  'open',
  'opening',
  'closing',
  'unlocked',
  'unlocking',
  'jammed',
  'playing',
  'cleaning',
  'returning',
  'mowing',
  'triggered',
  'pending',
  'arming',
  'heat',
  'cool',
  'heat_cool',
  'auto',
  'dry',
  'fan_only',
]);
const NEVER_ACTIVE = new Set(['sensor', 'event', 'button', 'scene', 'select', 'text', 'number', 'update']);

/** Whether a card is drawn as switched on. */
export function isActive(entity: Entity, state: State): boolean {
  const domain = domainOf(entity);
  if (!state.available || NEVER_ACTIVE.has(domain)) return false;
  if (domain === 'water_heater') return state.state !== 'off' && state.state !== 'unknown';
  if (domain === 'alarm_control_panel') return state.state !== 'disarmed' && state.state !== 'unknown';
  return ACTIVE.has(state.state);
}

const GRAVE = new Set([
  'smoke',
  'gas',
  'carbon_monoxide',
  'moisture',
  'safety',
  'tamper',
  'problem',
  'battery',
]);

/** Whether a state asks for somebody's attention. */
export function isAlarming(entity: Entity, state: State): boolean {
  if (!state.available) return false;
  switch (domainOf(entity)) {
    case 'binary_sensor':
      return state.state === 'on' && GRAVE.has(entity.device_class ?? '');
    case 'lock':
      return state.state === 'jammed';
    case 'alarm_control_panel':
      return state.state === 'triggered';
    case 'vacuum':
    case 'lawn_mower':
      return state.state === 'error';
    case 'siren':
      return state.state === 'on';
    default:
      return false;
  }
}
