import { signal } from '@preact/signals';
import { ApiError, api, hubNow } from '../api/client';
import type { Message, Reply } from '../api/types';
import { language, t } from '../i18n';
import { sentenceLanguage, standsIn } from './settings';

export interface Turn {
  /** The message's id, or one of this page's own while the hub has not answered. */
  id: string;
  text: string;
  time: number;
  channel: Message['channel'];
  reply?: Reply;
  /** Why there is no reply. */
  error?: string;
}

const MOST = 200;
let next = 0;

/** Oldest first. */
export const turns = signal<readonly Turn[]>([]);
export const historyLoaded = signal(false);

function settle(id: string, change: (turn: Turn) => Turn): void {
  turns.value = turns.value.map((turn) => (turn.id === id ? change(turn) : turn));
}

/** An exchange that the hub tells of: from another channel, or the one that this page just sent. */
export function noteExchange(message: Message, reply: Reply): void {
  if (turns.value.some((turn) => turn.id === message.id)) return;
  const own = turns.value.find(
    (turn) => turn.id.startsWith('own-') && !turn.reply && !turn.error && turn.text === message.content,
  );
  if (own && message.channel === 'panel') {
    settle(own.id, (turn) => ({ ...turn, id: message.id, reply }));
    return;
  }
  const turn: Turn = {
    id: message.id,
    text: message.content,
    time: message.time,
    channel: message.channel,
    reply,
  };
  turns.value = [...turns.value.slice(1 - MOST), turn];
}

export async function say(text: string): Promise<void> {
  const id = `own-${next++}`;
  turns.value = [...turns.value.slice(1 - MOST), { id, text, time: hubNow(), channel: 'panel' }];
  try {
    const reply = await api.converse(
      text,
      sentenceLanguage.value || language.value,
      standsIn.value || undefined,
    );
    // The same exchange may have come as an event meanwhile, and has then taken this turn's place.
    settle(id, (turn) => ({ ...turn, id: reply.message, reply }));
  } catch (error) {
    const why = error instanceof ApiError && !error.unreachable ? error.message : t('error.unreachable');
    settle(id, (turn) => ({ ...turn, error: why }));
  }
}

export async function loadConversations(): Promise<void> {
  if (historyLoaded.value) return;
  historyLoaded.value = true;
  try {
    const known = new Set(turns.value.map((turn) => turn.id));
    const older = (await api.conversations(50))
      .filter(({ message }) => !known.has(message.id))
      .map(({ message, reply }): Turn => {
        return { id: message.id, text: message.content, time: message.time, channel: message.channel, reply };
      });
    turns.value = [...older, ...turns.value].sort((a, b) => a.time - b.time);
  } catch {
    // Asked again when the page is opened the next time.
    historyLoaded.value = false;
  }
}
