// A walk through the panel with the keyboard alone: no click, no focus that a key did not move.
import { expect, type Page, test } from '@playwright/test';
import { Hub } from './hub';
import { Panel } from './panel';

let hub: Hub;
let panel: Panel;
let page: Page;

test.beforeAll(async ({ browser }) => {
  hub = await Hub.start();
  panel = await Panel.open(browser, hub);
  page = panel.page;
  await expect(panel.tile('light.kitchen_light')).toBeVisible();
});

test.afterAll(async () => {
  await page?.context().close();
  await hub?.stop();
});

/** What has the focus, by its label or text. */
const focused = () =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return element?.getAttribute('aria-label') ?? element?.innerText ?? '';
  });

/** Goes on with a key until something has the focus. */
async function walk(key: string, to: string | RegExp, most = 150): Promise<void> {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(key);
    const at = await focused();
    if (typeof to === 'string' ? at === to : to.test(at)) return;
  }
  throw new Error(`${key} did not lead to ${to}; the last was ${await focused()}`);
}

test('the first Tab skips the navigation', async () => {
  await panel.visit('home');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('All');
});

test('what has the focus is seen', async () => {
  await walk('Tab', 'Switch Kitchen Light');
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
  expect(ring).toBe('solid');
});

test('a light is switched and dimmed', async () => {
  await page.keyboard.press('Space');
  await panel.confirmed('light.kitchen_light', 'on');
  await walk('Tab', 'Brightness');
  await page.keyboard.press('Home');
  for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
  await panel.confirmedAttribute('light.kitchen_light', 'brightness', 77);
});

test('a question is refused with Escape and answered with Enter', async () => {
  await walk('Tab', 'Unlock');
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog', { name: 'Unlock Front Door Lock?' });
  await expect(question).toBeVisible();
  expect(await focused()).toBe('Cancel');
  await page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  // The focus is back where the question came from.
  expect(await focused()).toBe('Unlock');
  await page.keyboard.press('Enter');
  await walk('Tab', 'Unlock', 5);
  await page.keyboard.press('Enter');
  await panel.confirmed('lock.front_door_lock', 'unlocked');
});

test('details open, keep the focus inside, and close', async () => {
  await walk('Shift+Tab', /^Living Room Light/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Living Room Light' });
  await expect(dialog).toBeVisible();
  await walk('Tab', /^Colour wheel/, 12);
  const before = await hub.state('light.living_room_light');
  await page.keyboard.press('ArrowUp');
  await expect
    .poll(async () => (await hub.state('light.living_room_light')).attributes.hs_color)
    .not.toEqual(before.attributes.hs_color);
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    // The browser's own bar lies between the last and the first.
    const inside = await page.evaluate(() => {
      const at = document.activeElement;
      return at === document.body || at?.closest('dialog') !== null;
    });
    expect(inside).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('a sentence is said', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('turn off the kitchen light');
  await page.keyboard.press('Enter');
  await panel.confirmed('light.kitchen_light', 'off');
  await expect(page.locator('.turn', { hasText: 'turn off the kitchen light' }).locator('.turn-foot')).toBeVisible();
  await walk('Shift+Tab', 'Why?', 5);
  await page.keyboard.press('Enter');
  await expect(page.locator('.step.came_back')).toContainText('Confirmed after');
});

test('a page is chosen, and an item is put on a list and ticked', async () => {
  await panel.visit('home');
  await walk('Tab', 'Lists', 12);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/lists$/);
  await walk('Tab', 'Add an item');
  await page.keyboard.type('bread');
  await page.keyboard.press('Enter');
  const item = page.locator('.item', { hasText: 'bread' });
  await expect(item).toBeVisible();
  await walk('Tab', /^$/, 4);
  await page.keyboard.press('Space');
  await expect(item).toHaveClass(/done/);
});
