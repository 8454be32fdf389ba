import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { browserFlags, findBrowser } from '../../scripts/find-browser.ts';
import { startServer, type LocalServer } from '../../scripts/server/local-server.ts';
import { HubServer, type Trouble } from '../support/hub-server.ts';
import { baseFolder, TINY } from '../support/models/tiny-checkpoint.ts';
import { runHeadless } from './run-headless.ts';
import { documentField } from '../support/page/document-field.ts';

/** One domain, one stage: the least that trains a cell. */
const DOCUMENT = readFileSync('experiments/tiny.yaml', 'utf8')
  .replace('[Games, Books]', '[Games]')
  .replace(/ +- \{ name: phase\d,.*\n/g, '')
  .replace(/ +phase\d: .*\n/g, '')
  .replace(/^merges:\n( .*\n)+/m, '')
  .replace(/^model: .*\n/m, '')
  .replace('base: { epochs: 1 }', 'base: { source: import, textTokens: 8 }');

const WEIGHTS = 'model.safetensors';
// Large enough to be cut in the middle of a chunk and to need several packets.
const FOLDER = baseFolder({ ...TINY, vocabSize: 12_000, maxPositions: 128 }, 'BF16');

let folder = '';
let server: LocalServer;
let hub: HubServer;
let endpoint = '';
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-base-'));
  for (const [name, bytes] of FOLDER) writeFileSync(join(folder, name), bytes);
  hub = new HubServer();
  for (const [name, bytes] of FOLDER) hub.files.set(name, Buffer.from(bytes));
  endpoint = await hub.start();
  server = await startServer({ root: await ensureBuilt() });
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('There is no browser.');
  browser = await chromium.launch({ executablePath, args: browserFlags('none') });
});
afterAll(async () => {
  await browser.close();
  await server.close();
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The data view of the document that wants an own language model. */
async function visit(look: (page: Page, complaints: readonly string[]) => Promise<void>) {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.exposeFunction('mmgridViolation', (text: string) => complaints.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (globalThis as { mmgridViolation?: (text: string) => void }).mmgridViolation;
      report?.(`${event.violatedDirective}: ${event.blockedURI}`);
    });
  });
  try {
    await page.goto(`http://localhost:${server.port}/#/data`);
    await says(page, /CPU \(WebAssembly/);
    await (await documentField(page)).fill(DOCUMENT);
    await says(page, /The base comes from a checkpoint; none is given/);
    await look(page, complaints);
  } finally {
    await page.close();
  }
}

function says(page: Page, text: RegExp): Promise<void> {
  return page
    .getByText(text)
    .filter({ visible: true })
    .first()
    .waitFor({ state: 'visible', timeout: 60_000 });
}

describe('an own language model in the page', () => {
  it('is read from its folder, described, and cells are trained from it', async () => {
    await visit(async (page, complaints) => {
      await page.getByLabel('Folder of the checkpoint').setInputFiles(folder);
      await says(page, /11,998 tokens, 12,000 rows/);
      await says(page, /BF16, \d/);
      await says(page, /Valid: \d+ jobs/);
      await page.getByRole('link', { name: 'Grid', exact: true }).click();
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByText(/Finished in/).waitFor({ state: 'visible', timeout: 240_000 });
      await page.getByRole('link', { name: 'Results' }).click();
      await says(page, /^\s*Games\/pretrain/);
      expect(complaints).toEqual([]);
    });
  });

  it('is refused with the tensor that is in the way', async () => {
    await visit(async (page) => {
      const config = (FOLDER.get('config.json') ?? new Uint8Array()).slice();
      const json = new TextDecoder()
        .decode(config)
        .replace(/"num_hidden_layers":2/, '"num_hidden_layers":3');
      await page.getByLabel('Files of the checkpoint').setInputFiles([
        { name: 'config.json', mimeType: 'application/json', buffer: Buffer.from(json) },
        ...[...FOLDER]
          .filter(([name]) => name !== 'config.json')
          .map(([name, bytes]) => ({
            name,
            mimeType: 'application/octet-stream',
            buffer: Buffer.from(bytes),
          })),
      ]);
      await says(page, /tensors do not fit the model of config\.json/);
      await says(page, /model\.layers\.2\..* is missing/);
    });
  });

  it('comes from a hub: refusals are told, an interrupted download continues', async () => {
    await visit(async (page, complaints) => {
      const ask = async (name: string) => {
        await page.getByLabel('Model', { exact: true }).fill(name);
        await page.getByRole('button', { name: 'Download' }).click();
      };
      await page.getByText('Or download one from the Hugging Face Hub').click();
      await page.getByLabel('Server (optional)').fill(endpoint);
      await ask('org/none');
      await says(page, /The server has no model org\/none at main/);
      hub.troubles.set('', [{ kind: 'status', status: 401 }]);
      await ask('org/tiny');
      await says(page, /The server refuses model org\/tiny at main \(401\)/);
      await says(page, /gated or private/);
      const half = (hub.files.get(WEIGHTS)?.length ?? 0) / 2;
      // Whole chunks are kept and this is less than one: it starts over (ranges: open-hub-model.test).
      const cut: Trouble = { kind: 'cut', after: Math.floor(half) };
      hub.troubles.set(WEIGHTS, [cut]);
      await ask('org/tiny');
      await says(page, /org\/tiny@aaaaaaa/);
      await says(page, /11,998 tokens, 12,000 rows/);
      await says(page, /Valid: \d+ jobs/);
      expect(hub.ranges(WEIGHTS)).toHaveLength(2);
      expect(complaints).toEqual([]);
      // Another visit finds the files in the browser's storage.
      await page.getByRole('button', { name: 'Take another one' }).click();
      await says(page, /Kept in this browser/);
      await ask('org/tiny');
      await says(page, /11,998 tokens, 12,000 rows/);
      expect(hub.ranges(WEIGHTS)).toHaveLength(2);
    });
  });
});

describe('an own language model without the page', () => {
  it('is downloaded from a hub into the out folder, and cells are trained from it', async () => {
    const path = join(folder, 'hub.yaml');
    writeFileSync(path, DOCUMENT);
    const out = join(folder, 'out');
    const run = (name: string) =>
      runHeadless([
        path,
        ...['--base', `hub:${name}`, '--hub-endpoint', endpoint],
        ...['--out', out, '--executor', 'cpu'],
      ]);
    const refused = await run('org/none');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/The server has no model org\/none at main.*not-found/);
    const ended = await run('org/tiny');
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/Has org\/tiny@aaaaaaa/);
    expect(ended.stdout).toMatch(/Games\/pretrain/);
  });
});
