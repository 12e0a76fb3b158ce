// Every kind of control, driven as a person does, until the device has confirmed it to the hub.
import { expect, test } from '@playwright/test';
import type { Mqtt } from './mqtt';
import { Panel } from './panel';

let panel: Panel;
let devices: Mqtt;

test.beforeAll(async ({ browser }) => {
  panel = await Panel.demo(browser);
  devices = await panel.hub.client();
});

test.afterAll(async () => {
  devices?.close();
  await panel?.close();
});

test('light: switch, brightness, temperature, colour, wheel, effect', async () => {
  const id = 'light.bedroom_light';
  await panel.tile(id).getByRole('switch').click();
  await panel.confirmed(id, 'on');
  await expect(panel.tile(id)).toHaveAttribute('aria-busy', 'false');
  await expect(panel.tile(id).locator('.notice')).toHaveCount(0);

  const dialog = await panel.details(id);
  await dialog.getByRole('slider', { name: 'Brightness' }).fill('60');
  await panel.confirmedAttribute(id, 'brightness', 153);
  await dialog.getByRole('slider', { name: 'Colour temperature' }).fill('4000');
  await panel.confirmedAttribute(id, 'color_mode', 'color_temp');
  await expect.poll(async () => (await panel.hub.state(id)).attributes.color_temp_kelvin).toBe(4_000);
  await dialog.getByRole('button', { name: 'hue 225°, saturation 90 %' }).click();
  await panel.confirmedAttribute(id, 'color_mode', 'xy');
  const wheel = dialog.getByRole('slider', { name: /Colour wheel/ });
  const hue = async () => ((await panel.hub.state(id)).attributes.hs_color as [number, number])[0];
  const before = await hue();
  await wheel.press('ArrowRight');
  await expect.poll(hue).toBeGreaterThan(before + 2);
  const box = await wheel.boundingBox();
  if (!box) throw new Error('the wheel is not drawn');
  // Red is at the top, green a third of the way round.
  await panel.page.mouse.click(box.x + box.width * 0.85, box.y + box.height * 0.7);
  await expect.poll(async () => Math.round((await hue()) / 10)).toBe(12);
  await dialog.getByRole('combobox', { name: 'Effect' }).selectOption('blink');
  await dialog.getByRole('switch').first().click();
  await panel.confirmed(id, 'off');
});

test('switch', async () => {
  await panel.visit('home');
  await panel.tile('switch.speaker').getByRole('switch').click();
  await panel.confirmed('switch.speaker', 'on');
});

test('climate: target, mode, fan, swing, preset', async () => {
  const id = 'climate.air_conditioner';
  await panel.visit('home');
  const target = panel.tile(id).getByRole('group', { name: 'Target' });
  const before = Number((await panel.hub.state(id)).attributes.temperature);
  await target.getByRole('button', { name: 'Higher' }).click();
  await target.getByRole('button', { name: 'Higher' }).click();
  await expect.poll(async () => Number((await panel.hub.state(id)).attributes.temperature)).toBeGreaterThan(before);
  const dialog = await panel.details(id);
  await dialog.getByRole('button', { name: 'Cool', exact: true }).click();
  await panel.confirmed(id, 'cool');
  await dialog.getByRole('combobox', { name: 'Fan' }).selectOption('high');
  await panel.confirmedAttribute(id, 'fan_mode', 'high');
  await dialog.getByRole('combobox', { name: 'Swing' }).selectOption('on');
  await panel.confirmedAttribute(id, 'swing_mode', 'on');
  await dialog.getByRole('combobox', { name: 'Preset' }).selectOption('eco');
  await panel.confirmedAttribute(id, 'preset_mode', 'eco');
});

test('water heater and humidifier', async () => {
  const heater = await panel.details('water_heater.water_heater');
  await heater.getByRole('button', { name: 'Performance' }).click();
  await panel.confirmed('water_heater.water_heater', 'performance');
  await heater.getByRole('button', { name: 'Higher' }).click();
  await panel.confirmedAttribute('water_heater.water_heater', 'temperature', 51);

  const humidifier = await panel.details('humidifier.humidifier');
  await humidifier.getByRole('switch').click();
  await panel.confirmed('humidifier.humidifier', 'on');
  await humidifier.getByRole('slider', { name: 'Target humidity' }).fill('55');
  await panel.confirmedAttribute('humidifier.humidifier', 'humidity', 55);
  await humidifier.getByRole('button', { name: 'Boost' }).click();
  await panel.confirmedAttribute('humidifier.humidifier', 'mode', 'boost');
});

test('fan: speed, swing, direction, preset', async () => {
  const id = 'fan.bedroom_fan';
  const dialog = await panel.details(id);
  await dialog.getByRole('slider', { name: 'Speed' }).fill('70');
  await panel.confirmed(id, 'on');
  await panel.confirmedAttribute(id, 'percentage', 70);
  await dialog.getByRole('switch', { name: 'Oscillate' }).click();
  await panel.confirmedAttribute(id, 'oscillating', true);
  await dialog.getByRole('switch', { name: 'Reverse direction' }).click();
  await panel.confirmedAttribute(id, 'direction', 'reverse');
  await dialog.getByRole('combobox', { name: 'Preset' }).selectOption('turbo');
  await panel.confirmedAttribute(id, 'percentage', 100);
});

test('covers and a valve: position, stop; an entrance is asked first', async () => {
  const blind = await panel.details('cover.living_room_blind');
  await blind.getByRole('slider', { name: 'Position' }).fill('90');
  await panel.confirmedAttribute('cover.living_room_blind', 'current_position', 90);
  await blind.getByRole('button', { name: 'Close', exact: true }).last().click();
  await panel.confirmed('cover.living_room_blind', 'closing');
  await blind.getByRole('button', { name: 'Stop' }).click();
  await panel.confirmed('cover.living_room_blind', 'open');

  await panel.visit('home');
  await panel.tile('valve.garden_valve').getByRole('button', { name: 'Open' }).click();
  await panel.confirmed('valve.garden_valve', /^open/);

  const garage = panel.tile('cover.garage_door').getByRole('button', { name: 'Open' });
  await garage.click();
  await panel.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await panel.confirmed('cover.garage_door', 'closed');
  await garage.click();
  await panel.page.getByRole('dialog').getByRole('button', { name: 'Open' }).click();
  await panel.confirmed('cover.garage_door', 'opening');
});

test('lock: unlocking is asked first, and a jam is told', async () => {
  const id = 'lock.front_door_lock';
  await panel.visit('home');
  await panel.tile(id).getByRole('button', { name: 'Unlock' }).click();
  const question = panel.page.getByRole('dialog', { name: 'Unlock Front Door Lock?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await panel.confirmed(id, 'locked');
  await panel.tile(id).getByRole('button', { name: 'Unlock' }).click();
  await question.getByRole('button', { name: 'Unlock' }).click();
  await panel.confirmed(id, 'unlocked');
  devices.publish('demo/provoke/front_door_lock', 'jam');
  await panel.tile(id).getByRole('button', { name: 'Lock', exact: true }).click();
  await panel.confirmed(id, /^(jammed|locked)$/);
  await expect(panel.tile(id)).toHaveAttribute('data-state', (await panel.hub.state(id)).state);
});

test('alarm and siren', async () => {
  await panel.visit('home');
  const id = 'alarm_control_panel.alarm';
  await panel.tile(id).getByRole('button', { name: 'Arm home' }).click();
  await panel.confirmed(id, /^(arming|armed_home)$/);
  await panel.tile(id).getByRole('button', { name: 'Disarm' }).click();
  await panel.confirmed(id, 'disarmed');
  const siren = await panel.details('siren.alarm_siren');
  await siren.getByRole('button', { name: 'Sound the alarm' }).click();
  await panel.confirmed('siren.alarm_siren', 'on');
  await siren.getByRole('button', { name: 'Silence' }).click();
  await panel.confirmed('siren.alarm_siren', 'off');
});

test('robots', async () => {
  const dialog = await panel.details('vacuum.vacuum');
  await dialog.getByRole('button', { name: 'Start' }).click();
  await panel.confirmed('vacuum.vacuum', 'cleaning');
  await dialog.getByRole('combobox', { name: 'Suction' }).selectOption('turbo');
  await panel.confirmedAttribute('vacuum.vacuum', 'fan_speed', 'turbo');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await panel.confirmed('vacuum.vacuum', 'paused');
  await dialog.getByRole('button', { name: 'Dock' }).click();
  await panel.confirmed('vacuum.vacuum', 'returning');
  await panel.visit('home');
  await panel.tile('lawn_mower.lawn_mower').getByRole('button', { name: 'Mow', exact: true }).click();
  await panel.confirmed('lawn_mower.lawn_mower', 'mowing');
});

test('number, select, text, notify', async () => {
  await panel.visit('home');
  await panel.tile('number.speaker_volume').getByRole('slider').fill('45');
  await panel.confirmed('number.speaker_volume', '45');
  await panel.tile('select.speaker_source').getByRole('combobox').selectOption('Bluetooth');
  await panel.confirmed('select.speaker_source', 'Bluetooth');
  const note = panel.tile('text.home_note');
  await note.getByRole('textbox').fill('buy 茶');
  await note.getByRole('button', { name: 'Set' }).click();
  await panel.confirmed('text.home_note', 'buy 茶');
  await panel.tile('notify.home_display').getByRole('textbox').fill('dinner');
  await panel.page.keyboard.press('Enter');
  await panel.confirmed('text.home_note', 'dinner');
});

test('button, scene, event, update', async () => {
  await panel.visit('home');
  await panel.page.getByRole('button', { name: 'Press: Speaker Play' }).click();
  await panel.confirmed('sensor.speaker_title', 'Evening Jazz');
  await expect(panel.page.locator('[data-press="button.speaker_play"]')).toHaveAttribute('data-done', 'true');
  await panel.page.getByRole('button', { name: 'Press: Home Ring the Doorbell' }).click();
  await panel.confirmedAttribute('event.home_doorbell', 'event_type', 'press');
  await panel.page.getByRole('button', { name: 'Activate: Home Movie Night' }).click();
  await panel.confirmed('light.floor_lamp', 'on');
  await panel.tile('update.home_firmware').getByRole('button', { name: 'Install 1.1.0' }).click();
  await panel.confirmed('update.home_firmware', 'off');
  await expect(panel.tile('update.home_firmware')).toContainText('Up to date');
});

const ZOO = { ids: ['zoo'], name: 'Zoo' };

function announce(component: string, id: string, config: Record<string, unknown>) {
  const whole = { dev: ZOO, uniq_id: `zoo_${id}`, stat_t: `zoo/${id}`, cmd_t: `zoo/${id}/set`, ...config };
  devices.publish(`homeassistant/${component}/zoo/${id}/config`, JSON.stringify(whole));
}

test('date, time and a point in time', async () => {
  announce('date', 'date', { name: 'Day' });
  announce('time', 'time', { name: 'Hour' });
  announce('datetime', 'datetime', { name: 'Moment' });
  for (const id of ['date', 'time', 'datetime']) await devices.obey(`zoo/${id}/set`, `zoo/${id}`);
  const set = async (id: string, value: string) => {
    const dialog = await panel.details(id);
    await dialog.locator('input').fill(value);
    await dialog.getByRole('button', { name: 'Set' }).click();
  };
  await set('date.zoo_day', '2026-11-24');
  await panel.confirmed('date.zoo_day', '2026-11-24');
  await set('time.zoo_hour', '07:30');
  await panel.confirmed('time.zoo_hour', '07:30:00');
  await set('datetime.zoo_moment', '2026-11-24T07:30');
  await expect
    .poll(async () => Date.parse((await panel.hub.state('datetime.zoo_moment')).state))
    .toBe(new Date('2026-11-24T07:30').getTime());
});

test('slats tilt', async () => {
  announce('cover', 'slats', { name: 'Slats', tilt_cmd_t: 'zoo/tilt/set', tilt_status_t: 'zoo/tilt' });
  await devices.obey('zoo/tilt/set', 'zoo/tilt');
  devices.publish('zoo/slats', 'open');
  devices.publish('zoo/tilt', '20');
  const dialog = await panel.details('cover.zoo_slats');
  await dialog.getByRole('slider', { name: 'Tilt' }).fill('60');
  await panel.confirmedAttribute('cover.zoo_slats', 'current_tilt_position', 60);
});

test('an alarm with a code: the pad, a wrong code and the right one', async () => {
  announce('alarm_control_panel', 'guard', { name: 'Guard', code: '1234' });
  await devices.obey('zoo/guard/set', 'zoo/guard', (word) => (word === 'DISARM' ? 'disarmed' : 'armed_away'));
  devices.publish('zoo/guard', 'armed_away');
  const id = 'alarm_control_panel.zoo_guard';
  const dialog = await panel.details(id);
  const disarm = dialog.getByRole('button', { name: 'Disarm' });
  await expect(disarm).toBeDisabled();
  for (const key of ['9', '9']) await dialog.getByRole('button', { name: key, exact: true }).click();
  await disarm.click();
  await expect(dialog.locator('.notice')).toBeVisible();
  await panel.confirmed(id, 'armed_away');
  for (const key of ['1', '2', '3', '4']) await dialog.getByRole('button', { name: key, exact: true }).click();
  await disarm.click();
  await panel.confirmed(id, 'disarmed');
});

test('a device that stays silent: the card goes back and says so', async () => {
  announce('switch', 'mute', { name: 'Mute' });
  devices.publish('zoo/mute', 'OFF');
  await panel.visit('home');
  const tile = panel.tile('switch.zoo_mute');
  await tile.getByRole('switch').click();
  await expect(tile.locator('.notice')).toContainText('did not confirm');
  await expect(tile).toHaveAttribute('data-state', 'off');
});

test('plots: a curve with a readout for pointer and keys, ranges, and a band of states', async () => {
  announce('sensor', 'wind', { name: 'Wind', cmd_t: undefined, unit_of_meas: 'm/s' });
  const seen = async (value: string) => {
    devices.publish('zoo/wind', value);
    await panel.confirmed('sensor.zoo_wind', value);
  };
  await seen('2');
  const dialog = await panel.details('sensor.zoo_wind');
  await dialog.getByRole('button', { name: '1 h', exact: true }).click();
  for (const value of ['9', '4']) {
    await seen(value);
    await expect(dialog.locator('.tile-words .name')).toContainText(value);
  }
  const curve = dialog.getByRole('img', { name: /lowest 2.*highest 9.*last 4/ });
  await expect(curve).toBeVisible();
  const readout = dialog.locator('.plot-readout');
  await expect(readout).toHaveText(/2\s*m\/s – 9\s*m\/s/);
  const box = await curve.boundingBox();
  if (!box) throw new Error('the curve is not drawn');
  // All of it lies at the right end, where now is.
  await panel.page.mouse.move(box.x + box.width - 13, box.y + box.height / 2);
  await expect(readout).toHaveText(/^[294]\s*m\/s · .*\d\d:\d\d$/);
  await panel.page.mouse.move(0, 0);
  await curve.focus();
  await panel.page.keyboard.press('ArrowLeft');
  await expect(readout).toHaveText(/^9\s*m\/s · /);
  await panel.page.keyboard.press('ArrowLeft');
  await expect(readout).toHaveText(/^2\s*m\/s · /);
  await dialog.getByRole('button', { name: '7 d', exact: true }).click();
  await expect(dialog.getByRole('button', { name: '7 d', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await panel.shot('desktop-curve');

  const band = (await panel.details('switch.speaker')).locator('.band');
  await expect(band).toBeVisible();
  await expect(band.locator('.on')).not.toHaveCount(0);
});

test('nothing was complained about', () => {
  expect(panel.complaints).toEqual([]);
});
