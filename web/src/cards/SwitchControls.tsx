import { Switch } from '../components/Switch';
import { t } from '../i18n';
import { shownName } from '../i18n/names';
import { pendingOf } from '../state/control';
import { act, type ControlProps } from './kind';

/** On and off, for every domain that has them. */
export function OnOff({ entity, state, enabled }: ControlProps) {
  const on = state.state !== 'off' && state.state !== 'unknown' && state.state !== 'standby';
  return (
    <Switch
      label={t('card.switch', { name: shownName(entity) })}
      on={on}
      busy={pendingOf(entity.id).value !== undefined}
      disabled={!enabled}
      change={(next) => act(entity, { action: next ? 'turn_on' : 'turn_off' })}
    />
  );
}

export function SirenControls({ entity, enabled }: ControlProps) {
  return (
    <div class="row">
      <button
        type="button"
        class="button bad"
        disabled={!enabled}
        onClick={() => act(entity, { action: 'turn_on' })}
      >
        {t('card.sound')}
      </button>
      <button
        type="button"
        class="button"
        disabled={!enabled}
        onClick={() => act(entity, { action: 'turn_off' })}
      >
        {t('card.silence')}
      </button>
    </div>
  );
}
