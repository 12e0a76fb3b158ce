import type { Action, Attributes, Entity, State } from '../api/types';

export interface Expected {
  state?: string;
  attributes: Attributes;
}

function domainOf(entity: Entity): string {
  return entity.id.split('.', 1)[0] ?? '';
}

const OPPOSITE: Record<string, string> = { on: 'off', off: 'on', open: 'closed', closed: 'open' };

function onOff(entity: Entity, on: boolean): string {
  const domain = domainOf(entity);
  if (domain === 'cover' || domain === 'valve') return on ? 'open' : 'closed';
  return on ? 'on' : 'off';
}

/** What the entity will look like when the device does as asked; empty where that cannot be foreseen. */
export function expected(entity: Entity, action: Action, now: State): Expected {
  const nothing: Attributes = {};
  switch (action.action) {
    case 'turn_on': {
      const attributes: Attributes = {};
      if (action.brightness !== undefined) attributes.brightness = action.brightness;
      if (action.effect !== undefined) attributes.effect = action.effect;
      if (action.color_temp_kelvin !== undefined) {
        attributes.color_temp_kelvin = action.color_temp_kelvin;
        attributes.color_mode = 'color_temp';
      }
      if (action.color && 'hs' in action.color) {
        attributes.hs_color = action.color.hs;
        attributes.color_mode = 'hs';
      }
      // A climate device that is switched on chooses its own mode.
      if (domainOf(entity) === 'climate') return { attributes };
      return { state: onOff(entity, true), attributes };
    }
    case 'turn_off':
      return { state: onOff(entity, false), attributes: nothing };
    case 'toggle':
      return { state: OPPOSITE[now.state], attributes: nothing };
    case 'open':
      return { state: 'opening', attributes: nothing };
    case 'close':
      return { state: 'closing', attributes: nothing };
    case 'set_position':
      return { attributes: { current_position: action.position } };
    case 'set_tilt_position':
      return { attributes: { current_tilt_position: action.tilt_position } };
    case 'lock':
      return { state: 'locking', attributes: nothing };
    case 'unlock':
      return { state: 'unlocking', attributes: nothing };
    case 'set_temperature': {
      const { action: _, ...targets } = action;
      return { attributes: targets };
    }
    case 'set_hvac_mode':
      return { state: action.hvac_mode, attributes: nothing };
    case 'set_fan_mode':
      return { attributes: { fan_mode: action.fan_mode } };
    case 'set_swing_mode':
      return { attributes: { swing_mode: action.swing_mode } };
    case 'set_preset_mode':
      return { attributes: { preset_mode: action.preset_mode } };
    case 'set_mode':
      return domainOf(entity) === 'water_heater'
        ? { state: action.mode, attributes: { operation_mode: action.mode } }
        : { attributes: { mode: action.mode } };
    case 'set_humidity':
      return { attributes: { humidity: action.humidity } };
    case 'set_percentage':
      return { state: action.percentage > 0 ? 'on' : 'off', attributes: { percentage: action.percentage } };
    case 'oscillate':
      return { attributes: { oscillating: action.oscillating } };
    case 'set_direction':
      return { attributes: { direction: action.direction } };
    case 'set_fan_speed':
      return { attributes: { fan_speed: action.fan_speed } };
    case 'set_value':
      return { state: String(action.value), attributes: nothing };
    case 'select_option':
      return { state: action.option, attributes: nothing };
    case 'set_text':
      return domainOf(entity) === 'notify'
        ? { attributes: nothing }
        : { state: action.text, attributes: nothing };
    case 'media':
      if (action.media === 'set_volume') return { attributes: { volume_level: action.volume / 100 } };
      if (action.media === 'mute') return { attributes: { is_volume_muted: action.muted } };
      if (action.media === 'play') return { state: 'playing', attributes: nothing };
      return { attributes: nothing };
    case 'pause':
      return { state: 'paused', attributes: nothing };
    default:
      return { attributes: nothing };
  }
}
