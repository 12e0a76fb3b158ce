import { signal } from '@preact/signals';
import { api } from '../api/client';
import type { Device, Entity, Names } from '../api/types';
import { Select } from '../components/Choice';
import { Icon } from '../components/Icon';
import { iconOf } from '../components/icons';
import { Switch } from '../components/Switch';
import { domainOf } from '../format/state';
import { t } from '../i18n';
import { byName, nameWithinDevice, shownName } from '../i18n/names';
import { Editor } from '../rooms/Editor';
import { edit } from '../rooms/editing';
import { attempt } from '../state/attempt';
import { home } from '../state/home';

const filter = signal('');

export function RoomsPage() {
  return (
    <>
      <header class="page-head">
        <h1>{t('rooms.title')}</h1>
      </header>
      <div class="columns">
        <Areas />
        <Floors />
      </div>
      <Devices />
      <Editor />
    </>
  );
}

function NewButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="button" onClick={onClick}>
      <Icon name="plus" size={18} />
      {label}
    </button>
  );
}

function Line({ name, about, onClick }: { name: string; about?: string; onClick: () => void }) {
  return (
    <li>
      <button type="button" class="line" title={`${t('common.edit')}: ${name}`} onClick={onClick}>
        <span class="name">{name}</span>
        <span class="quiet">{about}</span>
        <Icon name="right" size={18} />
      </button>
    </li>
  );
}

function Areas() {
  const counts = new Map<string, number>();
  for (const device of home.devices.value.values()) {
    if (device.area) counts.set(device.area, (counts.get(device.area) ?? 0) + 1);
  }
  return (
    <section class="card" aria-labelledby="areas-title">
      <div class="section-head">
        <h2 id="areas-title">{t('rooms.areas')}</h2>
        <NewButton label={t('rooms.new_area')} onClick={() => edit({ kind: 'area' })} />
      </div>
      <ul class="lines">
        {byName(home.areas.value.values()).map((area) => (
          <Line
            key={area.id}
            name={shownName(area)}
            about={t('rooms.devices_in', { n: counts.get(area.id) ?? 0 })}
            onClick={() => edit({ kind: 'area', area })}
          />
        ))}
      </ul>
    </section>
  );
}

function Floors() {
  return (
    <section class="card" aria-labelledby="floors-title">
      <div class="section-head">
        <h2 id="floors-title">{t('rooms.floors')}</h2>
        <NewButton label={t('rooms.new_floor')} onClick={() => edit({ kind: 'floor' })} />
      </div>
      <ul class="lines">
        {byName(home.floors.value.values())
          .sort((a, b) => (a.level ?? 0) - (b.level ?? 0))
          .map((floor) => (
            <Line
              key={floor.id}
              name={shownName(floor)}
              about={floor.level === undefined ? undefined : `${t('rooms.level')} ${floor.level}`}
              onClick={() => edit({ kind: 'floor', floor })}
            />
          ))}
      </ul>
    </section>
  );
}

/** Everything by which one might look for a thing. */
function searchText(names: Names, id: string): string {
  const further = Object.values(names.by_language ?? {}).flat();
  return [names.name, id, ...(names.aliases ?? []), ...further].join('\n').toLocaleLowerCase();
}

function Devices() {
  const wanted = filter.value.trim().toLocaleLowerCase();
  const members = new Map<string, Entity[]>();
  const alone: Entity[] = [];
  for (const entity of byName(home.entities.value.values())) {
    if (!entity.device) alone.push(entity);
    else members.set(entity.device, [...(members.get(entity.device) ?? []), entity]);
  }
  const matches = (names: Names, id: string) => !wanted || searchText(names, id).includes(wanted);
  const devices = byName(home.devices.value.values()).filter(
    (device) =>
      matches(device, device.id) ||
      (members.get(device.id) ?? []).some((entity) => matches(entity, entity.id)),
  );
  const single = alone.filter((entity) => matches(entity, entity.id));
  return (
    <section class="card" aria-labelledby="devices-title">
      <div class="section-head">
        <h2 id="devices-title">{t('rooms.devices')}</h2>
        <label class="search">
          <Icon name="search" size={18} />
          <input
            type="search"
            aria-label={t('rooms.filter')}
            placeholder={t('rooms.filter')}
            value={filter.value}
            onInput={(event) => {
              filter.value = event.currentTarget.value;
            }}
          />
        </label>
      </div>
      {devices.map((device) => (
        <DeviceRow key={device.id} device={device} entities={members.get(device.id) ?? []} />
      ))}
      {single.length > 0 && <h3>{t('rooms.without_device')}</h3>}
      {single.map((entity) => (
        <EntityRow key={entity.id} entity={entity} />
      ))}
      {devices.length + single.length === 0 && <p class="quiet">{t('rooms.no_match')}</p>}
    </section>
  );
}

function DeviceRow({ device, entities }: { device: Device; entities: Entity[] }) {
  const areas = byName(home.areas.value.values());
  return (
    <div class="device-row" data-device={device.id}>
      <div class="device-line">
        <button
          type="button"
          class="line"
          title={`${t('common.edit')}: ${shownName(device)}`}
          onClick={() => edit({ kind: 'device', device })}
        >
          <span class="name">{shownName(device)}</span>
          <span class="quiet">{[device.manufacturer, device.model].filter(Boolean).join(' · ')}</span>
        </button>
        <Select
          bare
          label={`${t('rooms.area')}: ${shownName(device)}`}
          value={device.area ?? ''}
          options={[
            { value: '', label: t('rooms.no_area') },
            ...areas.map((area) => ({ value: area.id, label: shownName(area) })),
          ]}
          change={(area) => void attempt(() => api.patchDevice(device.id, { area: area || null }))}
        />
      </div>
      {entities.length > 0 && <EntityFold device={device} entities={entities} />}
    </div>
  );
}

const unfolded = signal<ReadonlySet<string>>(new Set());

/** The rows are made only when somebody looks: five hundred of them at once are too many. */
function EntityFold({ device, entities }: { device: Device; entities: Entity[] }) {
  const open = unfolded.value.has(device.id);
  const toggle = () => {
    const next = new Set(unfolded.value);
    if (!next.delete(device.id)) next.add(device.id);
    unfolded.value = next;
  };
  return (
    <>
      <button type="button" class="plain quiet fold-button" aria-expanded={open} onClick={toggle}>
        <Icon name={open ? 'up' : 'down'} size={16} />
        {t('rooms.entities', { n: entities.length })}
      </button>
      {open && entities.map((entity) => <EntityRow key={entity.id} entity={entity} device={device} />)}
    </>
  );
}

function EntityRow({ entity, device }: { entity: Entity; device?: Device }) {
  const area = entity.area ? home.areas.value.get(entity.area) : undefined;
  return (
    <div class={entity.enabled ? 'entity-row' : 'entity-row off'} data-entity-row={entity.id}>
      <Icon name={iconOf(domainOf(entity), entity.device_class)} size={18} />
      <button
        type="button"
        class="line"
        title={`${t('common.edit')}: ${shownName(entity)}`}
        onClick={() => edit({ kind: 'entity', entity })}
      >
        <span class="name">{nameWithinDevice(entity, device)}</span>
        <span class="quiet">{area ? shownName(area) : entity.id}</span>
      </button>
      <Switch
        label={`${t('rooms.enabled')}: ${shownName(entity)}`}
        on={entity.enabled}
        change={(enabled) => void attempt(() => api.patchEntity(entity.id, { enabled }))}
      />
    </div>
  );
}
