import type { ServerMessage } from './types';

export type Connection = 'connecting' | 'open' | 'away';

interface Callbacks {
  message: (message: ServerMessage) => void;
  connection: (connection: Connection) => void;
  /** Called before each further try: whether a session still exists, so that trying makes sense. */
  mayRetry: () => Promise<boolean>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** How long to wait before try number `attempt` (0 for the first); spread so that panels do not come all at once. */
export function backoff(attempt: number, random: number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return wait * (0.75 + random * 0.5);
}

/** The live connection to the hub. Comes back by itself; the hub then sends a snapshot first. */
export class Socket {
  private socket: WebSocket | undefined;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wanted = false;
  private logs = false;

  constructor(private readonly callbacks: Callbacks) {
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.hurry();
    });
  }

  start(): void {
    this.wanted = true;
    this.attempt = 0;
    if (!this.socket) this.open();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = undefined;
  }

  /** Asks for log entries, or no more of them. Holds over reconnections. */
  subscribeLogs(logs: boolean): void {
    this.logs = logs;
    if (this.socket?.readyState === WebSocket.OPEN) this.send({ type: 'subscribe', logs });
  }

  /** Tries again now instead of at the end of the wait. */
  hurry(): void {
    if (!this.wanted || this.socket) return;
    clearTimeout(this.timer);
    this.open();
  }

  private send(message: unknown): void {
    this.socket?.send(JSON.stringify(message));
  }

  private open(): void {
    this.callbacks.connection(this.attempt === 0 ? 'connecting' : 'away');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/ws`);
    this.socket = socket;
    socket.onopen = () => {
      if (this.logs) this.send({ type: 'subscribe', logs: true });
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (socket !== this.socket || typeof event.data !== 'string') return;
      let message: ServerMessage;
      try {
        message = JSON.parse(event.data) as ServerMessage;
      } catch {
        // A broken message means that the two sides no longer agree: begin anew with a snapshot.
        socket.close();
        return;
      }
      if (message.type === 'snapshot') {
        this.attempt = 0;
        this.callbacks.connection('open');
      }
      this.callbacks.message(message);
    };
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.socket = undefined;
      if (this.wanted) void this.retry();
    };
  }

  private async retry(): Promise<void> {
    this.callbacks.connection('away');
    const wait = backoff(this.attempt++, Math.random());
    if (!(await this.callbacks.mayRetry())) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.wanted && !this.socket) this.open();
    }, wait);
  }
}
