import { signal } from '@preact/signals';
import { type Connection, Socket } from '../api/socket';
import type { HubEvent, ServerMessage } from '../api/types';
import { t } from '../i18n';
import { chime } from './chime';
import { clearNotices } from './control';
import { noteExchange } from './conversation';
import { applyEvents, applySnapshot } from './home';
import { noteLog } from './logs';
import { toast } from './toast';

export const connection = signal<Connection>('connecting');

let mayRetry: () => Promise<boolean> = () => Promise.resolve(true);

const socket = new Socket({
  message: receive,
  connection: (next) => {
    connection.value = next;
  },
  mayRetry: () => mayRetry(),
});

export function startLive(check: () => Promise<boolean>): void {
  mayRetry = check;
  socket.start();
}

export function stopLive(): void {
  socket.stop();
}

export function subscribeLogs(wanted: boolean): void {
  socket.subscribeLogs(wanted);
}

export function retryNow(): void {
  socket.hurry();
}

function receive(message: ServerMessage): void {
  switch (message.type) {
    case 'snapshot':
      clearNotices();
      applySnapshot(message);
      break;
    case 'events':
      for (const event of applyEvents(message.events)) tell(event);
      break;
    case 'log':
      noteLog(message.entry);
      break;
  }
}

/** Events that a person is told of. */
function tell(event: HubEvent): void {
  switch (event.event) {
    case 'conversation':
      noteExchange(event.message, event.reply);
      break;
    case 'broadcast':
      toast(t('toast.broadcast', { text: event.text }), 'plain', true);
      break;
    case 'timer_updated':
      chime();
      break;
    case 'configuration':
      toast(
        t(event.accepted ? 'toast.config_accepted' : 'toast.config_refused', { message: event.message }),
        event.accepted ? 'good' : 'bad',
        !event.accepted,
      );
      break;
  }
}
