import type { Device, Entity, Names } from '../api/types';
import { home } from '../state/home';
import { language } from '.';

/** The name to show in the language in use. */
export function shownName(names: Names): string {
  return names.by_language?.[language.value]?.[0] ?? names.name;
}

/**
 * What an entity is called among its device's: without the device's name in front, which Home Assistant's
 * naming puts there.
 */
export function nameWithinDevice(entity: Entity, device: Device | undefined): string {
  const full = shownName(entity);
  if (!device) return full;
  for (const prefix of [shownName(device), device.name]) {
    if (prefix && full.length > prefix.length && full.startsWith(prefix)) {
      const rest = full.slice(prefix.length).replace(/^[\s\-–:·]+/, '');
      if (rest) return rest.charAt(0).toLocaleUpperCase() + rest.slice(1);
    }
  }
  return full;
}

export function deviceOf(entity: Entity): Device | undefined {
  return entity.device ? home.devices.value.get(entity.device) : undefined;
}

/** In the order of the language in use, with numbers by their value. */
export function byName<T extends Names>(things: Iterable<T>): T[] {
  const order = new Intl.Collator(language.value, { numeric: true });
  return [...things].sort((a, b) => order.compare(shownName(a), shownName(b)));
}
