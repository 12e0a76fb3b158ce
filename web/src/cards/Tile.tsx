import type { Entity } from '../api/types';
import { Icon } from '../components/Icon';
import { iconOf } from '../components/icons';
import { lightColor } from '../format/color';
import { asNumber, asText, number, withUnit } from '../format/numbers';
import { domainOf, isActive, isAlarming, stateWord } from '../format/state';
import { maybe, t } from '../i18n';
import { shownName } from '../i18n/names';
import { noticeOf, pendingOf, shownState } from '../state/control';
import { home } from '../state/home';
import { navigate, pathOfEntity, route } from '../state/route';
import { kindOf } from './kinds';

/** Kinds that have no state before something was done with them. */
const UNLASTING = new Set(['button', 'input_button', 'scene', 'script', 'notify', 'event', 'image', 'camera']);

/** The state in words, with what else matters at a glance. */
export function Summary({ entity }: { entity: Entity }) {
  const state = shownState(entity.id).value;
  const domain = domainOf(entity);
  const idle = state.available && state.state === 'unknown' && UNLASTING.has(domain);
  const parts = [idle ? t(domain === 'event' ? 'card.event_none' : 'card.ready') : stateWord(entity, state)];
  if (domain === 'climate' || domain === 'water_heater') {
    const action = asText(state.attributes.hvac_action);
    if (action && action !== state.state) parts[0] = maybe(`action.${action}`) ?? action;
    const current = asNumber(state.attributes.current_temperature);
    const unit = asText(entity.capabilities?.temperature_unit) ?? home.about.value.temperature_unit;
    if (current !== undefined) parts.push(t('card.current', { value: withUnit(number(current, 1), unit) }));
  }
  if (domain === 'humidifier') {
    const current = asNumber(state.attributes.current_humidity);
    if (current !== undefined) parts.push(t('card.current', { value: withUnit(number(current, 0), '%') }));
  }
  if (domain === 'event') {
    const kind = asText(state.attributes.event_type);
    if (kind) parts.unshift(kind);
  }
  return <>{parts.join(' · ')}</>;
}

export function NoticeLine({ entity }: { entity: Entity }) {
  const notice = noticeOf(entity.id).value;
  if (!notice) return null;
  return (
    <p class="notice">
      <Icon name="warning" size={16} />
      {notice.text}
    </p>
  );
}

/** Opens the details; from within others it takes their place, so that closing leads back to the page. */
export function openEntity(entity: Entity): void {
  navigate(pathOfEntity(entity.id), { replace: route.peek().entity !== undefined });
}

interface TileProps {
  entity: Entity;
  /** What it is called on this card. */
  name?: string;
}

/** One entity on a card: what it is, how it is, and the controls that are used most. */
export function Tile({ entity, name }: TileProps) {
  const state = shownState(entity.id).value;
  const domain = domainOf(entity);
  const { head: Head, row: Row } = kindOf(domain);
  const active = isActive(entity, state);
  const tone = isAlarming(entity, state) ? 'alarming' : active ? 'active' : '';
  const shown = name ?? shownName(entity);
  const color = domain === 'light' && active ? lightColor(state.attributes) : undefined;
  const props = { entity, state, enabled: state.available };
  return (
    <div
      class={`tile is-${domain} ${tone}${state.available ? '' : ' unavailable'}`}
      aria-busy={pendingOf(entity.id).value !== undefined}
      data-entity={entity.id}
      data-state={state.available ? state.state : 'unavailable'}
    >
      <div class="tile-head">
        <button
          type="button"
          class="tile-name"
          title={t('card.details', { name: shown })}
          onClick={() => openEntity(entity)}
        >
          <span class="tile-icon" style={color ? { '--glow': color } : undefined}>
            <Icon name={iconOf(domain, entity.device_class)} />
          </span>
          <span class="tile-words">
            <span class="name">{shown}</span>
            <span class="state">
              <Summary entity={entity} />
            </span>
          </span>
        </button>
        {Head && <Head {...props} />}
      </div>
      {Row && <Row {...props} />}
      <NoticeLine entity={entity} />
    </div>
  );
}
