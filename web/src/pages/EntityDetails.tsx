import type { Device, Entity } from '../api/types';
import { kindOf } from '../cards/kinds';
import { webLink } from '../cards/OtherControls';
import { Reading } from '../cards/Reading';
import { NoticeLine, Summary } from '../cards/Tile';
import { Dialog } from '../components/Dialog';
import { Icon } from '../components/Icon';
import { iconOf } from '../components/icons';
import { Plot } from '../components/Plot';
import { domainOf } from '../format/state';
import { ago, halfMinute } from '../format/time';
import { type Key, t } from '../i18n';
import { deviceOf, nameWithinDevice, shownName } from '../i18n/names';
import { shownState } from '../state/control';
import { areaOf, home } from '../state/home';
import { closeDetails } from '../state/route';

/** Kinds whose state is nothing that lasts. */
const WITHOUT_HISTORY = new Set(['button', 'input_button', 'scene', 'script', 'notify', 'image', 'camera']);

/** Everything about one entity and its device, over the page. */
export function EntityDetails({ id }: { id: string }) {
  const entity = home.entities.value.get(id);
  if (!entity) {
    if (!home.loaded.value) return null;
    return (
      <Dialog title={id} close={closeDetails}>
        <p>{t('details.gone')}</p>
      </Dialog>
    );
  }
  const device = deviceOf(entity);
  return (
    <Dialog title={shownName(entity)} close={closeDetails}>
      <Controls entity={entity} />
      {!WITHOUT_HISTORY.has(domainOf(entity)) && <Plot key={id} entity={entity} />}
      {device && <Siblings entity={entity} device={device} />}
      {device && <AboutDevice device={device} />}
      <Attributes entity={entity} />
    </Dialog>
  );
}

function Controls({ entity }: { entity: Entity }) {
  const state = shownState(entity.id).value;
  const domain = domainOf(entity);
  const { head: Head, full: Full } = kindOf(domain);
  const props = { entity, state, enabled: state.available };
  const area = areaOf(entity);
  return (
    <section class="details-controls" data-details={entity.id}>
      <div class="tile-head">
        <span class="tile-icon">
          <Icon name={iconOf(domain, entity.device_class)} />
        </span>
        <span class="tile-words">
          <span class="name">
            <Summary entity={entity} />
          </span>
          <span class="state">
            {area && `${shownName(area)} · `}
            {state.last_changed > 0 &&
              t('details.changed', { time: ago(state.last_changed, halfMinute.value) })}
          </span>
        </span>
        {Head && (domain !== 'lock' || !Full) && domain !== 'update' && <Head {...props} />}
      </div>
      {Full && <Full {...props} />}
      <NoticeLine entity={entity} />
    </section>
  );
}

function Siblings({ entity, device }: { entity: Entity; device: Device }) {
  const others = [...home.entities.value.values()].filter(
    (other) => other.device === device.id && other.id !== entity.id && other.enabled,
  );
  const group = (title: Key, members: Entity[]) =>
    members.length > 0 && (
      <details class="fold" open={title === 'details.also'}>
        <summary>
          {t(title)} <span class="count">{members.length}</span>
        </summary>
        <div class="readings">
          {members.map((other) => (
            <Reading key={other.id} entity={other} name={nameWithinDevice(other, device)} />
          ))}
        </div>
      </details>
    );
  return (
    <>
      {group(
        'details.also',
        others.filter((other) => !other.category),
      )}
      {group(
        'details.settings',
        others.filter((other) => other.category === 'config'),
      )}
      {group(
        'details.diagnostics',
        others.filter((other) => other.category === 'diagnostic'),
      )}
    </>
  );
}

function AboutDevice({ device }: { device: Device }) {
  const page = webLink(device.configuration_url);
  const facts: [Key, string | undefined][] = [
    ['details.made_by', device.manufacturer],
    ['details.model', [device.model, device.model_id].filter(Boolean).join(' · ') || undefined],
    ['details.software', device.sw_version],
    ['details.hardware', device.hw_version],
    ['details.serial', device.serial_number],
  ];
  return (
    <details class="fold">
      <summary>
        {t('details.device')} <span class="quiet clip">{shownName(device)}</span>
      </summary>
      <dl class="facts">
        {facts.map(([key, value]) =>
          value ? (
            <div key={key}>
              <dt>{t(key)}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {page && (
        <a href={page} target="_blank" rel="noreferrer noopener">
          {t('details.page')}
        </a>
      )}
    </details>
  );
}

function Attributes({ entity }: { entity: Entity }) {
  const state = shownState(entity.id).value;
  const attributes = Object.entries(state.attributes);
  return (
    <details class="fold">
      <summary>{t('details.attributes')}</summary>
      <dl class="facts">
        <div>
          <dt>{t('details.entity')}</dt>
          <dd>{entity.id}</dd>
        </div>
        {attributes.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
