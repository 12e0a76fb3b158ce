import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page, test } from '@playwright/test';
import { Hub } from './hub';

const PASSWORD = 'correct horse battery';
const OUT = 'out';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

test.describe.configure({ mode: 'serial' });

let hub: Hub;
let page: Page;
/** Errors of the console, violations of the content security policy among them. */
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  hub = await Hub.start();
  page = await browser.newPage({ baseURL: hub.url });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
});

test.afterAll(async () => {
  await page?.close();
  await hub?.stop();
});

const tile = (name: string) =>
  page.locator('.tile', { has: page.locator('.name').getByText(name, { exact: true }) });

async function say(text: string) {
  await page.locator('input[name=sentence]').fill(text);
  await page.keyboard.press('Enter');
  // The history may still be on its way: the turn is told by its words.
  const turn = page.locator('.turn', { hasText: text }).last();
  await expect(turn.locator('.turn-foot')).toBeVisible();
  return turn;
}

async function go(name: string) {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
}

test('the printed link logs in once, and a password is chosen', async () => {
  await page.goto(hub.loginLink);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.room').first()).toBeVisible();
  expect(page.url()).not.toContain('#');
});

test('the demo home appears by itself', async () => {
  await expect(page.getByRole('heading', { name: 'Kitchen', exact: true })).toBeVisible();
  await expect(tile('Kitchen Light')).toBeVisible();
  expect(await page.locator('.card').count()).toBeGreaterThan(20);
});

test('a card switches a light, and the device confirms', async () => {
  await tile('Kitchen Light').getByRole('switch').click();
  await expect(tile('Kitchen Light')).toHaveAttribute('data-state', 'on');
  await expect(tile('Kitchen Light')).toHaveAttribute('aria-busy', 'false');
  await expect(tile('Kitchen Light').locator('.notice')).toHaveCount(0);
});

test('a sentence switches it off; the trace tells how', async () => {
  const turn = await say('turn off the kitchen light');
  await expect(tile('Kitchen Light')).toHaveAttribute('data-state', 'off');
  await turn.getByRole('button', { name: 'Why?' }).click();
  await expect(turn.locator('.step.matched')).toContainText('HassTurnOff');
  await expect(turn.locator('.step.published code').first()).not.toBeEmpty();
  await expect(turn.locator('.step.came_back')).toContainText('Confirmed after');
  await page.screenshot({ path: `${OUT}/desktop-trace.png` });
});

test('timers count down, pause and go', async () => {
  await go('Timers');
  await page.getByLabel('Name (optional)').fill('pizza');
  await page.getByRole('button', { name: '10 min' }).click();
  const timer = page.getByRole('article', { name: 'pizza' });
  await expect(timer.getByRole('timer')).toHaveText(/^9:\d\d$/);
  await timer.getByRole('button', { name: 'Pause' }).click();
  await expect(timer).toContainText('Paused');
  await timer.getByRole('button', { name: '+1 min' }).click();
  await expect(timer.getByRole('timer')).toHaveText(/^10:\d\d$/);
  await timer.getByRole('button', { name: 'Cancel' }).click();
  await expect(timer).toHaveCount(0);
});

test('the shopping list takes, ticks and clears', async () => {
  await go('Lists');
  await page.getByLabel('Add an item').fill('milk');
  await page.keyboard.press('Enter');
  const item = page.locator('.item', { hasText: 'milk' });
  await item.locator('.tick').click();
  await expect(item).toHaveClass(/done/);
  await page.getByRole('button', { name: 'Take off what is done' }).click();
  await expect(item).toHaveCount(0);
});

test('a new name and room hold for sentences at once', async () => {
  await go('Rooms');
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Studio');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: '1 entities' }).first().waitFor();
  await page.getByLabel('Room: Kitchen Light', { exact: true }).selectOption({ label: 'Studio' });
  await page.getByLabel('Find devices and entities').fill('Kitchen Light');
  await page.locator('.device-row').first().getByRole('button', { name: /entities/ }).click();
  await page.locator('[data-entity-row^="light."] .line').first().click();
  await page.getByLabel('Name', { exact: true }).fill('Drafting lamp');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('dialog')).toHaveCount(0);
  await say('turn on the drafting lamp');
  await go('Home');
  await expect(tile('Drafting lamp')).toHaveAttribute('data-state', 'on');
  await expect(page.locator('.room', { hasText: 'Studio' }).locator('.tile')).not.toHaveCount(0);
});

test('a sensor has a history with ranges', async () => {
  await page.locator('.reading[data-entity^="sensor."]').first().click();
  await expect(page.locator('.plot-readout, .plot .quiet').first()).toBeVisible();
  await page.getByRole('button', { name: '1 h', exact: true }).click();
  await expect(page.getByRole('button', { name: '1 h', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Escape');
  await expect(page.locator('dialog')).toHaveCount(0);
});

test('logs come live', async () => {
  await go('Logs');
  await expect(page.locator('.log').first()).toBeVisible();
});

test('a reload keeps the session', async () => {
  await page.goto('/');
  await page.reload();
  await expect(page.locator('.room').first()).toBeVisible();
});

test('the keyboard alone reaches and switches', async () => {
  await page.keyboard.press('/');
  await expect(page.locator('input[name=sentence]')).toBeFocused();
  await page.locator('input[name=sentence]').blur();
  const light = tile('Drafting lamp').getByRole('switch');
  await light.focus();
  await page.keyboard.press('Space');
  await expect(tile('Drafting lamp')).toHaveAttribute('data-state', 'off');
});

test('Chinese: the panel and a sentence', async () => {
  await go('Settings');
  await page.getByRole('button', { name: '简体中文' }).click();
  await expect(page.getByRole('heading', { name: '设置' })).toBeVisible();
  await page.goto('/');
  await say('打开Drafting lamp');
  await expect(page.locator('[data-entity^="light."][data-state="on"]').first()).toBeVisible();
  await page.screenshot({ path: `${OUT}/desktop-zh.png` });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/');
  await expect(page.locator('.room').first()).toBeVisible();
  await page.screenshot({ path: `${OUT}/phone-zh-dark.png` });
});

test('nothing is wider than a small phone', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of ['/', '/timers', '/lists', '/rooms', '/health', '/logs', '/settings', '/talk', '/more']) {
    await page.goto(path);
    await expect(page.locator('main')).toBeVisible();
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider, path).toBeLessThanOrEqual(0);
  }
});

test('axe finds nothing serious', async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const path of ['/', '/timers', '/lists', '/rooms', '/settings']) {
    await page.goto(path);
    await expect(page.locator('main')).toBeVisible();
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      // biome-ignore lint/suspicious/noExplicitAny: axe puts itself on the window
      const { violations } = await (window as any).axe.run();
      return violations
        .filter((one: { impact: string }) => ['serious', 'critical'].includes(one.impact))
        .map((one: { id: string; nodes: { html: string }[] }) => `${one.id}: ${one.nodes[0]?.html}`);
    });
    expect(found, path).toEqual([]);
  }
});

test('no errors on the console', () => {
  expect(complaints).toEqual([]);
});
