import { signal } from '@preact/signals';
import type { LogEntry, LogLevel } from '../api/types';

export interface LogLine extends LogEntry {
  /** Counts the lines on this page, as a key. */
  key: number;
}

/** More are forgotten: nobody scrolls back so far, and the journal has them. */
const MOST = 1_000;
const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug', 'trace'];

let next = 0;
export const logs = signal<readonly LogLine[]>([]);

export function levelOf(entry: LogEntry): LogLevel {
  const level = entry.level.toLowerCase();
  return ORDER.find((known) => known === level) ?? 'info';
}

/** Whether a line is at least as grave as `least`. */
export function isAtLeast(entry: LogEntry, least: LogLevel): boolean {
  return ORDER.indexOf(levelOf(entry)) <= ORDER.indexOf(least);
}

export function noteLog(entry: LogEntry): void {
  logs.value = [...logs.value.slice(1 - MOST), { ...entry, key: next++ }];
}

/** Replaces everything by what the hub remembers; takes either order and shows the newest last. */
export function fillLogs(entries: readonly LogEntry[]): void {
  const sorted = [...entries].sort((a, b) => timeOf(a) - timeOf(b));
  logs.value = sorted.slice(-MOST).map((entry) => ({ ...entry, key: next++ }));
}

export function clearLogs(): void {
  logs.value = [];
}

export function timeOf(entry: LogEntry): number {
  return typeof entry.time === 'number' ? entry.time : Date.parse(entry.time);
}
