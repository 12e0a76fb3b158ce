import type { Entity } from '../api/types';
import { confirm } from '../components/Confirm';
import { Icon } from '../components/Icon';
import type { IconName } from '../components/icons';
import { Slider } from '../components/Slider';
import { asNumber, withUnit } from '../format/numbers';
import { type Key, t } from '../i18n';
import { shownName } from '../i18n/names';
import { act, type ControlProps, can } from './kind';

const MOVES: readonly { action: 'open' | 'stop' | 'close'; icon: IconName; label: Key }[] = [
  { action: 'open', icon: 'up', label: 'card.open' },
  { action: 'stop', icon: 'stop', label: 'card.stop' },
  { action: 'close', icon: 'down', label: 'card.close' },
];

/** What lets people in when it opens. */
const ENTRANCES = new Set(['garage', 'gate', 'door']);

async function move(entity: Entity, action: 'open' | 'stop' | 'close'): Promise<void> {
  const asked = action === 'open' && ENTRANCES.has(entity.device_class ?? '');
  if (!asked || (await confirm(t('card.latch_sure', { name: shownName(entity) }), t('card.open')))) {
    act(entity, { action });
  }
}

const percent = (value: number) => withUnit(String(Math.round(value)), '%');

export function CoverButtons({ entity, state, enabled }: ControlProps) {
  const position = asNumber(state.attributes.current_position);
  const useless = {
    open: position === 100 || (state.state === 'open' && position === undefined),
    stop: false,
    close: position === 0 || state.state === 'closed',
  };
  return (
    <div class="row even">
      {MOVES.filter(({ action }) => can(entity, action)).map(({ action, icon, label }) => (
        <button
          type="button"
          key={action}
          class="button icon-only"
          aria-label={t(label)}
          disabled={!enabled || useless[action]}
          onClick={() => void move(entity, action)}
        >
          <Icon name={icon} />
        </button>
      ))}
    </div>
  );
}

export function CoverControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const position = asNumber(state.attributes.current_position);
  const tilt = asNumber(state.attributes.current_tilt_position);
  const features = entity.capabilities?.supported_features;
  const moves = Array.isArray(features) && features.includes('set_position');
  const tilts = Array.isArray(features) && features.includes('set_tilt_position');
  return (
    <>
      <CoverButtons {...props} />
      {(moves || position !== undefined) && (
        <Slider
          label={t('card.position')}
          value={position}
          min={0}
          max={100}
          words={percent}
          disabled={!enabled || !moves}
          commit={(value) => act(entity, { action: 'set_position', position: value })}
        />
      )}
      {(tilts || tilt !== undefined) && (
        <Slider
          label={t('card.tilt')}
          value={tilt}
          min={0}
          max={100}
          words={percent}
          disabled={!enabled || !tilts}
          commit={(value) => act(entity, { action: 'set_tilt_position', tilt_position: value })}
        />
      )}
    </>
  );
}
