import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Area, Device, Entity, Floor, Names } from '../api/types';
import { Select } from '../components/Choice';
import { confirm } from '../components/Confirm';
import { Dialog } from '../components/Dialog';
import { Switch } from '../components/Switch';
import { type Key, t } from '../i18n';
import { byName, deviceOf, shownName } from '../i18n/names';
import { attempt } from '../state/attempt';
import { home } from '../state/home';
import { editing, stopEditing } from './editing';
import { draftOf, NamesFields, namesOf } from './NamesFields';

export function Editor() {
  const what = editing.value;
  switch (what?.kind) {
    case 'area':
      return <AreaEditor area={what.area} />;
    case 'floor':
      return <FloorEditor floor={what.floor} />;
    case 'device':
      return <DeviceEditor device={what.device} />;
    case 'entity':
      return <EntityEditor entity={what.entity} />;
    default:
      return null;
  }
}

interface FrameProps {
  title: string;
  names: Names;
  save: (names: Names) => Promise<unknown>;
  children?: ComponentChildren;
  /** Further buttons at the left. */
  extra?: ComponentChildren;
}

function Frame({ title, names, save, children, extra }: FrameProps) {
  const [draft, setDraft] = useState(() => draftOf(names));
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await attempt(() => save(namesOf(draft)), t('common.saved'))) stopEditing();
  };
  return (
    <Dialog title={title} close={stopEditing}>
      <form class="editor" onSubmit={(event) => void submit(event)}>
        <NamesFields draft={draft} change={setDraft} />
        {children}
        <div class="row end wrap">
          {extra}
          <button type="button" class="button" onClick={stopEditing}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!draft.name.trim()}>
            {t('common.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function DeleteButton({ label, sure, work }: { label: Key; sure: string; work: () => Promise<unknown> }) {
  const run = async () => {
    if ((await confirm(sure, t(label))) && (await attempt(work))) stopEditing();
  };
  return (
    <button type="button" class="button bad" onClick={() => void run()}>
      {t(label)}
    </button>
  );
}

function same(a: Names, b: Names): boolean {
  return JSON.stringify(draftOf(a)) === JSON.stringify(draftOf(b));
}

function AreaEditor({ area }: { area?: Area }) {
  const [floor, setFloor] = useState(area?.floor ?? '');
  return (
    <Frame
      title={area ? t('rooms.edit_area') : t('rooms.new_area')}
      names={area ?? { name: '' }}
      save={(names) => {
        const body = { ...names, floor: floor || null };
        return area ? api.putArea(area.id, body) : api.createArea(body);
      }}
      extra={
        area && (
          <DeleteButton
            label="common.delete"
            sure={t('rooms.delete_area_sure', { name: shownName(area) })}
            work={() => api.deleteArea(area.id)}
          />
        )
      }
    >
      <Select
        label={t('rooms.floor')}
        value={floor}
        options={[
          { value: '', label: t('rooms.no_floor') },
          ...byName(home.floors.value.values()).map((one) => ({ value: one.id, label: shownName(one) })),
        ]}
        change={setFloor}
      />
    </Frame>
  );
}

function FloorEditor({ floor }: { floor?: Floor }) {
  const [level, setLevel] = useState(floor?.level === undefined ? '' : String(floor.level));
  return (
    <Frame
      title={floor ? t('rooms.edit_floor') : t('rooms.new_floor')}
      names={floor ?? { name: '' }}
      save={(names) => {
        const body = { ...names, level: level === '' ? null : Math.round(Number(level)) };
        return floor ? api.putFloor(floor.id, body) : api.createFloor(body);
      }}
      extra={
        floor && (
          <DeleteButton
            label="common.delete"
            sure={t('rooms.delete_floor_sure', { name: shownName(floor) })}
            work={() => api.deleteFloor(floor.id)}
          />
        )
      }
    >
      <label class="field">
        <span class="field-label">
          {t('rooms.level')} <span class="quiet">{t('rooms.level_hint')}</span>
        </span>
        <input
          type="number"
          min={-99}
          max={999}
          value={level}
          onInput={(event) => setLevel(event.currentTarget.value)}
        />
      </label>
    </Frame>
  );
}

function areaOptions(none: string) {
  const areas = byName(home.areas.value.values()).map((area) => ({ value: area.id, label: shownName(area) }));
  return [{ value: '', label: none }, ...areas];
}

function DeviceEditor({ device }: { device: Device }) {
  const [area, setArea] = useState(device.area ?? '');
  return (
    <Frame
      title={t('rooms.edit_device')}
      names={device}
      save={(names) =>
        api.patchDevice(device.id, {
          // Names that were not touched stay the discovered ones, which may still change.
          ...(same(names, device) ? {} : { names }),
          ...(area === (device.area ?? '') ? {} : { area: area || null }),
        })
      }
      extra={
        <>
          <ResetNames work={() => api.patchDevice(device.id, { names: null })} />
          <DeleteButton
            label="rooms.remove_device"
            sure={t('rooms.remove_device_sure', { name: shownName(device) })}
            work={() => api.deleteDevice(device.id)}
          />
        </>
      }
    >
      <Select
        label={t('rooms.area')}
        value={area}
        options={areaOptions(t('rooms.no_area'))}
        change={setArea}
      />
    </Frame>
  );
}

function ResetNames({ work }: { work: () => Promise<unknown> }) {
  const run = async () => {
    if (await attempt(work, t('common.saved'))) stopEditing();
  };
  return (
    <button type="button" class="button" onClick={() => void run()}>
      {t('rooms.reset_names')}
    </button>
  );
}

function EntityEditor({ entity }: { entity: Entity }) {
  const [area, setArea] = useState(entity.area ?? '');
  const [enabled, setEnabled] = useState(entity.enabled);
  const device = deviceOf(entity);
  const deviceArea = device?.area ? home.areas.value.get(device.area) : undefined;
  return (
    <Frame
      title={t('rooms.edit_entity')}
      names={entity}
      save={(names) =>
        api.patchEntity(entity.id, {
          ...(same(names, entity) ? {} : { names }),
          ...(area === (entity.area ?? '') ? {} : { area: area || null }),
          ...(enabled === entity.enabled ? {} : { enabled }),
        })
      }
      extra={<ResetNames work={() => api.patchEntity(entity.id, { names: null })} />}
    >
      <p class="quiet">{entity.id}</p>
      <Select
        label={t('rooms.area')}
        value={area}
        options={areaOptions(
          device
            ? t('rooms.area_of_device', { name: deviceArea ? shownName(deviceArea) : t('rooms.no_area') })
            : t('rooms.no_area'),
        )}
        change={setArea}
      />
      <Switch line label={t('rooms.enabled')} on={enabled} change={setEnabled} />
    </Frame>
  );
}
