import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { Hub, type State } from './hub';

export const PASSWORD = 'correct horse battery';
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const PAGES = ['home', 'talk', 'timers', 'lists', 'rooms', 'health', 'logs', 'settings', 'more'] as const;

const OUT = 'out';
mkdirSync(OUT, { recursive: true });

/** The panel in a browser that is logged in. */
export class Panel {
  /** Errors of the console, violations of the content security policy among them. */
  readonly complaints: string[] = [];

  private constructor(
    readonly hub: Hub,
    readonly page: Page,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** Logs in as somebody does for the first time: by the printed link, and chooses a password. */
  static async open(browser: Browser, hub: Hub, options: BrowserContextOptions = {}): Promise<Panel> {
    const page = await browser.newPage({ baseURL: hub.url, viewport: DESKTOP, ...options });
    const panel = new Panel(hub, page);
    await page.goto(hub.loginLink);
    await page.locator('input[autocomplete=new-password]').fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await expect(page.locator('.panel')).toBeVisible();
    return panel;
  }

  /** A hub of its own with the demo home, and the panel of it with every device there. */
  static async demo(browser: Browser, options: BrowserContextOptions = {}): Promise<Panel> {
    const panel = await Panel.open(browser, await Hub.start(), options);
    await expect(panel.tile('light.kitchen_light')).toBeVisible();
    return panel;
  }

  /** Closes the browser's page and ends the hub. */
  async close(): Promise<void> {
    await this.page.context().close();
    await this.hub.stop();
  }

  /** A page of the panel, ready: the home has come. */
  async visit(path: string): Promise<void> {
    await this.page.goto(path === 'home' ? '/' : `/${path}`);
    await expect(this.page.locator('main').locator('h1, .empty')).toBeVisible();
  }

  async go(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
  }

  tile(id: string): Locator {
    return this.page.locator(`.tile[data-entity="${id}"]`);
  }

  /** The details of an entity, opened over its address. */
  async details(id: string): Promise<Locator> {
    await this.page.goto(`/entity/${id.replace('.', '/')}`);
    const dialog = this.page.getByRole('dialog');
    await expect(dialog.locator(`[data-details="${id}"]`)).toBeVisible();
    return dialog;
  }

  async say(text: string): Promise<Locator> {
    await this.page.locator('input[name=sentence]').fill(text);
    await this.page.keyboard.press('Enter');
    // The history may still be on its way: the turn is told by its words.
    const turn = this.page.locator('.turn', { hasText: text }).last();
    await expect(turn.locator('.turn-foot')).toBeVisible();
    return turn;
  }

  /** Waits until the device itself has told the hub that it is so. */
  async confirmed(id: string, state: string | RegExp): Promise<void> {
    await expect.poll(async () => (await this.hub.state(id)).state).toMatch(whole(state));
  }

  async confirmedAttribute(id: string, name: string, value: unknown): Promise<void> {
    const told = async () => ((await this.hub.state(id)) satisfies State).attributes[name];
    await expect.poll(told).toEqual(value);
  }

  shot(name: string): Promise<Buffer> {
    return this.page.screenshot({ path: `${OUT}/${name}.png` });
  }
}

function whole(state: string | RegExp): RegExp {
  return typeof state === 'string' ? new RegExp(`^${state.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : state;
}
