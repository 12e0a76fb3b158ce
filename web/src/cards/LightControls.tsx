import { Select } from '../components/Choice';
import { ColorWheel } from '../components/ColorWheel';
import { Slider } from '../components/Slider';
import { hsOf } from '../format/color';
import { asNumber, asText, withUnit } from '../format/numbers';
import { modeWord } from '../format/state';
import { t } from '../i18n';
import { about, act, type ControlProps, words } from './kind';

const COLORS = ['hs', 'rgb', 'xy', 'rgbw', 'rgbww'];

function Brightness({ entity, state, enabled, bare }: ControlProps & { bare?: boolean }) {
  const modes = words(entity, 'supported_color_modes');
  const told = asNumber(state.attributes.brightness);
  if (!modes.some((mode) => mode !== 'onoff') && told === undefined) return null;
  const on = state.state === 'on';
  return (
    <Slider
      label={t('card.brightness')}
      value={on ? Math.round((told ?? 255) / 2.55) : 0}
      min={0}
      max={100}
      words={(value) => withUnit(String(value), '%')}
      disabled={!enabled}
      bare={bare}
      paint={on ? 'lit' : ''}
      commit={(value) =>
        act(
          entity,
          value === 0
            ? { action: 'turn_off' }
            : { action: 'turn_on', brightness: Math.max(1, Math.round(value * 2.55)) },
        )
      }
    />
  );
}

export function LightRow(props: ControlProps) {
  return <Brightness {...props} bare />;
}

export function LightControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const modes = words(entity, 'supported_color_modes');
  const effects = words(entity, 'effect_list');
  const [hue, saturation] = hsOf(state.attributes) ?? [0, 0];
  const low = about(entity, 'min_color_temp_kelvin') ?? 2_000;
  const high = about(entity, 'max_color_temp_kelvin') ?? 6_535;
  return (
    <>
      <Brightness {...props} />
      {modes.includes('color_temp') && (
        <Slider
          label={t('card.temperature')}
          paint="warmth"
          value={asNumber(state.attributes.color_temp_kelvin)}
          min={low}
          max={Math.max(low + 1, high)}
          step={50}
          words={(value) => withUnit(String(Math.round(value)), 'K')}
          disabled={!enabled}
          commit={(value) => act(entity, { action: 'turn_on', color_temp_kelvin: Math.round(value) })}
        />
      )}
      {modes.some((mode) => COLORS.includes(mode)) && (
        <ColorWheel
          hue={hue}
          saturation={saturation}
          disabled={!enabled}
          commit={(...hs) => act(entity, { action: 'turn_on', color: { hs } })}
        />
      )}
      {modes.includes('white') && (
        <Slider
          label={t('card.white')}
          value={asNumber(state.attributes.white)}
          min={0}
          max={255}
          words={(value) => withUnit(String(Math.round(value / 2.55)), '%')}
          disabled={!enabled}
          commit={(white) => act(entity, { action: 'turn_on', white })}
        />
      )}
      {effects.length > 0 && (
        <Select
          label={t('card.effect')}
          value={asText(state.attributes.effect)}
          options={effects.map((effect) => ({ value: effect, label: modeWord(effect) }))}
          disabled={!enabled}
          change={(effect) => act(entity, { action: 'turn_on', effect })}
        />
      )}
    </>
  );
}
