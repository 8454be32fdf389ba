import { readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { browserFlags, findBrowser } from '../../scripts/find-browser.ts';
import { startServer, type LocalServer } from '../../scripts/server/local-server.ts';
import { documentField } from '../support/page/document-field.ts';

/** Two stages of two domains, no merges: enough to be broken off in the middle. */
const DOCUMENT = readFileSync('experiments/tiny.yaml', 'utf8')
  .replace(/^.*phase2.*\n/gm, '')
  .replace(/^merges:\n(?: .*\n)+/m, '');

let server: LocalServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer({ root: await ensureBuilt() });
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('There is no browser.');
  browser = await chromium.launch({ executablePath, args: browserFlags('software') });
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** SHA-256 of the weights of every stored checkpoint, by its id. */
function storedWeights(page: Page): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const of = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(new Error('The database cannot be read.'));
        };
      });
    const databases = await indexedDB.databases();
    if (databases.every(({ name }) => name !== 'mmgrid-checkpoints')) return {};
    const database = await of(indexedDB.open('mmgrid-checkpoints'));
    const [store = ''] = [...database.objectStoreNames];
    const values = await of<unknown[]>(database.transaction(store).objectStore(store).getAll());
    database.close();
    const manifests = values as { id?: string; chunks?: { sha256: string }[] }[];
    return Object.fromEntries(
      manifests.flatMap(({ id, chunks }) =>
        id === undefined || chunks === undefined
          ? []
          : [[id, chunks.map(({ sha256 }) => sha256).join()]],
      ),
    );
  });
}

/** Runs the document in a browser profile of its own; gives the stored weights. */
async function run(whileRunning: (page: Page) => Promise<void>): Promise<Record<string, string>> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const thrown: string[] = [];
    page.on('pageerror', ({ message }) => thrown.push(message));
    await page.goto(`http://localhost:${server.port}/?executor=webgpu#/grid`);
    await page.getByText(/Software GPU/).waitFor();
    await (await documentField(page)).fill(DOCUMENT);
    await page.getByText(/Valid: \d+ jobs/).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await whileRunning(page);
    await page.getByText(/Finished in/).waitFor({ timeout: 240_000 });
    expect(thrown).toEqual([]);
    return await storedWeights(page);
  } finally {
    await context.close();
  }
}

it('goes on by itself when the GPU process of the browser crashes, to the same bits', async () => {
  const calm = await run(() => Promise.resolve());
  expect(Object.keys(calm).length).toBeGreaterThan(4);
  const broken = await run(async (page) => {
    await expect
      .poll(async () => Object.keys(await storedWeights(page)).length, { timeout: 120_000 })
      .toBeGreaterThan(1);
    const session = await browser.newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess');
    await page.getByText(/A new device was opened/).waitFor({ timeout: 60_000 });
    expect(Object.keys(await storedWeights(page)).length).toBeLessThan(Object.keys(calm).length);
  });
  expect(broken).toEqual(calm);
});
