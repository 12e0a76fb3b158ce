import { useEffect, useRef, useState } from 'preact/hooks';
import { Select } from '../components/Choice';
import { Icon } from '../components/Icon';
import { iconOf } from '../components/icons';
import { Slider } from '../components/Slider';
import { asNumber, asText, number, withUnit } from '../format/numbers';
import { domainOf, modeWord } from '../format/state';
import { t } from '../i18n';
import { shownName } from '../i18n/names';
import { control, pendingOf } from '../state/control';
import { about, act, type ControlProps, words } from './kind';

const DONE_MS = 1_500;

/** Scenes, scripts and buttons: nothing lasts that one could see, so a tick says that it went out. */
export function PressButton({ entity, enabled, name }: ControlProps & { name?: string }) {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const domain = domainOf(entity);
  const key = domain === 'scene' ? 'card.activate' : domain === 'script' ? 'card.run' : 'card.press';
  const press = async () => {
    const outcome = await control(entity, { action: 'press' });
    if (!outcome || outcome.outcome === 'failed') return;
    setDone(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(false), DONE_MS);
  };
  return (
    <button
      type="button"
      class={name ? 'button named' : 'button'}
      disabled={!enabled}
      aria-label={`${t(key)}: ${shownName(entity)}`}
      aria-busy={pendingOf(entity.id).value !== undefined}
      data-press={entity.id}
      data-done={done}
      onClick={() => void press()}
    >
      {(name || done) && <Icon name={done ? 'check' : iconOf(domain, entity.device_class)} size={18} />}
      {name ? <span class="name">{name}</span> : !done && t(key)}
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

/** What the browser's own field for a date or time takes, and what the device is sent. */
const MOMENTS = {
  date: { type: 'date', shown: (text: string) => text.slice(0, 10), sent: (text: string) => text },
  time: {
    type: 'time',
    shown: (text: string) => text.slice(0, 5),
    sent: (text: string) => (text.length === 5 ? `${text}:00` : text),
  },
  datetime: {
    type: 'datetime-local',
    shown: (text: string) => localMinute(text),
    // With a zone, as Home Assistant writes it: the device may stand in another one than this browser.
    sent: (text: string) => new Date(text).toISOString().replace(/\.\d+Z$/, '+00:00'),
  },
} as const;

/** A point in time as the field wants it: local, to the minute. */
function localMinute(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function MomentInput({ entity, state, enabled }: ControlProps) {
  const [text, setText] = useState<string | undefined>(undefined);
  const moment = MOMENTS[domainOf(entity) as keyof typeof MOMENTS];
  const send = (event: Event) => {
    event.preventDefault();
    if (text) act(entity, { action: 'set_text', text: moment.sent(text) });
    setText(undefined);
  };
  return (
    <form class="row fill" onSubmit={send}>
      <input
        type={moment.type as 'date'}
        required
        aria-label={shownName(entity)}
        value={text ?? (state.state === 'unknown' ? '' : moment.shown(state.state))}
        disabled={!enabled}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={!enabled || !text}>
        {t('card.set')}
      </button>
    </form>
  );
}
