import { Select } from '../components/Choice';
import { asNumber, asText, withUnit } from '../format/numbers';
import { domainOf, modeWord } from '../format/state';
import { type Key, t } from '../i18n';
import { act, type ControlProps, can, words } from './kind';

type RobotAction = 'start' | 'pause' | 'return_to_base' | 'clean_spot' | 'locate' | 'stop';

interface RobotButton {
  action: RobotAction;
  label: Key;
  feature: string;
}

const VACUUM: readonly RobotButton[] = [
  { action: 'start', label: 'card.start', feature: 'start' },
  { action: 'pause', label: 'card.pause', feature: 'pause' },
  { action: 'return_to_base', label: 'card.dock', feature: 'return_home' },
];
const VACUUM_MORE: readonly RobotButton[] = [
  { action: 'stop', label: 'card.stop', feature: 'stop' },
  { action: 'clean_spot', label: 'card.spot', feature: 'clean_spot' },
  { action: 'locate', label: 'card.locate', feature: 'locate' },
];
const MOWER: readonly RobotButton[] = [
  { action: 'start', label: 'card.mow', feature: 'start_mowing' },
  { action: 'pause', label: 'card.pause', feature: 'pause' },
  { action: 'return_to_base', label: 'card.dock', feature: 'dock' },
];

/** What would change nothing in a state. */
const USELESS: Record<string, readonly RobotAction[]> = {
  cleaning: ['start'],
  mowing: ['start'],
  docked: ['pause', 'return_to_base', 'stop'],
  paused: ['pause'],
  idle: ['pause', 'stop'],
  returning: ['return_to_base'],
};

function Buttons({ entity, state, enabled, of }: ControlProps & { of: readonly RobotButton[] }) {
  const useless = USELESS[state.state] ?? [];
  const offered = of.filter(({ action, feature }) => can(entity, feature) && !useless.includes(action));
  if (offered.length === 0) return null;
  return (
    <div class="row even">
      {offered.map(({ action, label }) => (
        <button
          type="button"
          key={action}
          class="button"
          disabled={!enabled}
          onClick={() => act(entity, { action })}
        >
          {t(label)}
        </button>
      ))}
    </div>
  );
}

export function RobotRow(props: ControlProps) {
  return <Buttons {...props} of={domainOf(props.entity) === 'vacuum' ? VACUUM : MOWER} />;
}

export function RobotControls(props: ControlProps) {
  const { entity, state, enabled } = props;
  const speeds = words(entity, 'fan_speed_list');
  const battery = asNumber(state.attributes.battery_level);
  return (
    <>
      <RobotRow {...props} />
      {domainOf(entity) === 'vacuum' && <Buttons {...props} of={VACUUM_MORE} />}
      {speeds.length > 0 && (
        <Select
          label={t('card.suction')}
          value={asText(state.attributes.fan_speed)}
          options={speeds.map((value) => ({ value, label: modeWord(value) }))}
          disabled={!enabled}
          change={(fan_speed) => act(entity, { action: 'set_fan_speed', fan_speed })}
        />
      )}
      {battery !== undefined && (
        <p class="form-line">
          <span>{t('card.battery')}</span>
          <span>{withUnit(String(battery), '%')}</span>
        </p>
      )}
    </>
  );
}
