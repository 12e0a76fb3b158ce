import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real hub with its embedded broker and the demo home, in a folder of its own. */
export class Hub {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    readonly loginLink: string,
  ) {}

  static async start(): Promise<Hub> {
    const binary = process.env.HOMECLAW_BIN;
    if (!binary) throw new Error('HOMECLAW_BIN must name the homeclaw program to test');
    const folder = mkdtempSync(join(tmpdir(), 'homeclaw-e2e-'));
    const [web, mqtt] = [await freePort(), await freePort()];
    const config = join(folder, 'config.yml');
    writeFileSync(
      config,
      `web: { listen: "127.0.0.1:${web}" }\nmqtt: { embedded: { listen: "127.0.0.1:${mqtt}" } }\n`,
    );
    const child = spawn(binary, ['--config', config, '--state-dir', join(folder, 'state'), 'run', '--demo'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const link = await loginLinkOf(child);
    return new Hub(child, folder, `http://127.0.0.1:${web}`, link);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
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

/** The link that the hub prints when it starts. */
function loginLinkOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const link = /http:\/\/\S+\/login#\S+/.exec(output);
      if (link) resolve(link[0]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`the hub ended with ${code}:\n${output}`)));
  });
}
