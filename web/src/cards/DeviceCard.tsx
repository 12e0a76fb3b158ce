import { useState } from 'preact/hooks';
import type { Entity } from '../api/types';
import { domainOf } from '../format/state';
import { t } from '../i18n';
import { deviceOf, nameWithinDevice, shownName } from '../i18n/names';
import { shownState } from '../state/control';
import { PressButton } from './InputControls';
import { isActuator, rank } from './kinds';
import { Reading } from './Reading';
import { Tile } from './Tile';

/** More things than these on one card are folded away. */
const MOST = 6;
const BUTTONS = new Set(['button', 'input_button']);

/** What stands together on the home page: a device, or an entity without one. */
export interface Card {
  key: string;
  name: string;
  actuators: Entity[];
  buttons: Entity[];
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
      const name = shownName(device ?? entity);
      card = { key, name, actuators: [], buttons: [], readings: [] };
      cards.set(key, card);
    }
    const domain = domainOf(entity);
    if (BUTTONS.has(domain)) card.buttons.push(entity);
    else if (isActuator(domain)) card.actuators.push(entity);
    else card.readings.push(entity);
  }
  const sorted = [...cards.values()];
  for (const card of sorted) card.actuators.sort((a, b) => rank(domainOf(a)) - rank(domainOf(b)));
  const first = (card: Card) => (card.actuators[0] ? rank(domainOf(card.actuators[0])) : 99);
  return sorted.sort((a, b) => first(a) - first(b) || a.name.localeCompare(b.name));
}

/** A card of one thing is as high as its neighbours; the others are laid out apart from them. */
export function isSingle(card: Card): boolean {
  return card.actuators.length + card.buttons.length + card.readings.length === 1;
}

export function DeviceCard({ card }: { card: Card }) {
  const [only] = [...card.actuators, ...card.buttons, ...card.readings];
  if (isSingle(card) && only) {
    return (
      <article class="card" data-card={card.key}>
        <Tile entity={only} name={card.name} />
      </article>
    );
  }
  return <Several card={card} />;
}

function Several({ card }: { card: Card }) {
  const [open, setOpen] = useState(false);
  const { actuators, buttons, readings } = card;
  const all = actuators.length + readings.length;
  const most = open || all <= MOST ? all : MOST - 1;
  const tiles = actuators.slice(0, most);
  const lines = readings.slice(0, most - tiles.length);
  const nameOf = (entity: Entity) => nameWithinDevice(entity, deviceOf(entity));
  // What carries the device's name needs no heading above it.
  const titled = !tiles[0] || nameOf(tiles[0]) !== card.name;
  return (
    <article class="card several" data-card={card.key} aria-label={card.name}>
      {titled && <h3 class="card-title">{card.name}</h3>}
      {tiles.map((entity) => (
        <Tile key={entity.id} entity={entity} name={nameOf(entity)} />
      ))}
      {buttons.length > 0 && (
        <div class="row wrap buttons">
          {buttons.map((entity) => (
            <Press key={entity.id} entity={entity} name={nameOf(entity)} />
          ))}
        </div>
      )}
      {lines.length > 0 && (
        <div class="readings">
          {lines.map((entity) => (
            <Reading key={entity.id} entity={entity} name={nameOf(entity)} curve={actuators.length === 0} />
          ))}
        </div>
      )}
      {all > MOST && (
        <button type="button" class="plain quiet unfold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t('common.less') : t('home.more_readings', { n: all - MOST + 1 })}
        </button>
      )}
    </article>
  );
}

/** A button or scene by its own name. */
export function Press({ entity, name }: { entity: Entity; name: string }) {
  const state = shownState(entity.id).value;
  return <PressButton entity={entity} state={state} enabled={state.available} name={name} />;
}
