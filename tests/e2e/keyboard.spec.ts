// A walk through the panel with the keyboard alone: no click, no focus that a key did not move.
import { expect, test } from '@playwright/test';
import { Panel } from './panel';

let panel: Panel;

test.beforeAll(async ({ browser }) => {
  panel = await Panel.demo(browser);
});

test.afterAll(() => panel?.close());

/** What has the focus, by its label or text. */
const focused = () =>
  panel.page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return element?.getAttribute('aria-label') ?? element?.innerText ?? '';
  });

/** Goes on with a key until something has the focus. */
async function walk(key: string, to: string | RegExp, most = 150): Promise<void> {
  for (let i = 0; i < most; i++) {
    await panel.page.keyboard.press(key);
    const at = await focused();
    if (typeof to === 'string' ? at === to : to.test(at)) return;
  }
  throw new Error(`${key} did not lead to ${to}; the last was ${await focused()}`);
}

test('the first Tab skips the navigation', async () => {
  await panel.visit('home');
  await panel.page.keyboard.press('Tab');
  await expect.poll(focused).toBe('Skip to the content');
  await panel.page.keyboard.press('Enter');
  await panel.page.keyboard.press('Tab');
  await expect.poll(focused).toBe('All');
});

test('what has the focus is seen', async () => {
  await walk('Tab', 'Switch Kitchen Light');
  const ring = await panel.page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
  expect(ring).toBe('solid');
});

test('a light is switched and dimmed', async () => {
  await panel.page.keyboard.press('Space');
  await panel.confirmed('light.kitchen_light', 'on');
  await walk('Tab', 'Brightness');
  await panel.page.keyboard.press('Home');
  for (let i = 0; i < 30; i++) await panel.page.keyboard.press('ArrowRight');
  await panel.confirmedAttribute('light.kitchen_light', 'brightness', 77);
});

test('a question is refused with Escape and answered with Enter', async () => {
  await walk('Tab', 'Unlock');
  await panel.page.keyboard.press('Enter');
  const question = panel.page.getByRole('dialog', { name: 'Unlock Front Door Lock?' });
  await expect(question).toBeVisible();
  await expect.poll(focused).toBe('Cancel');
  await panel.page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  // The focus is back where the question came from.
  await expect.poll(focused).toBe('Unlock');
  await panel.page.keyboard.press('Enter');
  await walk('Tab', 'Unlock', 5);
  await panel.page.keyboard.press('Enter');
  await panel.confirmed('lock.front_door_lock', 'unlocked');
});

test('details open, keep the focus inside, and close', async () => {
  await walk('Shift+Tab', /^Living Room Light/);
  await panel.page.keyboard.press('Enter');
  const dialog = panel.page.getByRole('dialog', { name: 'Living Room Light' });
  await expect(dialog).toBeVisible();
  await walk('Tab', /^Colour wheel/, 12);
  const before = await panel.hub.state('light.living_room_light');
  await panel.page.keyboard.press('ArrowUp');
  await expect
    .poll(async () => (await panel.hub.state('light.living_room_light')).attributes.hs_color)
    .not.toEqual(before.attributes.hs_color);
  for (let i = 0; i < 40; i++) {
    await panel.page.keyboard.press('Tab');
    // The browser's own bar lies between the last and the first.
    const inside = await panel.page.evaluate(() => {
      const at = document.activeElement;
      return at === document.body || at?.closest('dialog') !== null;
    });
    expect(inside).toBe(true);
  }
  await panel.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('a sentence is said', async () => {
  await panel.page.keyboard.press('/');
  await panel.page.keyboard.type('turn off the kitchen light');
  await panel.page.keyboard.press('Enter');
  await panel.confirmed('light.kitchen_light', 'off');
  await expect(panel.page.locator('.turn', { hasText: 'turn off the kitchen light' }).locator('.turn-foot')).toBeVisible();
  await walk('Shift+Tab', 'Why?', 5);
  await panel.page.keyboard.press('Enter');
  await expect(panel.page.locator('.step.came_back')).toContainText('Confirmed after');
});

test('a page is chosen, and an item is put on a list and ticked', async () => {
  await panel.visit('home');
  await walk('Tab', 'Lists', 12);
  await panel.page.keyboard.press('Enter');
  await expect(panel.page).toHaveURL(/\/lists$/);
  await walk('Tab', 'Add an item');
  await panel.page.keyboard.type('bread');
  await panel.page.keyboard.press('Enter');
  const item = panel.page.locator('.item', { hasText: 'bread' });
  await expect(item).toBeVisible();
  await walk('Tab', /^$/, 4);
  await panel.page.keyboard.press('Space');
  await expect(item).toHaveClass(/done/);
});
