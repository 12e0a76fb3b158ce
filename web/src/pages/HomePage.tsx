import { computed, signal } from '@preact/signals';
import type { Area, Entity } from '../api/types';
import { type Card, cardsOf, DeviceCard, isSingle, Press } from '../cards/DeviceCard';
import { Select } from '../components/Choice';
import { Icon } from '../components/Icon';
import { domainOf } from '../format/state';
import { t } from '../i18n';
import { byName, deviceOf, nameWithinDevice, shownName } from '../i18n/names';
import { shownState } from '../state/control';
import { areaOf, home } from '../state/home';

interface Room {
  id: string;
  area?: Area;
  cards: Card[];
  scenes: Entity[];
  entities: Entity[];
}

const NOWHERE = '';
const SCENES = new Set(['scene', 'script']);
/** More rooms than these are chosen from a list instead of a row. */
const MOST_CHIPS = 12;
const chosen = signal<string | undefined>(undefined);

/** Floors from the lowest up, those without a level last, then areas by name; what has no room at the end. */
const rooms = computed<Room[]>(() => {
  const members = new Map<string, Entity[]>();
  for (const entity of byName(home.entities.value.values())) {
    if (!entity.enabled || entity.category) continue;
    const id = areaOf(entity)?.id ?? NOWHERE;
    const there = members.get(id);
    if (there) there.push(entity);
    else members.set(id, [entity]);
  }
  const level = (area: Area): number => {
    if (!area.floor) return 1_000;
    return home.floors.value.get(area.floor)?.level ?? 500;
  };
  const areas = byName(home.areas.value.values()).sort((a, b) => level(a) - level(b));
  return [...areas, undefined]
    .map((area): Room => {
      const entities = members.get(area?.id ?? NOWHERE) ?? [];
      const scenes = entities.filter((entity) => SCENES.has(domainOf(entity)));
      const things = entities.filter((entity) => !SCENES.has(domainOf(entity)));
      return { id: area?.id ?? NOWHERE, area, entities, scenes, cards: cardsOf(things) };
    })
    .filter((room) => room.entities.length > 0);
});

function floorName(room: Room): string | undefined {
  const floor = room.area?.floor ? home.floors.value.get(room.area.floor) : undefined;
  return floor && shownName(floor);
}

export function HomePage() {
  if (!home.loaded.value) return <p class="quiet center pad-top">{t('common.loading')}</p>;
  const all = rooms.value;
  if (all.length === 0) {
    return (
      <div class="empty">
        <Icon name="plug" size={48} />
        <h1>{t('home.empty')}</h1>
        <p class="quiet">{t('home.empty_hint')}</p>
      </div>
    );
  }
  const shown = all.filter((room) => chosen.value === undefined || room.id === chosen.value);
  const visible = shown.length > 0 ? shown : all;
  return (
    <>
      <header class="page-head">
        <h1>{home.about.value.name || t('nav.home')}</h1>
        <Overview />
      </header>
      {all.length > 1 && <RoomChips rooms={all} />}
      {visible.map((room, index) => {
        const floor = floorName(room);
        const newFloor = floor && (index === 0 || floor !== floorName(visible[index - 1] as Room));
        return (
          <section class="room" key={room.id} data-area={room.id}>
            {newFloor && <p class="floor">{floor}</p>}
            <h2>{room.area ? shownName(room.area) : t('home.no_area')}</h2>
            {room.scenes.length > 0 && (
              <div class="row wrap buttons scenes">
                {room.scenes.map((scene) => (
                  <Press key={scene.id} entity={scene} name={nameWithinDevice(scene, deviceOf(scene))} />
                ))}
              </div>
            )}
            <Cards cards={room.cards.filter(isSingle)} />
            <Cards wide cards={room.cards.filter((card) => !isSingle(card))} />
          </section>
        );
      })}
    </>
  );
}

function Cards({ cards, wide }: { cards: Card[]; wide?: boolean }) {
  if (cards.length === 0) return null;
  return (
    <div class={wide ? 'cards wide' : 'cards'}>
      {cards.map((card) => (
        <DeviceCard key={card.key} card={card} />
      ))}
    </div>
  );
}

function RoomChips({ rooms: all }: { rooms: Room[] }) {
  const nameOf = (room: Room) => (room.area ? shownName(room.area) : t('home.no_area'));
  if (all.length > MOST_CHIPS) {
    const everywhere = 'all';
    return (
      <div class="room-choice">
        <Select
          bare
          label={t('home.rooms')}
          value={chosen.value === undefined ? everywhere : `room ${chosen.value}`}
          options={[
            { value: everywhere, label: t('home.all_rooms', { n: all.length }) },
            ...all.map((room) => ({ value: `room ${room.id}`, label: nameOf(room) })),
          ]}
          change={(value) => {
            chosen.value = value === everywhere ? undefined : value.slice('room '.length);
          }}
        />
      </div>
    );
  }
  const chip = (id: string | undefined, name: string) => (
    <button
      type="button"
      class="chip"
      key={id ?? 'all'}
      aria-pressed={chosen.value === id}
      onClick={() => {
        chosen.value = id;
      }}
    >
      {name}
    </button>
  );
  return (
    <nav class="chips" aria-label={t('home.rooms')}>
      {chip(undefined, t('home.all'))}
      {all.map((room) => chip(room.id, nameOf(room)))}
    </nav>
  );
}

const OPENINGS = new Set(['door', 'window', 'opening', 'garage_door']);

/** What a glance should tell: lights on, doors and windows open. */
function Overview() {
  let lights = 0;
  let open = 0;
  for (const room of rooms.value) {
    for (const entity of room.entities) {
      const domain = domainOf(entity);
      if (domain !== 'light' && domain !== 'binary_sensor') continue;
      const state = shownState(entity.id).value;
      if (!state.available || state.state !== 'on') continue;
      if (domain === 'light') lights++;
      else if (OPENINGS.has(entity.device_class ?? '')) open++;
    }
  }
  return (
    <p class="quiet overview">
      <span>{t('home.lights_on', { n: lights })}</span>
      {open > 0 && <span>{t('home.open', { n: open })}</span>}
    </p>
  );
}
