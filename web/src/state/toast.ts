import { signal } from '@preact/signals';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad' | 'good';
  /** Stays until it is taken away. */
  sticky: boolean;
}

const LASTS_MS = 6_000;
const MOST = 4;
let next = 1;

export const toasts = signal<Toast[]>([]);

export function toast(text: string, tone: Toast['tone'] = 'plain', sticky = false): void {
  if (toasts.value.some((other) => other.text === text)) return;
  const id = next++;
  toasts.value = [...toasts.value.slice(1 - MOST), { id, text, tone, sticky }];
  if (!sticky) setTimeout(() => dismissToast(id), LASTS_MS);
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((other) => other.id !== id);
}
