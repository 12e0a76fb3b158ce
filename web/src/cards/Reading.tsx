import type { Entity } from '../api/types';
import { Icon } from '../components/Icon';
import { iconOf } from '../components/icons';
import { Sparkline } from '../components/Sparkline';
import { domainOf, isActive, isAlarming, isNumeric } from '../format/state';
import { t } from '../i18n';
import { shownState } from '../state/control';
import { openEntity, Summary } from './Tile';

interface Props {
  entity: Entity;
  name: string;
  /** With a curve of the last day behind it. */
  curve?: boolean;
}

/** One value that a device tells: a line on its card. */
export function Reading({ entity, name, curve }: Props) {
  const state = shownState(entity.id).value;
  const tone = isAlarming(entity, state) ? 'alarming' : isActive(entity, state) ? 'active' : '';
  return (
    <button
      type="button"
      class={`reading ${tone}${state.available ? '' : ' unavailable'}`}
      title={t('card.details', { name })}
      data-entity={entity.id}
      data-state={state.available ? state.state : 'unavailable'}
      onClick={() => openEntity(entity)}
    >
      <Icon name={iconOf(domainOf(entity), entity.device_class)} size={18} />
      <span class="name">{name}</span>
      {curve && isNumeric(entity, state) && <Sparkline entity={entity.id} />}
      <span class="value">
        <Summary entity={entity} />
      </span>
    </button>
  );
}
