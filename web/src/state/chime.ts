import { computed, effect } from '@preact/signals';
import { home } from './home';
import { sound } from './settings';

/** How often, and how long, a timer that ended is heard unless somebody takes it away. */
const EVERY_MS = 2_000;
const LONGEST_MS = 60_000;
/** Three rising notes: hertz, and seconds after the first. */
const NOTES: readonly [number, number][] = [
  [660, 0],
  [880, 0.18],
  [1_175, 0.36],
];

/** Timers that ended and that nobody has taken away yet. */
export const overTimers = computed(() =>
  [...home.timers.value.values()].filter((timer) => timer.status === 'finished'),
);

let context: AudioContext | undefined;
let ringing: ReturnType<typeof setInterval> | undefined;

/** Browsers let a page be heard only after somebody touched it: the first touch prepares for it. */
addEventListener(
  'pointerdown',
  () => {
    context ??= new AudioContext();
  },
  { once: true },
);

function play(): void {
  context ??= new AudioContext();
  void context.resume();
  const now = context.currentTime;
  for (const [pitch, after] of NOTES) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, now + after);
    volume.gain.exponentialRampToValueAtTime(0.3, now + after + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + after + 0.4);
    tone.connect(volume).connect(context.destination);
    tone.start(now + after);
    tone.stop(now + after + 0.45);
  }
}

function hush(): void {
  clearInterval(ringing);
  ringing = undefined;
}

/** A timer ended just now: heard until it is taken away, the sound is switched off, or a minute has passed. */
export function chime(): void {
  hush();
  if (!sound.peek()) return;
  const until = Date.now() + LONGEST_MS;
  play();
  navigator.vibrate?.([300, 150, 300]);
  ringing = setInterval(() => {
    if (Date.now() < until) play();
    else hush();
  }, EVERY_MS);
}

effect(() => {
  if (overTimers.value.length === 0 || !sound.value) hush();
});
