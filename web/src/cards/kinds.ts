import { AlarmControls, AlarmRow } from './AlarmControls';
import { ClimateControls, ClimateRow, HumidifierControls, HumidifierRow } from './ClimateControls';
import { CoverButtons, CoverControls } from './CoverControls';
import { FanControls, FanRow } from './FanControls';
import { MomentInput, NumberInput, PressButton, SelectInput, TextInput } from './InputControls';
import type { Kind } from './kind';
import { LightControls, LightRow } from './LightControls';
import { LockButton, LockControls } from './LockControls';
import { MediaControls, MediaRow } from './MediaControls';
import { ImageControls, UpdateButton, UpdateControls } from './OtherControls';
import { RobotControls, RobotRow } from './RobotControls';
import { OnOff, SirenControls } from './SwitchControls';

const cover: Kind = { row: CoverButtons, full: CoverControls };
const press: Kind = { head: PressButton };
const onOff: Kind = { head: OnOff };
const robot: Kind = { row: RobotRow, full: RobotControls };
const number: Kind = { row: NumberInput, full: NumberInput };
const select: Kind = { row: SelectInput, full: SelectInput };
const text: Kind = { row: TextInput, full: TextInput };
const moment: Kind = { row: MomentInput, full: MomentInput };
const picture: Kind = { full: ImageControls };

/** Domains that can be asked to do something, the one that makes a device what it is first. */
const KINDS: Record<string, Kind> = {
  light: { head: OnOff, row: LightRow, full: LightControls },
  climate: { row: ClimateRow, full: ClimateControls },
  water_heater: { row: ClimateRow, full: ClimateControls },
  cover,
  valve: cover,
  lock: { head: LockButton, full: LockControls },
  fan: { head: OnOff, row: FanRow, full: FanControls },
  humidifier: { head: OnOff, row: HumidifierRow, full: HumidifierControls },
  vacuum: robot,
  lawn_mower: robot,
  media_player: { row: MediaRow, full: MediaControls },
  alarm_control_panel: { row: AlarmRow, full: AlarmControls },
  siren: { head: OnOff, full: SirenControls },
  switch: onOff,
  input_boolean: onOff,
  remote: onOff,
  group: onOff,
  automation: onOff,
  scene: press,
  script: press,
  button: press,
  input_button: press,
  number,
  input_number: number,
  select,
  input_select: select,
  text,
  input_text: text,
  notify: text,
  date: moment,
  time: moment,
  datetime: moment,
  update: { head: UpdateButton, full: UpdateControls },
  image: picture,
  camera: picture,
};

const ORDER = Object.keys(KINDS);

export function kindOf(domain: string): Kind {
  return KINDS[domain] ?? {};
}

/** Whether an entity does something, as against one that only tells. */
export function isActuator(domain: string): boolean {
  return domain in KINDS && domain !== 'image' && domain !== 'camera';
}

export function rank(domain: string): number {
  const at = ORDER.indexOf(domain);
  return at < 0 ? ORDER.length : at;
}
