import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright';
import type { HeadlessBridge } from '../../workers/headless/headless-messages.ts';
import type { LocalServer } from '../server/local-server.ts';
import { browserFlags, type AdapterFlag } from '../find-browser.ts';

/**
 * The page's origin does not depend on the port the server got: stored cells belong to an origin, and
 * the next run must find them. Browsers treat every `*.localhost` as a secure context.
 */
const HOST = 'mmgrid.localhost';

export interface BrowserRunOptions<Message> {
  /** Of the built page: `headless.html`. */
  readonly page: string;
  readonly executablePath: string;
  readonly adapter: AdapterFlag;
  /** Folder of the browser profile, in which IndexedDB lives. */
  readonly profileDir: string;
  readonly server: Pick<LocalServer, 'port' | 'path'>;
  readonly onMessage: (message: Message) => void;
  /** The page or browser died, or the page's own code threw. */
  readonly onDeath: (reason: string) => void;
}

export interface BrowserRun {
  /** Asks the run to stop at its next safe point. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the headless page in a browser without a window and forwards its messages. */
export async function openHeadlessPage<Message>(
  options: BrowserRunOptions<Message>,
): Promise<BrowserRun> {
  mkdirSync(options.profileDir, { recursive: true });
  const context = await chromium.launchPersistentContext(options.profileDir, {
    executablePath: options.executablePath,
    headless: true,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      ...browserFlags(options.adapter),
      `--host-resolver-rules=MAP ${HOST}:80 127.0.0.1:${options.server.port}`,
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  let isClosing = false;
  const die = (reason: string): void => {
    if (!isClosing) options.onDeath(reason);
  };
  watch(context, page, die);
  await page.exposeFunction('mmgridTell', options.onMessage);
  await page.goto(`http://${HOST}${options.server.path}${options.page}`);
  return {
    stop: () => page.evaluate(() => (globalThis as HeadlessBridge).mmgridStop?.()),
    close: async () => {
      isClosing = true;
      await context.close();
    },
  };
}

function watch(context: BrowserContext, page: Page, die: (reason: string) => void): void {
  context.on('close', () => {
    die('The browser ended.');
  });
  page.on('crash', () => {
    die('The page crashed (often: out of memory).');
  });
  page.on('pageerror', (error) => {
    die(error.message);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`browser: ${message.text()}`);
  });
}

/** Where a run's browser profile lies, inside its out folder. */
export function profileFolder(outDir: string): string {
  return join(outDir, '.store');
}
