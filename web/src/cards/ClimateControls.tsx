import type { Entity } from '../api/types';
import { Segments, Select } from '../components/Choice';
import { Slider } from '../components/Slider';
import { Stepper } from '../components/Stepper';
import { asNumber, asText, number, withUnit } from '../format/numbers';
import { domainOf, modeWord } from '../format/state';
import { type Key, t } from '../i18n';
import { home } from '../state/home';
import { about, act, type ControlProps, words } from './kind';

type Target = 'temperature' | 'target_temp_low' | 'target_temp_high';

function unitOf(entity: Entity): string {
  return (
    asText(entity.capabilities?.temperature_unit) ??
    entity.unit_of_measurement ??
    home.about.value.temperature_unit
  );
}

function TargetStepper({
  entity,
  state,
  enabled,
  target,
  label,
}: ControlProps & { target: Target; label: Key }) {
  const unit = unitOf(entity);
  const fahrenheit = unit.includes('F');
  return (
    <Stepper
      label={t(label)}
      value={asNumber(state.attributes[target])}
      min={about(entity, 'min_temp') ?? (fahrenheit ? 45 : 7)}
      max={about(entity, 'max_temp') ?? (fahrenheit ? 95 : 35)}
      step={about(entity, 'target_temp_step') ?? (fahrenheit ? 1 : 0.5)}
      words={(value) => withUnit(number(value, 1), unit)}
      disabled={!enabled}
      commit={(value) => {
        // A range is set as a whole: a device does not know which end was meant.
        const low = asNumber(state.attributes.target_temp_low);
        const high = asNumber(state.attributes.target_temp_high);
        if (target === 'temperature') act(entity, { action: 'set_temperature', temperature: value });
        else if (target === 'target_temp_low') {
          act(entity, { action: 'set_temperature', target_temp_low: value, target_temp_high: high });
        } else act(entity, { action: 'set_temperature', target_temp_low: low, target_temp_high: value });
      }}
    />
  );
}

function Targets(props: ControlProps) {
  const { attributes } = props.state;
  const features = props.entity.capabilities?.supported_features;
  const listed = (feature: string) => !Array.isArray(features) || features.includes(feature);
  const ranged =
    asNumber(attributes.target_temp_low) !== undefined || asNumber(attributes.target_temp_high) !== undefined;
  return (
    <>
      {(asNumber(attributes.temperature) !== undefined || (listed('target_temperature') && !ranged)) && (
        <TargetStepper {...props} target="temperature" label="card.target" />
      )}
      {ranged && (
        <>
          <TargetStepper {...props} target="target_temp_low" label="card.target_low" />
          <TargetStepper {...props} target="target_temp_high" label="card.target_high" />
        </>
      )}
    </>
  );
}

/** Target only; the current temperature stands beside the name. */
export function ClimateRow(props: ControlProps) {
  return <Targets {...props} />;
}

export function ClimateControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const heater = domainOf(entity) === 'water_heater';
  const modes = heater ? words(entity, 'operation_list') : words(entity, 'hvac_modes');
  const options = (list: string) => words(entity, list).map((value) => ({ value, label: modeWord(value) }));
  const humidity = asNumber(state.attributes.humidity);
  const swing = options('swing_modes');
  const fan = options('fan_modes');
  const preset = options('preset_modes');
  return (
    <>
      <Targets {...props} />
      {modes.length > 0 && (
        <Segments
          label={t('card.mode')}
          value={heater ? (asText(state.attributes.operation_mode) ?? state.state) : state.state}
          options={modes.map((value) => ({ value, label: modeWord(value) }))}
          disabled={!enabled}
          change={(mode) =>
            act(entity, heater ? { action: 'set_mode', mode } : { action: 'set_hvac_mode', hvac_mode: mode })
          }
        />
      )}
      <div class="fields">
        {fan.length > 0 && (
          <Select
            label={t('card.fan_mode')}
            value={asText(state.attributes.fan_mode)}
            options={fan}
            disabled={!enabled}
            change={(fan_mode) => act(entity, { action: 'set_fan_mode', fan_mode })}
          />
        )}
        {swing.length > 0 && (
          <Select
            label={t('card.swing_mode')}
            value={asText(state.attributes.swing_mode)}
            options={swing}
            disabled={!enabled}
            change={(swing_mode) => act(entity, { action: 'set_swing_mode', swing_mode })}
          />
        )}
        {preset.length > 0 && (
          <Select
            label={t('card.preset')}
            value={asText(state.attributes.preset_mode)}
            options={preset}
            disabled={!enabled}
            change={(preset_mode) => act(entity, { action: 'set_preset_mode', preset_mode })}
          />
        )}
      </div>
      {humidity !== undefined && <HumidityTarget {...props} />}
    </>
  );
}

function HumidityTarget({ entity, state, enabled, bare }: ControlProps & { bare?: boolean }) {
  return (
    <Slider
      label={t('card.humidity')}
      value={asNumber(state.attributes.humidity) ?? asNumber(state.attributes.target_humidity)}
      min={about(entity, 'min_humidity') ?? 0}
      max={about(entity, 'max_humidity') ?? 100}
      words={(value) => withUnit(String(Math.round(value)), '%')}
      disabled={!enabled}
      bare={bare}
      commit={(humidity) => act(entity, { action: 'set_humidity', humidity: Math.round(humidity) })}
    />
  );
}

export function HumidifierRow(props: ControlProps) {
  return <HumidityTarget {...props} bare />;
}

export function HumidifierControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const modes = words(entity, 'available_modes');
  return (
    <>
      <HumidityTarget {...props} />
      {modes.length > 0 && (
        <Segments
          label={t('card.mode')}
          value={asText(state.attributes.mode)}
          options={modes.map((value) => ({ value, label: modeWord(value) }))}
          disabled={!enabled}
          change={(mode) => act(entity, { action: 'set_mode', mode })}
        />
      )}
    </>
  );
}
