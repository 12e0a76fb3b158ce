import { computed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/Icon';
import { micros, timeOfDay } from '../format/time';
import { domainOf } from '../format/state';
import { t } from '../i18n';
import { byName, shownName } from '../i18n/names';
import { loadConversations, say, type Turn, turns } from '../state/conversation';
import { areaOf, home } from '../state/home';
import { TraceView } from './TraceView';

/** Sentences that work in this home: with the name of a light and a room where it is warm or cold. */
const examples = computed<string[]>(() => {
  const entities = byName(home.entities.value.values()).filter((entity) => entity.enabled);
  const light = entities.find((entity) => domainOf(entity) === 'light');
  const warm = entities.find((entity) => entity.device_class === 'temperature' && areaOf(entity));
  const room = warm && areaOf(warm);
  return [
    ...(light ? [t('talk.example_light', { name: shownName(light) })] : []),
    ...(room ? [t('talk.example_warm', { name: shownName(room) })] : []),
    t('talk.example_timer'),
    t('talk.example_list'),
  ];
});

/** What was said and answered, newest at the bottom. */
export function Turns() {
  const end = useRef<HTMLDivElement>(null);
  const all = turns.value;
  const last = all.at(-1);

  useEffect(() => void loadConversations(), []);
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [last?.id, last?.reply, last?.error]);

  if (all.length === 0) {
    return (
      <div class="turns">
        <p class="quiet">{t('talk.empty')}</p>
        <div class="suggestions">
          {examples.value.map((text) => (
            <Suggestion key={text} text={text} />
          ))}
        </div>
      </div>
    );
  }
  return (
    <div class="turns" role="log" aria-live="polite" aria-label={t('talk.title')}>
      {all.map((turn) => (
        <TurnView key={turn.id} turn={turn} newest={turn === last} />
      ))}
      <div ref={end} />
    </div>
  );
}

function Suggestion({ text }: { text: string }) {
  return (
    <button type="button" class="chip" title={t('talk.try', { text })} onClick={() => void say(text)}>
      {text}
    </button>
  );
}

function TurnView({ turn, newest }: { turn: Turn; newest: boolean }) {
  const [open, setOpen] = useState(false);
  const { reply, error } = turn;
  return (
    <div class="turn" data-message={turn.id}>
      <p class="said">{turn.text}</p>
      {error && (
        <p class="answer bad">
          <Icon name="warning" size={18} /> {error}
        </p>
      )}
      {!reply && !error && <p class="answer waiting">{t('talk.thinking')}</p>}
      {reply && (
        <div class={`answer ${reply.kind}`} lang={reply.language}>
          <p>{reply.text}</p>
        </div>
      )}
      {reply?.suggestions && newest && (
        <div class="suggestions">
          {reply.suggestions.map((text) => (
            <Suggestion key={text} text={text} />
          ))}
        </div>
      )}
      {reply && (
        <div class="turn-foot">
          <span>{timeOfDay(turn.time)}</span>
          <span>{t('talk.took', { time: micros(reply.trace.micros) })}</span>
          <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t('talk.trace')}
          </button>
        </div>
      )}
      {reply && open && <TraceView reply={reply} />}
    </div>
  );
}
