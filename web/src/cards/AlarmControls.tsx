import { useState } from 'preact/hooks';
import type { Entity } from '../api/types';
import { asText } from '../format/numbers';
import { maybe, t } from '../i18n';
import { act, type ControlProps, words } from './kind';

const SERVICES = ['arm_home', 'arm_away', 'arm_night', 'arm_vacation', 'arm_custom_bypass'];
const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0', 'erase'];

function offeredBy(entity: Entity): string[] {
  const features = words(entity, 'supported_features');
  return SERVICES.filter((service) => features.length === 0 || features.includes(service));
}

/** What is armed most, where no code stands before it. */
export function AlarmRow({ entity, state, enabled }: ControlProps) {
  if (entity.capabilities?.code_format) return null;
  const services =
    state.state === 'disarmed'
      ? offeredBy(entity).filter((service) => service === 'arm_home' || service === 'arm_away')
      : ['disarm'];
  return (
    <div class="row even">
      {services.map((service) => (
        <button
          type="button"
          key={service}
          class="button"
          disabled={!enabled}
          onClick={() => act(entity, { action: 'alarm', service })}
        >
          {maybe(`card.${service}`) ?? service}
        </button>
      ))}
    </div>
  );
}

/** The panel of an alarm: what it can be set to, and a pad where it wants a code. */
export function AlarmControls({ entity, state, enabled }: ControlProps) {
  const [code, setCode] = useState('');
  const format = asText(entity.capabilities?.code_format);
  const lacksCode = (service: string) =>
    Boolean(format) && !code && (service === 'disarm' || entity.capabilities?.code_arm_required !== false);
  const send = (service: string) => {
    act(entity, { action: 'alarm', service, code: code || undefined });
    setCode('');
  };
  return (
    <>
      {format && (
        <input
          class="code"
          type="password"
          autocomplete="off"
          inputMode={format === 'text' ? 'text' : 'numeric'}
          aria-label={t('card.code')}
          placeholder={t('card.code')}
          value={code}
          disabled={!enabled}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      )}
      {format && format !== 'text' && (
        <div class="pad">
          {KEYS.map((key) =>
            key === '' ? (
              <span key="gap" />
            ) : (
              <button
                type="button"
                key={key}
                class="button"
                disabled={!enabled}
                aria-label={key === 'erase' ? t('card.erase') : key}
                onClick={() => setCode((old) => (key === 'erase' ? old.slice(0, -1) : old + key))}
              >
                {key === 'erase' ? '⌫' : key}
              </button>
            ),
          )}
        </div>
      )}
      <div class="row even wrap">
        {state.state !== 'disarmed' ? (
          <button
            type="button"
            class="button primary"
            disabled={!enabled || lacksCode('disarm')}
            onClick={() => send('disarm')}
          >
            {t('card.disarm')}
          </button>
        ) : (
          offeredBy(entity).map((service) => (
            <button
              type="button"
              key={service}
              class="button"
              disabled={!enabled || lacksCode(service)}
              onClick={() => send(service)}
            >
              {maybe(`card.${service}`) ?? service}
            </button>
          ))
        )}
      </div>
    </>
  );
}
