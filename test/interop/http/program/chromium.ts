/** Debian's Chromium opens the page of examples/http-sign-on/websocket.mjs, with the tickets of its environment. */
import fs from 'node:fs';
import path from 'node:path';
import { browserSetting, inPage, tell, withProfile } from './browser';

/** As far as this program needs it: playwright's own types need those of a browser's page, which nothing here has. */
interface Playwright {
  readonly chromium: {
    launchPersistentContext(
      profile: string,
      options: { readonly executablePath: string; readonly args: readonly string[] },
    ): Promise<BrowserContext>;
  };
}
interface BrowserContext {
  browser(): { version(): string } | null;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Page {
  goto(url: string): Promise<{ status(): number } | null>;
  evaluate(expression: string): Promise<string>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
}
const { chromium } = require('playwright-core') as Playwright;

const { url, screenshot } = browserSetting();

async function visit(profile: string): Promise<void> {
  // On Linux the first run of a profile has no Negotiate until a server has asked for it once.
  const state = { net: { received_http_auth_negotiate_headers: true } };
  fs.writeFileSync(path.join(profile, 'Local State'), JSON.stringify(state));
  // Private contexts have no ambient logon, so the context is a persistent one.
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: ['--auth-server-allowlist=*.corp.test', '--no-sandbox'],
  });
  try {
    const page = await context.newPage();
    const response = await page.goto(url);
    if (response?.status() !== 200) throw new Error(`the page is answered ${response?.status() ?? 'not at all'}`);
    const greeting = await page.evaluate(inPage.greeting);
    const answer = await page.evaluate(inPage.answer);
    await page.screenshot({ path: screenshot });
    await page.goto('about:blank');
    const foreign = await page.evaluate(inPage.foreign(url));
    tell({ browser: `Chromium ${context.browser()?.version() ?? ''}`, greeting, answer, foreign });
  } finally {
    await context.close();
  }
}

void withProfile(visit);
