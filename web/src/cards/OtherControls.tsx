import { asNumber, asText, withUnit } from '../format/numbers';
import { t } from '../i18n';
import { act, type ControlProps, can } from './kind';

/** A link that a device gave, when it is one that a browser should follow. */
export function webLink(url: string | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const parsed = new URL(url);
    return parsed.protocol === 'http:' || parsed.protocol === 'https:' ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

export function UpdateButton({ entity, state, enabled }: ControlProps) {
  const latest = asText(state.attributes.latest_version) ?? '';
  if (state.state !== 'on' || !can(entity, 'install')) return null;
  const busy = state.attributes.in_progress === true;
  const percentage = asNumber(state.attributes.update_percentage);
  return (
    <button
      type="button"
      class="button"
      disabled={!enabled || busy}
      onClick={() => act(entity, { action: 'install' })}
    >
      {busy && percentage !== undefined
        ? withUnit(String(percentage), '%')
        : t('card.install', { version: latest })}
    </button>
  );
}

export function UpdateControls(props: ControlProps) {
  const { attributes } = props.state;
  const notes = webLink(asText(attributes.release_url));
  return (
    <>
      <dl class="facts">
        <dt>{t('card.installed')}</dt>
        <dd>{asText(attributes.installed_version) ?? '–'}</dd>
        <dt>{t('card.latest')}</dt>
        <dd>{asText(attributes.latest_version) ?? '–'}</dd>
      </dl>
      {asText(attributes.release_summary) && <p>{asText(attributes.release_summary)}</p>}
      {notes && (
        <a href={notes} target="_blank" rel="noreferrer noopener">
          {t('card.notes')}
        </a>
      )}
      <UpdateButton {...props} />
    </>
  );
}

export function ImageControls({ state }: ControlProps) {
  const url = webLink(asText(state.attributes.image_url));
  if (!url) return <p class="quiet">{t('card.camera')}</p>;
  return (
    <a class="button" href={url} target="_blank" rel="noreferrer noopener">
      {t('card.image')}
    </a>
  );
}
