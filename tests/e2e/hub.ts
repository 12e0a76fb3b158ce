import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Mqtt } from './mqtt';

export interface State {
  state: string;
  attributes: Record<string, unknown>;
  available: boolean;
}

/** A real hub with its embedded broker and, if wanted, the demo home, in a folder of its own. */
export class Hub {
  private child: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), 'homeclaw-e2e-'));
  loginLink = '';

  private constructor(
    private readonly web: number,
    private readonly mqtt: number,
    private readonly demo: boolean,
  ) {
    writeFileSync(
      join(this.folder, 'config.yml'),
      `web: { listen: "127.0.0.1:${web}" }\nmqtt: { embedded: { listen: "127.0.0.1:${mqtt}" } }\n`,
    );
  }

  static async start(demo = true): Promise<Hub> {
    const hub = new Hub(await freePort(), await freePort(), demo);
    await hub.again();
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.web}`;
  }

  /** Starts the program, with what an earlier run left behind. */
  async again(): Promise<void> {
    const binary = process.env.HOMECLAW_BIN;
    if (!binary) throw new Error('HOMECLAW_BIN must name the homeclaw program to test');
    const file = (name: string) => join(this.folder, name);
    const args = ['--config', file('config.yml'), '--state-dir', file('state'), 'run'];
    if (this.demo) args.push('--demo');
    this.child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    // Only a hub without a password prints a link.
    if (this.loginLink) await printed(this.child, /Panel:\s+(http:\S+)/);
    else this.loginLink = await printed(this.child, /(http:\/\/\S+\/login#\S+)/);
  }

  /** Ends it as a power cut would. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A client of the hub's own broker. */
  client(): Promise<Mqtt> {
    return Mqtt.connect(this.mqtt, 'homeclaw', this.read('mqtt-password'));
  }

  /** What the hub itself knows of an entity, told by its API and not by the panel; unheard of until it is announced. */
  async state(id: string): Promise<State> {
    const answer = await fetch(`${this.url}/api/v1/states/${id}`, {
      headers: { authorization: `Bearer ${this.read('cli-token')}` },
    });
    if (answer.status === 404) return { state: 'unheard of', attributes: {}, available: false };
    if (!answer.ok) throw new Error(`${id}: ${await answer.text()}`);
    return (await answer.json()) as State;
  }

  private read(name: string): string {
    return readFileSync(join(this.folder, 'state', name), 'utf8').trim();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}

/** What the hub prints once it answers: the part in parentheses. */
function printed(child: ChildProcess, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = what.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`the hub ended with ${code}:\n${output}`)));
  });
}
