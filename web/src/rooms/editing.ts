import { signal } from '@preact/signals';
import type { Area, Device, Entity, Floor } from '../api/types';

/** What is being edited in the dialog; an area or floor without an id is a new one. */
export type Editing =
  | { kind: 'area'; area?: Area }
  | { kind: 'floor'; floor?: Floor }
  | { kind: 'device'; device: Device }
  | { kind: 'entity'; entity: Entity };

export const editing = signal<Editing | undefined>(undefined);

export function edit(what: Editing): void {
  editing.value = what;
}

export function stopEditing(): void {
  editing.value = undefined;
}
