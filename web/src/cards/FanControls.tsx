import { Select } from '../components/Choice';
import { Slider } from '../components/Slider';
import { Switch } from '../components/Switch';
import { asNumber, asText, withUnit } from '../format/numbers';
import { modeWord } from '../format/state';
import { t } from '../i18n';
import { about, act, type ControlProps, can, words } from './kind';

function Speed({ entity, state, enabled, bare }: ControlProps & { bare?: boolean }) {
  if (!can(entity, 'set_speed') && asNumber(state.attributes.percentage) === undefined) return null;
  return (
    <Slider
      label={t('card.speed')}
      value={state.state === 'off' ? 0 : asNumber(state.attributes.percentage)}
      min={0}
      max={100}
      step={about(entity, 'percentage_step') ?? 1}
      words={(value) => withUnit(String(Math.round(value)), '%')}
      disabled={!enabled}
      bare={bare}
      commit={(value) => act(entity, { action: 'set_percentage', percentage: Math.round(value) })}
    />
  );
}

export function FanRow(props: ControlProps) {
  return <Speed {...props} bare />;
}

export function FanControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const presets = words(entity, 'preset_modes');
  const direction = asText(state.attributes.direction);
  return (
    <>
      <Speed {...props} />
      {can(entity, 'oscillate') && (
        <Switch
          line
          label={t('card.oscillate')}
          on={state.attributes.oscillating === true}
          disabled={!enabled}
          change={(oscillating) => act(entity, { action: 'oscillate', oscillating })}
        />
      )}
      {can(entity, 'direction') && (
        <Switch
          line
          label={t('card.direction')}
          on={direction === 'reverse'}
          disabled={!enabled}
          change={(reverse) =>
            act(entity, { action: 'set_direction', direction: reverse ? 'reverse' : 'forward' })
          }
        />
      )}
      {presets.length > 0 && (
        <Select
          label={t('card.preset')}
          value={asText(state.attributes.preset_mode)}
          options={presets.map((value) => ({ value, label: modeWord(value) }))}
          disabled={!enabled}
          change={(preset_mode) => act(entity, { action: 'set_preset_mode', preset_mode })}
        />
      )}
    </>
  );
}
