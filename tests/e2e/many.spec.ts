// A large home: five hundred entities in sixty rooms.
import { expect, test } from '@playwright/test';
import { Hub } from './hub';
import type { Mqtt } from './mqtt';
import { Panel, PHONE } from './panel';

const ROOMS = 60;
const DEVICES = 250;

let hub: Hub;
let panel: Panel;
let devices: Mqtt;

test.beforeAll(async ({ browser }) => {
  hub = await Hub.start(false);
  devices = await hub.client();
  for (let i = 1; i <= DEVICES; i++) {
    const device = { ids: [`many${i}`], name: `Lamp ${i}`, sa: `Room ${1 + (i % ROOMS)}` };
    const light = { dev: device, uniq_id: `l${i}`, name: null, schema: 'json', brightness: true, stat_t: `many/${i}`, cmd_t: `many/${i}/set` };
    const sensor = { dev: device, uniq_id: `s${i}`, name: 'Power', dev_cla: 'power', unit_of_meas: 'W', stat_t: `many/${i}/power` };
    devices.publish(`homeassistant/light/many/l${i}/config`, JSON.stringify(light));
    devices.publish(`homeassistant/sensor/many/s${i}/config`, JSON.stringify(sensor));
    devices.publish(`many/${i}`, '{"state":"OFF","brightness":100,"color_mode":"brightness"}');
    devices.publish(`many/${i}/power`, String(i));
  }
  await devices.obey('many/250/set', 'many/250', (asked) =>
    JSON.stringify({ brightness: 100, color_mode: 'brightness', ...(JSON.parse(asked) as object) }),
  );
  panel = await Panel.open(browser, hub);
});

test.afterAll(async () => {
  devices?.close();
  await panel?.page.context().close();
  await hub?.stop();
});

test('all of them are there, in their rooms', async () => {
  await expect(panel.page.locator('.tile')).toHaveCount(DEVICES);
  await expect(panel.page.locator('.room')).toHaveCount(ROOMS);
  await expect(panel.page.locator('.reading')).toHaveCount(DEVICES);
});

test('a room is chosen from a list, and its light is switched', async () => {
  const id = 'light.lamp_250';
  await panel.page.getByRole('combobox', { name: 'Show one room' }).selectOption({ label: 'Room 11' });
  await expect(panel.page.locator('.room')).toHaveCount(1);
  await panel.tile(id).getByRole('switch').click();
  await panel.confirmed(id, 'on');
  await expect(panel.tile(id).locator('.notice')).toHaveCount(0);
  await panel.page.getByRole('combobox', { name: 'Show one room' }).selectOption({ label: 'All 60 rooms' });
  await expect(panel.page.locator('.room')).toHaveCount(ROOMS);
});

test('a burst of states ends with the last of each', async () => {
  for (let round = 1; round <= 5; round++) {
    for (let i = 1; i <= DEVICES; i++) devices.publish(`many/${i}/power`, String(round * 1_000 + i));
  }
  const last = panel.page.locator('.reading[data-entity="sensor.lamp_250_power"]');
  await expect(last).toHaveAttribute('data-state', '5250');
  await expect(panel.page.locator('.reading[data-entity="sensor.lamp_1_power"]')).toHaveAttribute('data-state', '5001');
});

test('on a phone nothing runs over, on the page of rooms neither', async () => {
  await panel.page.setViewportSize(PHONE);
  for (const path of ['home', 'rooms']) {
    await panel.visit(path);
    const wider = await panel.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider, path).toBeLessThanOrEqual(0);
    await panel.shot(`phone-many-${path}`);
  }
  await panel.page.getByLabel('Find devices and entities').fill('Lamp 250');
  await expect(panel.page.locator('.device-row')).toHaveCount(1);
});

test('nothing was complained about', () => {
  expect(panel.complaints).toEqual([]);
});
