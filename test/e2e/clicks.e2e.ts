import { readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { browserFlags, findBrowser } from '../../scripts/find-browser.ts';
import { startServer, type LocalServer } from '../../scripts/server/local-server.ts';
import { documentField } from '../support/page/document-field.ts';

const TIMEOUT = { timeout: 240_000 };
let server: LocalServer;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

/** A discriminative experiment from the document to the figures, in the built page. */
beforeAll(async () => {
  server = await startServer({ root: await ensureBuilt() });
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('There is no browser.');
  browser = await chromium.launch({ executablePath, args: browserFlags('software') });
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`http://localhost:${server.port}/#/grid`);
  await (await documentField(page)).fill(readFileSync('experiments/gpsd-tiny.yaml', 'utf8'));
  await page.getByText(/Valid: \d+ jobs/).waitFor(TIMEOUT);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
}, 300_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

describe('click models in the page', () => {
  it('draw the overfitting picture while they train', async () => {
    await page.getByText('Solid: test, dashed: train.').waitFor(TIMEOUT);
    expect(await page.locator('mm-learning-curves path.line').count()).toBeGreaterThan(1);
    await page.getByRole('button', { name: 'Run again' }).waitFor(TIMEOUT);
    const strategies = await page.locator('mm-learning-curves tbody tr th').allTextContents();
    expect(strategies.map((text) => text.trim())).toEqual([
      ...['NT', 'FT', 'FT&SF', 'ST&SF', 'DIN NT', 'DIN ST&SF'],
    ]);
    expect(complaints).toEqual([]);
  }, 300_000);

  it('have AUC in the grid, and say what they froze', async () => {
    const cell = page.locator('td[data-domain="Games"][data-stage="FT&SF"]');
    expect(await cell.textContent()).toMatch(/\d+\.\d\d\s+± \d/);
    await cell.click();
    const inspector = page.locator('mm-grid-view mm-inspector');
    await inspector.getByText('everything transferred, sparse part frozen').waitFor();
    await inspector.getByText(/[\d,]+, not trained/).waitFor();
  });

  it('show the same curves as an analysis, and metrics by their names', async () => {
    await page.goto(`http://localhost:${server.port}/#/analysis`);
    await page.getByText('Overfitting: train and test over epochs').waitFor();
    await page.goto(`http://localhost:${server.port}/#/results`);
    await page.getByRole('columnheader', { name: 'log loss' }).waitFor();
    expect(await page.getByRole('columnheader').allTextContents()).not.toContain('auc@0');
    expect(complaints).toEqual([]);
  });
});
