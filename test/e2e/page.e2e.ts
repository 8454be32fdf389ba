import { readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { browserFlags, findBrowser, type AdapterFlag } from '../../scripts/find-browser.ts';
import { readFolder } from '../../scripts/release/release-files.ts';
import { startServer, type LocalServer } from '../../scripts/server/local-server.ts';
import { pageFaults } from '../support/built-page.ts';
import { documentField } from '../support/page/document-field.ts';

let server: LocalServer;
const browsers = new Map<AdapterFlag, Browser>();

beforeAll(async () => {
  server = await startServer({ root: await ensureBuilt() });
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('There is no browser.');
  for (const adapter of ['software', 'none'] as const) {
    const args = browserFlags(adapter);
    browsers.set(adapter, await chromium.launch({ executablePath, args }));
  }
});
afterAll(async () => {
  await Promise.all([...browsers.values()].map((browser) => browser.close()));
  await server.close();
});

/** What a browser tells of something that moved. */
interface Shift {
  readonly value: number;
}

interface Visit {
  readonly page: Page;
  /** Everything the browser complained about: console errors, exceptions, policy violations. */
  readonly complaints: string[];
  readonly requests: string[];
}

async function visit(adapter: AdapterFlag, hash: string, look: (visit: Visit) => Promise<void>) {
  const page = await browsers.get(adapter)?.newPage();
  if (page === undefined) throw new Error(`No browser was started for "${adapter}".`);
  try {
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.exposeFunction('mmgridViolation', (text: string) => complaints.push(text));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const report = (globalThis as { mmgridViolation?: (text: string) => void }).mmgridViolation;
        report?.(`${event.violatedDirective}: ${event.blockedURI}`);
      });
    });
    await page.goto(`http://localhost:${server.port}/${hash}`);
    await look({ page, complaints, requests });
  } finally {
    await page.close();
  }
}

/** Text of the page including shadow roots, which Playwright's locators see through. */
function says(page: Page, text: RegExp): Promise<void> {
  return page
    .getByText(text)
    .filter({ visible: true })
    .first()
    .waitFor({ state: 'visible', timeout: 30_000 });
}

describe('the built page', () => {
  it('loads under its policy and asks no other host for anything', async () => {
    await visit('software', '', async ({ page, complaints, requests }) => {
      await says(page, /train it here/i);
      await says(page, /CPU \(WebAssembly SIMD.*: no hardware GPU/);
      expect(complaints).toEqual([]);
      const foreign = requests.filter(
        (url) => !/^(data|blob):/.test(url) && new URL(url).hostname !== 'localhost',
      );
      expect(foreign).toEqual([]);
    });
  });

  it('carries the policy in the page itself, for hosts that send no headers', async () => {
    await visit('software', '', async ({ page }) => {
      const policy = page.locator('meta[http-equiv="Content-Security-Policy"]');
      const content = await policy.getAttribute('content');
      expect(content).toContain("default-src 'none'");
      expect(content).toContain("require-trusted-types-for 'script'");
      expect(content).not.toMatch(/'unsafe-eval'|script-src [^;]*'unsafe-inline'/);
    });
  });

  it('makes no code of texts, in any of its files', async () => {
    expect(pageFaults(readFolder(await ensureBuilt()))).toEqual([]);
  });

  it('refuses script injected as text', async () => {
    await visit('software', '', async ({ page }) => {
      const thrown = await page.evaluate(() => {
        const place = document.createElement('div');
        try {
          // The sink itself is under test here: it must throw.
          Reflect.set(place, 'innerHTML', '<b>x</b>');
          return '';
        } catch (error) {
          return String(error);
        }
      });
      expect(thrown).toContain('TrustedHTML');
    });
  });

  it('says why there is no WebGPU, and works on the CPU executor', async () => {
    await visit('none', '', async ({ page, complaints }) => {
      await says(page, /train it here/i);
      await says(page, /CPU \(.*: no hardware GPU/);
      await page.getByText(/CPU \(.*: no hardware GPU/).click();
      await says(page, /WebGPU/);
      expect(complaints).toEqual([]);
    });
  });

  it('computes on the executor that the address asks for, and refuses an unknown one', async () => {
    await visit('software', '?executor=cpu', async ({ page, complaints }) => {
      await says(page, /CPU \(.*: your choice/);
      expect(complaints).toEqual([]);
    });
    await visit('software', '?executor=webgpu', async ({ page, complaints }) => {
      await says(page, /Software GPU/);
      expect(complaints).toEqual([]);
    });
    await visit('software', '?executor=gpu', async ({ page }) => {
      await says(page, /asks for the executor "gpu"/);
      await says(page, /train it here/i);
    });
    await visit('none', '?executor=webgpu', async ({ page }) => {
      await says(page, /Engine not running/);
      await page.getByLabel('Compute on').selectOption('cpu');
      await says(page, /CPU \(.*: your choice/);
    });
  });

  it('shows where a training step spends its time', async () => {
    await visit('software', '#/grid', async ({ page, complaints }) => {
      await (await documentField(page)).fill(readFileSync('experiments/tiny.yaml', 'utf8'));
      await says(page, /Valid: \d+ jobs/);
      await page.locator('mm-machine-menu summary').click();
      await page.getByRole('button', { name: 'Profile one training step' }).click();
      await says(page, /Kernels of one step/);
      await says(page, /adamw/);
      expect(complaints).toEqual([]);
    });
  });

  it.each(['#/start', '#/data', '#/grid', '#/merge', '#/results', '#/no-such-view'])(
    'opens %s without a complaint',
    async (hash) => {
      await visit('software', hash, async ({ page, complaints }) => {
        await page.locator('main').first().waitFor({ state: 'visible' });
        expect(complaints).toEqual([]);
      });
    },
  );

  it('begins with the prebaked picture, which fits a projector and pushes nothing around', async () => {
    await visit('software', 'favicon.ico', async ({ page }) => {
      await page.setViewportSize({ width: 1280, height: 720 });
      await page.addInitScript(() => {
        const shifts: number[] = [];
        Object.assign(globalThis, { mmgridShifts: shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) shifts.push((entry as unknown as Shift).value);
        }).observe({ type: 'layout-shift', buffered: true });
      });
      await page.goto(`http://localhost:${server.port}/`);
      await says(page, /± \d\.\d in Games/);
      await says(page, /CPU \(.*: no hardware GPU/);
      const told = await page.evaluate(() => ({
        height: document.documentElement.scrollHeight,
        shift: (globalThis as { mmgridShifts?: number[] }).mmgridShifts?.reduce((a, b) => a + b, 0),
      }));
      expect(told.height).toBe(720);
      expect(told.shift).toBeLessThanOrEqual(0.02);
      const before = await page.locator('mm-start-customer table').innerText();
      await page.getByRole('slider').focus();
      for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
      await says(page, /10 : 90/);
      expect(await page.locator('mm-start-customer table').innerText()).not.toBe(before);
      await page.getByRole('button', { name: 'Train it here' }).click();
      await says(page, /\d+\/\d+ jobs/);
      expect(new URL(page.url()).hash).toBe('#/grid');
    });
  });

  it('paints the start where no worker comes up', async () => {
    await visit('none', 'favicon.ico', async ({ page }) => {
      await page.addInitScript(() => {
        Reflect.deleteProperty(globalThis, 'Worker');
      });
      await page.goto(`http://localhost:${server.port}/`);
      await says(page, /± \d\.\d in Books/);
      await says(page, /customer\s+took\s+next/);
      await page.getByRole('switch').focus();
      await page.keyboard.press(' ');
      await says(page, /One model keeps [1-8]\d % of Games/);
    });
  });

  it('shows the demo’s trained grid and probes its merges before anything is trained', async () => {
    await visit('software', '#/grid', async ({ page, complaints }) => {
      await says(page, /prebaked · seed 1/);
      await says(page, /prebaked, came with the page/);
      await page.getByRole('link', { name: 'Merge' }).click();
      await says(page, /probe · 24 users of validation/);
      expect(complaints).toEqual([]);
    });
  });

  it('trains, merges and evaluates at the press of a button, and remembers after a reload', async () => {
    await visit('software', '#/grid', async ({ page, complaints }) => {
      await says(page, /run the demo/i);
      await (await documentField(page)).fill(readFileSync('experiments/tiny.yaml', 'utf8'));
      await says(page, /Valid: \d+ jobs/);
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByText(/Finished in/).waitFor({ state: 'visible', timeout: 240_000 });
      await page.getByRole('link', { name: 'Results' }).click();
      for (const name of ['Games/phase2', 'average', 'most popular', 'co-occurrence']) {
        await says(page, new RegExp(`^\\s*${name}`));
      }
      await page.goto(`http://localhost:${server.port}/#/grid`);
      await page.reload();
      // The document, and its results without a click.
      await says(page, /Results of an earlier run/);
      expect(await (await documentField(page)).inputValue()).toContain('name: tiny');
      await page.getByRole('link', { name: 'Results' }).click();
      await says(page, /^\s*Games\/phase2/);
      expect(complaints).toEqual([]);
    });
  });

  it('lists the faults of a bad document with their places, and stays usable', async () => {
    await visit('software', '#/grid', async ({ page }) => {
      await says(page, /run the demo/i);
      const text = readFileSync('experiments/tiny.yaml', 'utf8');
      await (await documentField(page)).fill(text.replace('name: tiny', 'nmae: tiny'));
      await says(page, /nmae/);
      await says(page, /line 3/);
      await (await documentField(page)).fill(text);
      await says(page, /Valid: \d+ jobs/);
    });
  });
});
