import type { ComponentType } from 'preact';
import type { Action, Entity, State } from '../api/types';
import { asNumber, asTexts } from '../format/numbers';
import { control } from '../state/control';

export interface ControlProps {
  entity: Entity;
  state: State;
  /** Whether the device can be asked for anything now. */
  enabled: boolean;
}

/** How entities of one domain are controlled. */
export interface Kind {
  /** Beside the name: the one thing that is done most. */
  head?: ComponentType<ControlProps>;
  /** Below the name, on the card. */
  row?: ComponentType<ControlProps>;
  /** Everything, in the details. */
  full?: ComponentType<ControlProps>;
}

export function act(entity: Entity, action: Action): void {
  void control(entity, action);
}

export function about(entity: Entity, name: string): number | undefined {
  return asNumber(entity.capabilities?.[name]);
}

export function words(entity: Entity, name: string): string[] {
  return asTexts(entity.capabilities?.[name]);
}

/** Whether an entity says that it can do something; an entity that says nothing at all may. */
export function can(entity: Entity, feature: string): boolean {
  const features = entity.capabilities?.supported_features;
  return !Array.isArray(features) || features.includes(feature);
}
