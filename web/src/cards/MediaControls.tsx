import { Icon } from '../components/Icon';
import { Slider } from '../components/Slider';
import { asNumber, asText, withUnit } from '../format/numbers';
import { t } from '../i18n';
import { act, type ControlProps, can } from './kind';

export function MediaRow({ entity, state, enabled }: ControlProps) {
  const playing = state.state === 'playing';
  const muted = state.attributes.is_volume_muted === true;
  return (
    <div class="row even">
      {can(entity, 'previous_track') && (
        <button
          type="button"
          class="button icon-only"
          aria-label={t('card.previous')}
          disabled={!enabled}
          onClick={() => act(entity, { action: 'media', media: 'previous' })}
        >
          <Icon name="previous" />
        </button>
      )}
      {(can(entity, 'play') || can(entity, 'pause')) && (
        <button
          type="button"
          class="button icon-only"
          aria-label={playing ? t('card.pause') : t('card.play')}
          disabled={!enabled}
          onClick={() => act(entity, playing ? { action: 'pause' } : { action: 'media', media: 'play' })}
        >
          <Icon name={playing ? 'pause' : 'play'} />
        </button>
      )}
      {can(entity, 'next_track') && (
        <button
          type="button"
          class="button icon-only"
          aria-label={t('card.next')}
          disabled={!enabled}
          onClick={() => act(entity, { action: 'media', media: 'next' })}
        >
          <Icon name="next" />
        </button>
      )}
      {can(entity, 'volume_mute') && (
        <button
          type="button"
          class="button icon-only"
          aria-label={muted ? t('card.unmute') : t('card.mute')}
          aria-pressed={muted}
          disabled={!enabled}
          onClick={() => act(entity, { action: 'media', media: 'mute', muted: !muted })}
        >
          <Icon name={muted ? 'muted' : 'volume'} />
        </button>
      )}
    </div>
  );
}

export function MediaControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const volume = asNumber(state.attributes.volume_level);
  const title = asText(state.attributes.media_title);
  const artist = asText(state.attributes.media_artist);
  return (
    <>
      {title && (
        <p class="center">
          <strong>{title}</strong>
          {artist && <span class="quiet"> · {artist}</span>}
        </p>
      )}
      <MediaRow {...props} />
      {can(entity, 'stop') && (
        <button
          type="button"
          class="button"
          disabled={!enabled}
          onClick={() => act(entity, { action: 'media', media: 'stop' })}
        >
          {t('card.stop')}
        </button>
      )}
      {can(entity, 'volume_set') && (
        <Slider
          label={t('card.volume')}
          value={volume === undefined ? undefined : Math.round(volume * 100)}
          min={0}
          max={100}
          words={(value) => withUnit(String(Math.round(value)), '%')}
          disabled={!enabled}
          commit={(value) => act(entity, { action: 'media', media: 'set_volume', volume: Math.round(value) })}
        />
      )}
    </>
  );
}
