import { useEffect, useRef } from 'preact/hooks';
import type { Outcome, Reply, TraceStep } from '../api/types';
import { humane, stateWord } from '../format/state';
import { micros } from '../format/time';
import { type Key, t } from '../i18n';
import { shownName } from '../i18n/names';
import { home } from '../state/home';

function nameOf(id: string): string {
  const entity = home.entities.value.get(id);
  return entity ? shownName(entity) : id;
}

function outcomeWords(entity: string, outcome: Outcome): string {
  const stateOf = (state: Parameters<typeof stateWord>[1]) => {
    const known = home.entities.value.get(entity);
    return known ? stateWord(known, { ...state, attributes: state.attributes ?? {} }) : humane(state.state);
  };
  switch (outcome.outcome) {
    case 'confirmed':
      return t('trace.confirmed', { ms: outcome.after_ms, state: stateOf(outcome.state) });
    case 'already_so':
      return t('trace.already_so', { state: stateOf(outcome.state) });
    case 'unconfirmed':
      return t('trace.unconfirmed', { ms: outcome.waited_ms });
    case 'sent':
      return t('trace.sent');
    case 'refused':
      return t('trace.refused', { state: stateOf(outcome.state) });
    case 'failed':
      return t('trace.failed', { reason: outcome.reason });
  }
}

const TITLES: Record<TraceStep['step'], Key> = {
  heard: 'trace.heard',
  matched: 'trace.matched',
  not_matched: 'trace.not_matched',
  resolved: 'trace.resolved',
  published: 'trace.published',
  came_back: 'trace.came_back',
  note: 'trace.note',
};

function Body({ step, reply }: { step: TraceStep; reply: Reply }) {
  switch (step.step) {
    case 'heard':
      return (
        <p>
          “{step.text}” <span class="quiet">{step.language}</span>
        </p>
      );
    case 'matched':
      return (
        <>
          <p>{step.intent}</p>
          <code>{step.template}</code>
          {reply.intent && Object.keys(reply.intent.slots).length > 0 && (
            <p class="slots">
              {Object.entries(reply.intent.slots).map(([name, value]) => (
                <span class="slot" key={name}>
                  {name}: {Array.isArray(value) ? value.join(', ') : String(value)}
                </span>
              ))}
            </p>
          )}
        </>
      );
    case 'not_matched':
      return step.nearest.length > 0 ? (
        <p>
          {t('trace.nearest')}: {step.nearest.join(' · ')}
        </p>
      ) : null;
    case 'resolved':
      return (
        <>
          <p>{step.entities.map(nameOf).join(', ')}</p>
          <p class="quiet">{step.reason}</p>
        </>
      );
    case 'published':
      return (
        <>
          <p>{nameOf(step.command.entity)}</p>
          <code>{step.topic}</code>
          <code>{step.payload}</code>
        </>
      );
    case 'came_back':
      return (
        <p>
          {nameOf(step.entity)}: {outcomeWords(step.entity, step.outcome)}
        </p>
      );
    case 'note':
      return <p>{step.text}</p>;
    default:
      return null;
  }
}

/** Step by step, why the hub did what it did. */
export function TraceView({ reply }: { reply: Reply }) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => list.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <ol ref={list} class="trace" aria-label={t('talk.trace_of')}>
      {reply.trace.steps.map((step, index) => (
        <li key={index} class={`step ${step.step}`}>
          <span class="step-title">
            {TITLES[step.step] ? t(TITLES[step.step]) : (step as { step: string }).step}
            {'at' in step && <span class="quiet"> {micros(step.at)}</span>}
          </span>
          <Body step={step} reply={reply} />
        </li>
      ))}
    </ol>
  );
}
