import { confirm } from '../components/Confirm';
import { Icon } from '../components/Icon';
import { t } from '../i18n';
import { shownName } from '../i18n/names';
import { act, type ControlProps } from './kind';

/** Locking is safe and done at once; unlocking opens the house and is asked first. */
export function LockButton({ entity, state, enabled }: ControlProps) {
  const locked = state.state === 'locked' || state.state === 'locking';
  const moving = state.state === 'locking' || state.state === 'unlocking';
  const toggle = async () => {
    if (!locked) act(entity, { action: 'lock' });
    else if (await confirm(t('card.unlock_sure', { name: shownName(entity) }), t('card.unlock'))) {
      act(entity, { action: 'unlock' });
    }
  };
  return (
    <button type="button" class="button" disabled={!enabled || moving} onClick={() => void toggle()}>
      <Icon name={locked ? 'unlocked' : 'lock'} size={18} />
      {locked ? t('card.unlock') : t('card.lock')}
    </button>
  );
}

export function LockControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const features = entity.capabilities?.supported_features;
  const latch = async () => {
    if (await confirm(t('card.latch_sure', { name: shownName(entity) }), t('card.latch'))) {
      act(entity, { action: 'open_latch' });
    }
  };
  return (
    <div class="row">
      <LockButton {...props} />
      {state.state === 'jammed' && (
        <button
          type="button"
          class="button"
          disabled={!enabled}
          onClick={() => act(entity, { action: 'unlock' })}
        >
          {t('card.unlock')}
        </button>
      )}
      {Array.isArray(features) && features.includes('open') && (
        <button type="button" class="button" disabled={!enabled} onClick={() => void latch()}>
          {t('card.latch')}
        </button>
      )}
    </div>
  );
}
