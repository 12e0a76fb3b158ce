import { useState } from 'preact/hooks';
import { Select } from '../components/Choice';
import { Slider } from '../components/Slider';
import { asNumber, asText, number, withUnit } from '../format/numbers';
import { domainOf, modeWord } from '../format/state';
import { t } from '../i18n';
import { shownName } from '../i18n/names';
import { about, act, type ControlProps, words } from './kind';

/** Scenes, scripts and buttons. */
export function PressButton({ entity, enabled }: ControlProps) {
  const domain = domainOf(entity);
  const key = domain === 'scene' ? 'card.activate' : domain === 'script' ? 'card.run' : 'card.press';
  return (
    <button
      type="button"
      class="button"
      disabled={!enabled}
      aria-label={`${t(key)}: ${shownName(entity)}`}
      onClick={() => act(entity, { action: 'press' })}
    >
      {t(key)}
    </button>
  );
}

/** More steps than this are no slider any more: nobody hits 30 of 65,535 with a thumb. */
const MOST_STEPS = 300;

export function NumberInput(props: ControlProps) {
  const { entity, state, enabled } = props;
  const [min, max, step] = [
    about(entity, 'min') ?? 1,
    about(entity, 'max') ?? 100,
    about(entity, 'step') ?? 1,
  ];
  if (asText(entity.capabilities?.mode) === 'box' || !(step > 0) || (max - min) / step > MOST_STEPS) {
    return <NumberBox {...props} min={min} max={max} step={step} />;
  }
  return (
    <Slider
      label={shownName(entity)}
      bare
      value={asNumber(state.state)}
      min={min}
      max={max}
      step={step}
      words={(value) => withUnit(number(value, 3), entity.unit_of_measurement)}
      disabled={!enabled}
      commit={(value) => act(entity, { action: 'set_value', value })}
    />
  );
}

function NumberBox({
  entity,
  state,
  enabled,
  ...range
}: ControlProps & Record<'min' | 'max' | 'step', number>) {
  const [text, setText] = useState<string | undefined>(undefined);
  const send = (event: Event) => {
    event.preventDefault();
    const value = asNumber(text);
    if (value !== undefined) act(entity, { action: 'set_value', value });
    setText(undefined);
  };
  return (
    <form class="row fill" onSubmit={send}>
      <input
        type="number"
        inputMode="decimal"
        aria-label={shownName(entity)}
        {...range}
        value={text ?? asNumber(state.state) ?? ''}
        disabled={!enabled}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={!enabled || text === undefined}>
        {t('card.set')}
      </button>
    </form>
  );
}

export function SelectInput({ entity, state, enabled }: ControlProps) {
  return (
    <Select
      bare
      label={shownName(entity)}
      value={state.state === 'unknown' ? undefined : state.state}
      options={words(entity, 'options').map((value) => ({ value, label: modeWord(value) }))}
      disabled={!enabled}
      change={(option) => act(entity, { action: 'select_option', option })}
    />
  );
}

export function TextInput({ entity, state, enabled }: ControlProps) {
  const [text, setText] = useState<string | undefined>(undefined);
  const notify = domainOf(entity) === 'notify';
  const send = (event: Event) => {
    event.preventDefault();
    if (text !== undefined) act(entity, { action: 'set_text', text });
    setText(undefined);
  };
  const secret = asText(entity.capabilities?.mode) === 'password';
  const told = notify || state.state === 'unknown' ? '' : state.state;
  return (
    <form class="row fill" onSubmit={send}>
      <input
        type={secret ? 'password' : ('text' as 'password')}
        autocomplete="off"
        aria-label={shownName(entity)}
        minLength={about(entity, 'min')}
        maxLength={about(entity, 'max') ?? 255}
        value={text ?? told}
        disabled={!enabled}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={!enabled || text === undefined}>
        {notify ? t('common.send') : t('card.set')}
      </button>
    </form>
  );
}
