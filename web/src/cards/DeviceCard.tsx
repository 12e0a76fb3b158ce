import { useState } from 'preact/hooks';
import type { Entity } from '../api/types';
import { domainOf } from '../format/state';
import { t } from '../i18n';
import { deviceOf, nameWithinDevice, shownName } from '../i18n/names';
import { isActuator, rank } from './kinds';
import { Reading } from './Reading';
import { Tile } from './Tile';

/** More lines than these are folded away. */
const MOST_READINGS = 4;

/** What stands together on the home page: a device, or an entity without one. */
export interface Card {
  key: string;
  name: string;
  actuators: Entity[];
  readings: Entity[];
}

/** Puts entities that belong to one device on one card; cards of things that can be switched come first. */
export function cardsOf(entities: readonly Entity[]): Card[] {
  const cards = new Map<string, Card>();
  for (const entity of entities) {
    const device = deviceOf(entity);
    // A device whose entities stand in several rooms has a card in each of them.
    const key = device ? `device ${device.id}` : entity.id;
    let card = cards.get(key);
    if (!card) {
      card = { key, name: device ? shownName(device) : shownName(entity), actuators: [], readings: [] };
      cards.set(key, card);
    }
    (isActuator(domainOf(entity)) ? card.actuators : card.readings).push(entity);
  }
  const sorted = [...cards.values()];
  for (const card of sorted) card.actuators.sort((a, b) => rank(domainOf(a)) - rank(domainOf(b)));
  const first = (card: Card) => (card.actuators[0] ? rank(domainOf(card.actuators[0])) : 99);
  return sorted.sort((a, b) => first(a) - first(b) || a.name.localeCompare(b.name));
}

export function DeviceCard({ card }: { card: Card }) {
  const [open, setOpen] = useState(false);
  const { actuators, readings } = card;
  const shown = open ? readings : readings.slice(0, MOST_READINGS);
  const several = actuators.length > 1 || (actuators.length === 0 && readings.length > 1);
  const nameOf = (entity: Entity) =>
    several || (actuators.length > 0 && readings.includes(entity))
      ? nameWithinDevice(entity, deviceOf(entity))
      : shownName(entity);
  return (
    <article class="card" data-card={card.key}>
      {several && <h3 class="card-title">{card.name}</h3>}
      {actuators.map((entity) => (
        <Tile key={entity.id} entity={entity} name={nameOf(entity)} />
      ))}
      {shown.length > 0 && (
        <div class="readings">
          {shown.map((entity) => (
            <Reading key={entity.id} entity={entity} name={nameOf(entity)} curve={actuators.length === 0} />
          ))}
        </div>
      )}
      {readings.length > MOST_READINGS && (
        <button type="button" class="plain quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t('common.less') : t('home.more_readings', { n: readings.length - MOST_READINGS })}
        </button>
      )}
    </article>
  );
}
