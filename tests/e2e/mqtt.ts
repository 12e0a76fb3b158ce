import { connect, type Socket } from 'node:net';

type Listener = (payload: string, topic: string) => void;

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

function packet(kind: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([kind, ...length]), body]);
}

/** As much of an MQTT 3.1.1 client (QoS 0) as a simulated device needs. */
export class Mqtt {
  private rest = Buffer.alloc(0);
  private readonly listeners = new Map<string, Listener>();
  private readonly answers: (() => void)[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    // The broker goes away with its hub.
    socket.on('error', () => {});
  }

  static async connect(port: number, user: string, password: string): Promise<Mqtt> {
    const socket = connect(port, '127.0.0.1');
    const mqtt = new Mqtt(socket);
    const answered = mqtt.answer();
    const head = Buffer.from([...text('MQTT'), 4, 0b1100_0010, 0, 0]);
    socket.write(packet(0x10, head, text('e2e'), text(user), text(password)));
    await answered;
    return mqtt;
  }

  publish(topic: string, payload: string | Buffer): void {
    this.socket.write(packet(0x31, text(topic), Buffer.from(payload)));
  }

  async listen(topic: string, listener: Listener): Promise<void> {
    this.listeners.set(topic, listener);
    const answered = this.answer();
    this.socket.write(packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([0])));
    await answered;
  }

  /** A device that does as it is told: what comes on `topic` is its state on `state` from then on. */
  async obey(topic: string, state: string, turn = (payload: string) => payload): Promise<void> {
    await this.listen(topic, (payload) => this.publish(state, turn(payload)));
  }

  close(): void {
    this.socket.destroy();
  }

  /** Answers to connecting and subscribing come in the order of the questions. */
  private answer(): Promise<void> {
    return new Promise((resolve) => this.answers.push(resolve));
  }

  private read(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (;;) {
      let [length, shift, at] = [0, 0, 1];
      for (;;) {
        const byte = this.rest[at++];
        if (byte === undefined) return;
        length |= (byte & 127) << shift;
        shift += 7;
        if (byte < 128) break;
      }
      if (this.rest.length < at + length) return;
      this.take(this.rest[0] ?? 0, this.rest.subarray(at, at + length));
      this.rest = this.rest.subarray(at + length);
    }
  }

  private take(kind: number, body: Buffer): void {
    if (kind >> 4 !== 3) {
      this.answers.shift()?.();
      return;
    }
    const end = 2 + body.readUInt16BE(0);
    const topic = body.subarray(2, end).toString();
    this.listeners.get(topic)?.(body.subarray(end).toString(), topic);
  }
}
