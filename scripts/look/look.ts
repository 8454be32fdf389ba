import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { VIEW_NAMES } from '../../src/ui/state/view-names.ts';
import { ensureBuilt } from '../build.ts';
import { browserFlags, findBrowser } from '../find-browser.ts';
import { formatted } from '../formatted.ts';
import { PROJECT_ROOT } from '../project.ts';
import { startServer } from '../server/local-server.ts';
import { firstView } from './first-view.ts';
import { measureDragging, measureLoad, measureRun, type Measures } from './measure.ts';
import { axeFaults } from './axe-faults.ts';
import { THEMES, WIDTHS } from './settings.ts';

/**
 * Looks at the built page in a real browser as a visitor would: measures the first view, a run and
 * the live lab, then goes through every view in every theme and width, pictures it and asks axe.
 * `npm run look`; pictures and `measures.json` go to `docs/screenshots/`.
 */
const { values } = parseArgs({
  options: { to: { type: 'string', default: join(PROJECT_ROOT, 'docs', 'screenshots') } },
});
process.exitCode = await look(values.to);

async function look(folder: string): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const root = await ensureBuilt();
  const executablePath = findBrowser();
  if (executablePath === null) {
    console.error('There is no browser. CHROME_PATH names one.');
    return 2;
  }
  const server = await startServer({ root, compresses: true });
  const browser = await chromium.launch({ executablePath, args: browserFlags('software') });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    const address = `http://localhost:${String(server.port)}/`;
    const load = await measureLoad(page, address);
    const run = await measureRun(page, address);
    const dragging = await measureDragging(page, address);
    const faults = await pictures(page, address, folder);
    const measures: Measures = {
      date: new Date().toISOString().slice(0, 10),
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
      browser: `Chromium ${browser.version()}`,
      firstViewGzipKB: firstView(root).gzipBytes / 1000,
      load,
      run,
      dragging,
      axe: faults,
    };
    await writeMeasures(join(folder, 'measures.json'), measures);
    console.log(JSON.stringify(measures, null, 2));
    return faults.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
    await server.close();
  }
}

async function pictures(page: Page, address: string, folder: string): Promise<string[]> {
  const faults: string[] = [];
  for (const { width, height } of WIDTHS) {
    await page.setViewportSize({ width, height });
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      for (const view of VIEW_NAMES) {
        await page.goto(`${address}#/${view}`);
        await page.evaluate(() => {
          scrollTo(0, 0);
        });
        // Children render after their parents, canvases after them.
        await page.waitForTimeout(400);
        const name = `${view}-${String(width)}-${theme}`;
        const path = join(folder, `${name}.png`);
        await page.screenshot({ path });
        for (const fault of await axeFaults(page)) faults.push(`${name}: ${fault}`);
      }
    }
  }
  return faults;
}

async function writeMeasures(path: string, measures: Measures): Promise<void> {
  writeFileSync(path, await formatted(path, JSON.stringify(measures)));
}
