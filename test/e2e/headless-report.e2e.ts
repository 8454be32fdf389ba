import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserFlags, findBrowser } from '../../scripts/find-browser.ts';
import { runHeadless } from './run-headless.ts';

let folder = '';
let out = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-e2e-'));
  out = join(folder, 'tiny');
  expect(await runHeadless(['experiments/tiny.yaml', '--out', out])).toMatchObject({ code: 0 });
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a headless run', () => {
  it('writes a report that opens offline and asks for nothing', async () => {
    const executablePath = findBrowser();
    if (executablePath === null) throw new Error('There is no browser.');
    const browser = await chromium.launch({ executablePath, args: browserFlags('none') });
    try {
      const context = await browser.newContext({ offline: true });
      const page = await context.newPage();
      const requests: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => errors.push(message.text()));
      const url = pathToFileURL(join(out, 'report.html')).href;
      await page.goto(url);
      expect(await page.locator('svg').count()).toBeGreaterThan(2);
      expect(await page.locator('tr.baseline').count()).toBeGreaterThan(0);
      expect(requests).toEqual([url]);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
