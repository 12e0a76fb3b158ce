// Every page as people see it: widths, themes, languages; checked for accessibility and kept as pictures.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@playwright/test';
import { DESKTOP, PAGES, Panel, PHONE } from './panel';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let panel: Panel;

test.beforeAll(async ({ browser }) => {
  // axe is put into the page, which the panel's own content security policy rightly refuses.
  panel = await Panel.demo(browser, { bypassCSP: true });
  await panel.say('turn on the kitchen light');
});

test.afterAll(() => panel?.close());

const LIGHT = 'entity/light/bedroom_light';
const WITH_DIALOGS = [...PAGES, LIGHT, 'entity/climate/air_conditioner', 'entity/sensor/office_air_temperature'];

async function look(language: 'en' | 'zh-CN', theme: 'light' | 'dark') {
  await panel.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await panel.page.evaluate((value) => localStorage.setItem('homeclaw.language', value), language);
}

for (const theme of ['light', 'dark'] as const) {
  test(`nothing for axe to complain about, ${theme}`, async () => {
    await panel.page.setViewportSize(DESKTOP);
    await look('en', theme);
    for (const path of WITH_DIALOGS) {
      await panel.visit(path);
      await panel.page.evaluate(axe);
      const found = await panel.page.evaluate(async () => {
        interface Violation {
          id: string;
          nodes: { html: string; failureSummary?: string }[];
        }
        const runner = (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe;
        const { violations } = await runner.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
      });
      expect.soft(found, path).toEqual([]);
    }
  });
}

test('pictures of every page at both widths; nothing is wider than a small phone', async () => {
  for (const [size, viewport, language, theme] of [
    ['desktop', DESKTOP, 'en', 'light'],
    ['phone', PHONE, 'zh-CN', 'dark'],
    ['small', { width: 340, height: 700 }, 'en', 'light'],
  ] as const) {
    await panel.page.setViewportSize(viewport);
    await look(language, theme);
    for (const path of [...PAGES, LIGHT]) {
      await panel.visit(path);
      const wider = await panel.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect.soft(wider, `${path} at ${viewport.width}`).toBeLessThanOrEqual(0);
      if (size !== 'small') await panel.shot(`${size}-${path.replaceAll('/', '-')}`);
    }
  }
});

test('a thumb hits everything: 44 pixels, spacing counted', async () => {
  await panel.page.setViewportSize(PHONE);
  await look('en', 'light');
  for (const path of WITH_DIALOGS) {
    await panel.visit(path);
    const small = await panel.page.evaluate(() => {
      const found: string[] = [];
      const all = document.querySelectorAll<HTMLElement>('button, select, input:not(.visually-hidden), a[href]');
      for (const element of all) {
        const box = element.getBoundingClientRect();
        if (box.width === 0 || !element.checkVisibility({ visibilityProperty: true })) continue;
        // What is drawn small has its target drawn around it; words within a text are as high as their line.
        const around = getComputedStyle(element, '::after');
        const more = around.position === 'absolute' ? -2 * Number.parseFloat(around.top) || 0 : 0;
        const inText = element.matches('.link, .skip, .tick input') || element.closest('dl, p');
        if (!inText && Math.round(box.height + more) < 44) found.push(`${element.outerHTML.slice(0, 90)} ${box.height}`);
      }
      return found;
    });
    expect.soft(small, path).toEqual([]);
  }
});

test('Chinese: no page shows English words or a bare key', async () => {
  await panel.page.setViewportSize(DESKTOP);
  await look('zh-CN', 'light');
  // What the home itself is called, what the hub logs, and words that are the same in both languages.
  const home = await panel.page.evaluate(async () => {
    const answer = await fetch('/api/v1/home');
    const told = (await answer.json()) as Record<string, { name?: string; manufacturer?: string; model?: string }[]>;
    const things = ['areas', 'floors', 'devices', 'entities', 'lists'].flatMap((table) => told[table] ?? []);
    return things.flatMap((thing) => [thing.name, thing.manufacturer, thing.model]).filter(Boolean) as string[];
  });
  const known = new Set(
    [...home, 'Homeclaw MQTT API OpenAPI English kWh ppm Radio']
      .flatMap((name) => name.toLowerCase().match(/[a-z]{3,}/g) ?? []),
  );
  for (const path of WITH_DIALOGS) {
    await panel.visit(path);
    const text = await panel.page.evaluate(() => {
      for (const gone of document.querySelectorAll('.log-lines, code, .turn, dl, .entity-id, option')) gone.remove();
      const labels = [...document.querySelectorAll('[aria-label], [placeholder], [title]')].flatMap((element) =>
        ['aria-label', 'placeholder', 'title'].map((name) => element.getAttribute(name) ?? ''),
      );
      return `${document.body.innerText}\n${labels.join('\n')}`;
    });
    expect.soft(text.match(/\b[a-z]+\.[a-z_]{3,}\b/g) ?? [], `keys on ${path}`).toEqual([]);
    const english = (text.match(/[A-Za-z]{3,}/g) ?? []).filter((word) => !known.has(word.toLowerCase()));
    expect.soft([...new Set(english)], `English on ${path}`).toEqual([]);
  }
  await look('en', 'light');
});
