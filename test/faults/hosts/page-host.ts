import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { ensureBuilt } from '../../../scripts/build.ts';
import { browserFlags, findBrowser, type AdapterFlag } from '../../../scripts/find-browser.ts';
import { startServer, type LocalServer } from '../../../scripts/server/local-server.ts';
import type { Invariants } from '../fault-row.ts';
import { ProbeSite, type ProbePage } from './probe-page.ts';
import { STACK } from './node-host.ts';
import { storedFaults } from './page-storage.ts';
import { shownText } from './shown-text.ts';

export interface VisitOptions {
  /** After the address of the page: `?executor=cpu#/grid`. */
  readonly where?: string;
  readonly adapter?: AdapterFlag;
  /** Further flags, of a browser of its own. */
  readonly flags?: readonly string[];
  /** Runs in the page before its code. */
  readonly inPage?: string;
  /** The same in its lab worker, before anything of it is asked for. */
  readonly inWorker?: string;
  /** The lab worker's text as the page gets it. */
  readonly worker?: (text: string) => string | null;
  /** Of another visit, to share its storage. */
  readonly context?: BrowserContext;
}

/** One page of the built app. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly browser: Browser;
  /** What nobody caught, page and workers; a row takes out what it put in. */
  readonly thrown: string[];
}

/** Ends what hangs; a second is the goal, and nothing is asserted of the clock. */
const PATIENCE_MS = 120_000;

const VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('Uncaught violation ' + event.violatedDirective + ': ' + event.blockedURI);
});`;

/** Chromium as a host: the page as it is built, in browsers that this program starts. */
export class PageHost {
  readonly name = 'page';
  readonly server: LocalServer;
  private readonly executablePath: string;
  private readonly browsers = new Map<string, Promise<Browser>>();
  private visits: Visit[] = [];
  private site: Promise<ProbeSite> | null = null;
  private probePage: ProbePage | null = null;
  /** Whether the row that runs has used it. */
  private isProbeUsed = false;
  private golden: string | null = null;

  private constructor(server: LocalServer, executablePath: string) {
    this.server = server;
    this.executablePath = executablePath;
  }

  /** @throws Error where there is no browser */
  static async open(): Promise<PageHost> {
    const executablePath = findBrowser();
    if (executablePath === null) throw new Error('There is no browser.');
    return new PageHost(await startServer({ root: await ensureBuilt() }), executablePath);
  }

  get url(): string {
    return `http://localhost:${String(this.server.port)}/`;
  }

  /** A browser of these flags; all visits with the same share one. */
  browser(adapter: AdapterFlag = 'software', flags: readonly string[] = []): Promise<Browser> {
    const key = [adapter, ...flags].join(' ');
    const found = this.browsers.get(key);
    if (found !== undefined) return found;
    const args = [...browserFlags(adapter), ...flags];
    const launched = chromium.launch({ executablePath: this.executablePath, args });
    this.browsers.set(key, launched);
    // One that was killed is not used again.
    void launched.then((browser) => {
      browser.on('disconnected', () => this.browsers.delete(key));
    });
    return launched;
  }

  /** What the browser calls the GPU that the rows ran on. */
  async adapter(): Promise<string> {
    const page = await (await this.browser()).newPage();
    try {
      await page.goto(this.url);
      return await page.evaluate(async () => {
        const adapter = await navigator.gpu.requestAdapter();
        return adapter === null ? 'no GPU' : adapter.info.architecture || adapter.info.vendor;
      });
    } finally {
      await page.close();
    }
  }

  /** Opens the page; a fresh profile unless a context is given. It is closed when the row is over. */
  async visit(options: VisitOptions = {}): Promise<Visit> {
    const browser =
      options.context?.browser() ?? (await this.browser(options.adapter, options.flags));
    const context = options.context ?? (await browser.newContext());
    const page = await context.newPage();
    const visit: Visit = { page, context, browser, thrown: [] };
    this.visits.push(visit);
    page.on('pageerror', ({ message }) => visit.thrown.push(message));
    page.on('console', (message) => {
      // Workers say so themselves when a rejection had nobody.
      if (message.type() === 'error' && /^(lab worker:|Uncaught)/.test(message.text())) {
        visit.thrown.push(message.text());
      }
    });
    await page.addInitScript(VIOLATIONS);
    if (options.inPage !== undefined) await page.addInitScript(options.inPage);
    const { inWorker, worker = (text) => `${inWorker ?? ''}\n${text}` } = options;
    if (inWorker !== undefined || options.worker !== undefined) await changeWorker(page, worker);
    await page.goto(this.url + (options.where ?? ''));
    return visit;
  }

  /** Where the pages with the product's kernels and store are. */
  probeSite(): Promise<ProbeSite> {
    return (this.site ??= ProbeSite.open());
  }

  /** Such a page, which stays open: its device keeps what it has compiled. */
  async probe(): Promise<ProbePage> {
    this.isProbeUsed = true;
    if (this.probePage === null || this.probePage.page.isClosed()) {
      this.probePage = await (await this.probeSite()).page(await this.browser());
      this.golden = null;
    }
    this.golden ??= (await this.probePage.call('golden')).bits;
    return this.probePage;
  }

  before(): Promise<void> {
    this.visits = [];
    this.isProbeUsed = false;
    return Promise.resolve();
  }

  async after(): Promise<Invariants> {
    const open = this.visits.filter(({ page }) => !page.isClosed());
    const faults = {
      usable: [] as string[],
      message: [] as string[],
      stored: null as string[] | null,
      stray: this.visits.flatMap(({ thrown }) => thrown),
      memory: [] as string[],
    };
    for (const { page } of open) {
      faults.usable.push(...(await usableFaults(page)));
      faults.message.push(...(await messageFaults(page)));
      const stored = await storedFaults(page);
      if (stored !== null) faults.stored = [...(faults.stored ?? []), ...stored];
      faults.memory.push(...(await memoryFaults(page)));
    }
    const probe = this.isProbeUsed ? await this.afterProbe() : null;
    faults.stray.push(...(probe?.stray ?? []));
    faults.message.push(...(probe?.odd ?? []));
    if (probe !== null && probe.liveBytes > 0)
      faults.memory.push(`${String(probe.liveBytes)} bytes`);
    for (const { context } of this.visits) await context.close().catch(() => undefined);
    this.visits = [];
    const ofPages = (texts: readonly string[]) => (open.length === 0 ? null : texts.join('; '));
    const of = (texts: readonly string[]) => (probe === null ? ofPages(texts) : texts.join('; '));
    return {
      usable: ofPages(faults.usable),
      'one message': of(faults.message),
      'checkpoints verify': faults.stored?.join('; ') ?? null,
      'no stray error': faults.stray.join('; '),
      'no memory left': of(faults.memory),
      // Rows that run a document compare all of its weights with an undisturbed run.
      'same bits':
        probe === null ? null : probe.bits === this.golden ? '' : 'another hash than before',
    };
  }

  private async afterProbe() {
    const page = await this.probe();
    return { ...(await page.call('golden')), stray: page.thrown.splice(0) };
  }

  async close(): Promise<void> {
    const browsers = await Promise.allSettled(this.browsers.values());
    for (const launched of browsers) {
      if (launched.status === 'fulfilled') await launched.value.close().catch(() => undefined);
    }
    await (await this.site)?.close();
    await this.server.close();
  }
}

/**
 * Changes the lab worker on its way from the server, where null is a script that is not there: the product's
 * build knows nothing of it. What a worker imports runs before what is put in front of it, but asks for
 * nothing until the page does.
 */
async function changeWorker(page: Page, change: (text: string) => string | null): Promise<void> {
  await page.route(/\/lab\.worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    const body = change(await response.text());
    await (body === null ? route.fulfill({ status: 404 }) : route.fulfill({ response, body }));
  });
}

/** The page draws a frame, and a click is heard: whatever else happens, this must. */
async function usableFaults(page: Page): Promise<string[]> {
  try {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    await page.locator('nav a[href="#/data"]').first().dispatchEvent('click');
    await page.locator('mm-data-view').waitFor({ timeout: PATIENCE_MS });
    return [];
  } catch (error) {
    return [`the page does not answer: ${String(error).split('\n')[0] ?? ''}`];
  }
}

async function messageFaults(page: Page): Promise<string[]> {
  const banners = await page.locator('mm-problem .banner').allInnerTexts();
  const text = await shownText(page);
  return [
    ...(banners.length > 1 ? [`${String(banners.length)} messages: ${banners.join(' | ')}`] : []),
    ...(STACK.test(text) ? ['a raw stack'] : []),
  ];
}

/** What the status bar says is still on the machine when nothing runs; nothing where it says nothing. */
async function memoryFaults(page: Page): Promise<string[]> {
  const isBusy = await page.getByRole('button', { name: 'Stop', exact: true }).isVisible();
  if (isBusy) return ['it still runs'];
  const texts = await page.locator('mm-status-bar .memory').allInnerTexts();
  return texts.filter((text) => text !== '' && !/\b0 B\b/.test(text.split('peak')[0] ?? ''));
}
