import { Select } from '../components/Choice';
import { t } from '../i18n';
import { byName, shownName } from '../i18n/names';
import { home } from '../state/home';
import { standsIn } from '../state/settings';

/** In which room one is, so that "turn on the light" finds its light. */
export function Standing() {
  const areas = byName(home.areas.value.values());
  return (
    <div class="standing">
      <Select
        label={t('talk.here')}
        value={areas.some((area) => area.id === standsIn.value) ? standsIn.value : ''}
        options={[
          { value: '', label: t('talk.anywhere') },
          ...areas.map((area) => ({ value: area.id, label: shownName(area) })),
        ]}
        change={(area) => {
          standsIn.value = area;
        }}
      />
    </div>
  );
}
