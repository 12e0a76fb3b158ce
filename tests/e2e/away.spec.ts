// The hub goes away and comes back; and the panel as an installed app.
import { expect, test } from '@playwright/test';
import { Panel } from './panel';

let panel: Panel;

test.beforeAll(async ({ browser }) => {
  panel = await Panel.demo(browser);
});

test.afterAll(() => panel?.close());

test('the panel can be installed', async () => {
  const link = await panel.page.locator('link[rel=manifest]').getAttribute('href');
  const answer = await panel.page.request.get(link ?? '');
  expect(answer.headers()['content-type']).toContain('application/manifest+json');
  const manifest = (await answer.json()) as {
    start_url: string;
    display: string;
    icons: { src: string; sizes: string; type: string; purpose: string }[];
  };
  expect(manifest).toMatchObject({ start_url: '/', display: 'standalone' });
  for (const icon of manifest.icons) {
    const size = await panel.page.evaluate(async ({ src }) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, icon);
    if (icon.sizes !== 'any') expect(size, icon.src).toBe(icon.sizes);
  }
  expect(manifest.icons.map((icon) => icon.purpose)).toContain('maskable');
});

test('what was kept for when the hub is away is never shown while it is there', async () => {
  await panel.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  // As if an older panel had been kept.
  await panel.page.evaluate(async () => {
    for (const name of await caches.keys()) {
      await (await caches.open(name)).put('/', new Response('<h1>old</h1>', { headers: { 'content-type': 'text/html' } }));
    }
  });
  await panel.page.reload();
  await expect(panel.tile('light.kitchen_light')).toBeVisible();
  expect(await panel.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  // A new version replaces what was kept as a whole.
  await panel.page.evaluate(async () => {
    await caches.open('homeclaw-0000000000000000');
    const registration = await navigator.serviceWorker.ready;
    await registration.unregister();
  });
  await panel.page.reload();
  await expect
    .poll(() => panel.page.evaluate(() => caches.keys()))
    .not.toContain('homeclaw-0000000000000000');
  await expect.poll(() => panel.page.evaluate(async () => (await caches.match('/'))?.text())).toContain('id="panel"');
});

test('the hub is killed: the panel says so, and shows what is right when it is back', async () => {
  await panel.visit('home');
  await panel.tile('light.kitchen_light').getByRole('switch').click();
  await panel.confirmed('light.kitchen_light', 'on');
  await panel.page.locator('input[name=sentence]').fill('half a sentence');
  await panel.hub.kill();
  await expect(panel.page.locator('.banner')).toContainText('The hub is away');
  await panel.tile('light.floor_lamp').getByRole('switch').click();
  await expect(panel.tile('light.floor_lamp').locator('.notice')).toContainText('cannot be reached');
  await expect(panel.tile('light.floor_lamp')).toHaveAttribute('data-state', 'off');
  await panel.shot('desktop-away');
  await panel.hub.again();
  await panel.page.getByRole('button', { name: 'Try now' }).click();
  await expect(panel.page.locator('.banner')).toHaveCount(0);
  await expect(panel.page.locator('input[name=sentence]')).toHaveValue('half a sentence');
  // The devices started anew with the hub: whatever it says of them now is what is shown.
  for (const id of ['light.kitchen_light', 'light.floor_lamp', 'lock.front_door_lock', 'cover.garage_door']) {
    const shown = async () => {
      const [told, drawn] = [await panel.hub.state(id), await panel.tile(id).getAttribute('data-state')];
      return drawn === (told.available ? told.state : 'unavailable');
    };
    await expect.poll(shown, id).toBe(true);
  }
  await panel.tile('light.kitchen_light').getByRole('switch').click();
  await expect(panel.tile('light.kitchen_light').locator('.notice')).toHaveCount(0);
});

test('opened while the hub is away, the app says so and comes up with it', async () => {
  await panel.hub.kill();
  await panel.page.reload();
  await expect(panel.page.getByText('The hub does not answer')).toBeVisible();
  await panel.hub.again();
  await expect(panel.tile('light.kitchen_light')).toBeVisible({ timeout: 20_000 });
});
