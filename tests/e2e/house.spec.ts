// What people do with the hub besides switching: logging in, talking, timers, lists, rooms, logs, settings.
import { expect, test } from '@playwright/test';
import { DESKTOP, PASSWORD, Panel } from './panel';

let panel: Panel;

test.beforeAll(async ({ browser }) => {
  panel = await Panel.demo(browser);
  // A browser without a loudspeaker: what would be heard is counted.
  await panel.page.addInitScript(() => {
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      const heard = document.documentElement.dataset;
      heard.heard = String(Number(heard.heard ?? 0) + 1);
      start.apply(this, when);
    };
  });
});

test.afterAll(() => panel?.close());

test('a link works once; the password logs in, a wrong one does not', async ({ browser }) => {
  const other = await browser.newPage({ baseURL: panel.hub.url, viewport: DESKTOP });
  await other.goto(panel.hub.loginLink);
  await expect(other.getByRole('alert')).toContainText('has been used');
  expect(other.url()).not.toContain('#');
  await other.getByLabel('Password').fill('wrong horse');
  await other.getByRole('button', { name: 'Log in' }).click();
  await expect(other.getByRole('alert')).toHaveText('The password is not right.');
  await other.getByLabel('Password').fill(PASSWORD);
  await other.keyboard.press('Enter');
  await expect(other.locator('.room').first()).toBeVisible();
  await other.goto('/settings');
  await other.getByRole('button', { name: 'Log out' }).click();
  await expect(other.getByRole('heading', { name: 'Welcome home' })).toBeVisible();
  await other.context().close();
});

test('a sentence switches; the trace tells how', async () => {
  await panel.visit('home');
  await panel.say('turn on the kitchen light');
  await panel.confirmed('light.kitchen_light', 'on');
  const turn = await panel.say('turn off the kitchen light');
  await panel.confirmed('light.kitchen_light', 'off');
  await turn.getByRole('button', { name: 'Why?' }).click();
  await expect(turn.locator('.step.heard')).toContainText('turn off the kitchen light');
  await expect(turn.locator('.step.matched')).toContainText('HassTurnOff');
  await expect(turn.locator('.step.published code').first()).toHaveText(/kitchen_light\/set$/);
  await expect(turn.locator('.step.came_back')).toContainText('Confirmed after');
  await panel.shot('desktop-trace');
});

test('what is not understood says so and offers something', async () => {
  const turn = await panel.say('colourless green ideas');
  await expect(turn.locator('.answer.no_match, .answer.error')).toBeVisible();
});

test('a sentence in Chinese is understood, done and answered in Chinese', async () => {
  await panel.visit('settings');
  await panel.page.getByRole('button', { name: '简体中文' }).click();
  await expect(panel.page.getByRole('heading', { name: '设置', exact: true })).toBeVisible();
  const turn = await panel.say('打开Kitchen Light');
  await panel.confirmed('light.kitchen_light', 'on');
  await expect(turn.locator('.answer')).toHaveAttribute('lang', 'zh-CN');
  await expect(turn.locator('.answer')).toHaveText(/\p{Script=Han}/u);
  await turn.getByRole('button', { name: '为什么？' }).click();
  await expect(turn.locator('.step.heard')).toContainText('zh-CN');
  await panel.say('关闭Kitchen Light');
  await panel.confirmed('light.kitchen_light', 'off');
  await panel.page.getByRole('button', { name: 'English' }).click();
});

test('timers count down, pause, grow and go', async () => {
  await panel.go('Timers');
  await panel.page.getByLabel('Name (optional)').fill('pizza');
  await panel.page.getByRole('button', { name: '10 min' }).click();
  const timer = panel.page.getByRole('article', { name: 'pizza' });
  await expect(timer.getByRole('timer')).toHaveText(/^9:\d\d$/);
  await timer.getByRole('button', { name: 'Pause' }).click();
  await expect(timer).toContainText('Paused');
  await timer.getByRole('button', { name: '+1 min' }).click();
  await expect(timer.getByRole('timer')).toHaveText(/^10:\d\d$/);
  await timer.getByRole('button', { name: 'Cancel' }).click();
  await expect(timer).toHaveCount(0);
});

test('a timer that ends is seen on every page and heard, unless the sound is off', async () => {
  const start = async (name: string) => {
    await panel.visit('timers');
    await panel.page.getByLabel('Name (optional)').fill(name);
    await panel.page.getByLabel('Minutes').fill('0');
    await panel.page.getByLabel('Seconds').fill('1');
    await panel.page.getByRole('button', { name: 'Start' }).click();
    await panel.go('Home');
    await expect(panel.page.locator('.banner.ringing')).toContainText(`Timer “${name}” is over`);
  };
  await start('eggs');
  await expect(panel.page).toHaveTitle(/^⏰/);
  await expect(panel.page.locator('html')).toHaveAttribute('data-heard', /^[1-9]/);
  await panel.page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(panel.page.locator('.banner.ringing')).toHaveCount(0);
  await expect(panel.page).toHaveTitle('Homeclaw');
  await panel.visit('timers');
  await panel.page.getByRole('button', { name: 'Sound' }).click();
  await start('tea');
  await expect(panel.page.locator('html')).not.toHaveAttribute('data-heard', /./);
  await panel.page.getByRole('button', { name: 'Dismiss' }).click();
});

test('the shopping list takes, changes, ticks and clears', async () => {
  await panel.go('Lists');
  await panel.page.getByLabel('Add an item').fill('milk');
  await panel.page.keyboard.press('Enter');
  await panel.page.getByRole('button', { name: 'Edit milk' }).click();
  await panel.page.getByLabel('Edit milk').fill('oat milk');
  await panel.page.keyboard.press('Enter');
  const item = panel.page.locator('.item', { hasText: 'oat milk' });
  await item.locator('.tick').click();
  await expect(item).toHaveClass(/done/);
  await panel.page.getByRole('button', { name: 'Take off what is done' }).click();
  await expect(item).toHaveCount(0);
});

test('a second list is made, filled and deleted', async () => {
  await panel.go('Lists');
  await panel.page.getByRole('button', { name: 'New list' }).click();
  await panel.page.getByLabel('Name of the list').fill('Garden');
  await panel.page.keyboard.press('Enter');
  await panel.page.getByRole('region', { name: 'Garden' }).getByLabel('Add an item').fill('mow');
  await panel.page.keyboard.press('Enter');
  await expect(panel.page.getByRole('button', { name: /Garden\s*1/ })).toHaveAttribute('aria-pressed', 'true');
  await panel.page.getByRole('button', { name: 'Delete the list' }).click();
  await panel.page.getByRole('dialog').getByRole('button', { name: 'Delete the list' }).click();
  await expect(panel.page.getByRole('button', { name: /Garden/ })).toHaveCount(0);
});

test('a new name, an alias and a room hold for sentences at once; what is hidden is gone', async () => {
  await panel.go('Rooms');
  await panel.page.getByRole('button', { name: 'New room' }).click();
  await panel.page.getByLabel('Name', { exact: true }).fill('Studio');
  await panel.page.getByRole('button', { name: 'Save' }).click();
  await expect(panel.page.locator('.line', { hasText: 'Studio' })).toContainText('0 devices');
  await panel.page.getByLabel('Room: Desk Lamp', { exact: true }).selectOption({ label: 'Studio' });
  await expect(panel.page.locator('.line', { hasText: 'Studio' })).toContainText('1 device');
  await panel.page.getByLabel('Find devices and entities').fill('Desk Lamp');
  await panel.page.getByRole('button', { name: '1 entity' }).click();
  await panel.page.locator('[data-entity-row="light.desk_lamp"] .line').click();
  await panel.page.getByLabel('Name', { exact: true }).fill('Drafting lamp');
  await panel.page.getByLabel(/^Other names/).fill('the bright one');
  await panel.page.getByRole('button', { name: 'Save' }).click();
  await expect(panel.page.getByRole('dialog')).toHaveCount(0);
  await panel.say('turn on the drafting lamp');
  await panel.confirmed('light.desk_lamp', 'on');
  await panel.say('turn off the bright one');
  await panel.confirmed('light.desk_lamp', 'off');
  await panel.go('Home');
  await expect(panel.page.locator('.room', { hasText: 'Studio' }).locator('.tile')).toHaveCount(1);
  await panel.go('Rooms');
  await panel.page.getByRole('switch', { name: 'Shown and understood: Drafting lamp' }).click();
  await panel.go('Home');
  await expect(panel.tile('light.desk_lamp')).toHaveCount(0);
});

test('logs come live and are filtered', async () => {
  await panel.go('Logs');
  await expect(panel.page.locator('.log').first()).toBeVisible();
  await panel.page.getByLabel('Filter').fill('nothing has this text');
  await expect(panel.page.locator('.log')).toHaveCount(0);
  // A client that comes now is told of in a line that was not there before.
  await panel.page.getByLabel('Filter').fill('client=e2e');
  const client = await panel.hub.client();
  await expect(panel.page.locator('.log').first()).toContainText('connected');
  client.close();
  await panel.page.getByLabel('Filter').fill('');
  await panel.page.getByLabel('Least level').selectOption('error');
  await expect(panel.page.locator('.log:not(.error)')).toHaveCount(0);
  await panel.page.getByLabel('Least level').selectOption('info');
});

test('health tells each part by name', async () => {
  await panel.go('Health');
  await expect(panel.page.getByText('All is well')).toBeVisible();
  await expect(panel.page.getByRole('heading', { name: 'MQTT broker' })).toBeVisible();
});

test('a token is shown once and can be taken back', async () => {
  await panel.go('Settings');
  await panel.page.getByLabel('Name of the program').fill('a script');
  await panel.page.getByRole('button', { name: 'Create a token' }).click();
  const token = await panel.page.locator('.fresh-token code').innerText();
  const ask = () => fetch(`${panel.hub.url}/api/v1/lists`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask()).status).toBe(200);
  await panel.page.getByRole('button', { name: 'Revoke a script' }).click();
  await panel.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(panel.page.getByText('No tokens.')).toBeVisible();
  expect((await ask()).status).toBe(401);
});

test('the theme is chosen and kept', async () => {
  await panel.visit('settings');
  const paper = () => panel.page.evaluate(() => getComputedStyle(document.body).color);
  const before = await paper();
  await panel.page.getByRole('button', { name: 'Dark' }).click();
  await expect.poll(paper).not.toBe(before);
  await panel.page.reload();
  await expect(panel.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await panel.page.getByRole('group', { name: 'Appearance' }).getByRole('button', { name: 'Automatic' }).click();
});

test('details have an address that a reload keeps', async () => {
  await panel.visit('home');
  await panel.tile('light.bedroom_light').getByRole('button', { name: /^Bedroom Light/ }).click();
  await expect(panel.page.getByRole('dialog', { name: 'Bedroom Light' })).toBeVisible();
  await panel.page.reload();
  await expect(panel.page.getByRole('dialog', { name: 'Bedroom Light' })).toBeVisible();
  await panel.page.keyboard.press('Escape');
  await expect(panel.page.getByRole('dialog')).toHaveCount(0);
});

test('nothing was complained about', () => {
  // The wrong password above was another page's; what is left would be this one's fault.
  expect(panel.complaints).toEqual([]);
});
