import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright';
import type { BenchMessage } from '../../bench/bench-messages.ts';
import { describeResult, type BenchResult } from '../../bench/result.ts';
import { makeRecord, recordPath, saveRecord } from '../../bench/save-record.ts';
import type { BenchTask } from '../../bench/task.ts';
import { ensureBuilt } from '../build.ts';
import { ensureBrowser } from '../ensure-browser.ts';
import { browserFlags } from '../find-browser.ts';
import { PROJECT_ROOT, projectCommit, projectVersion } from '../project.ts';
import { ISOLATION_HEADERS } from '../security-headers.ts';
import { startServer } from '../server/local-server.ts';

const MEASURED = ['@jax-js/jax', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'];

/**
 * Measures in the page of a browser.
 * @param resultsDir folder of the records
 * @returns the exit code
 */
export async function browserBench(
  { task, out }: { readonly task: BenchTask; readonly out: string | null },
  resultsDir: string,
): Promise<number> {
  const executablePath = ensureBrowser();
  if (executablePath === null) return 1;
  const root = await ensureBuilt('bench');
  const browser = await chromium.launch({ executablePath, args: browserFlags('any') });
  const results: BenchResult[] = [];
  let isGood = false;
  try {
    isGood = await visit(browser, root, task, true, results);
    // jax-js uses threads wherever it can: its one-thread figures need a page that cannot.
    const hasCpu = task.executors.some((name) => name !== 'webgpu');
    if (isGood && task.peers && hasCpu) {
      isGood = await visit(
        browser,
        root,
        { ...task, groups: ['cpu'], threads: [1] },
        false,
        results,
      );
    }
  } finally {
    await browser.close();
  }
  if (results.length === 0) return isGood && task.profile ? 0 : 1;
  const record = makeRecord(task, results, {
    date: new Date().toISOString(),
    version: projectVersion(),
    commit: projectCommit(),
    platform: `Chromium ${browser.version()} headless`,
    packages: task.peers ? Object.fromEntries(MEASURED.map((name) => [name, versionOf(name)])) : {},
  });
  const path = out ?? recordPath(resultsDir, task, record);
  saveRecord(path, record);
  console.log(`saved in ${path}`);
  return isGood ? 0 : 1;
}

async function visit(
  browser: Browser,
  root: string,
  task: BenchTask,
  isIsolated: boolean,
  results: BenchResult[],
): Promise<boolean> {
  const server = await startServer({ root, task, headers: isIsolated ? ISOLATION_HEADERS : {} });
  const page = await browser.newPage();
  try {
    const ended = new Promise<boolean>((resolve) => {
      const listen = (message: BenchMessage): void => {
        if (message.type === 'note') console.log(message.text);
        else if (message.type === 'failed') console.error(message.message);
        else if (message.type === 'results') {
          results.push(...message.results);
          for (const result of message.results) console.log(describeResult(result));
        }
        if (message.type === 'ended' || message.type === 'failed') {
          resolve(message.type === 'ended');
        }
      };
      void page.exposeFunction('mmgridTell', listen);
      page.on('crash', () => {
        listen({ type: 'failed', message: 'The page crashed.' });
      });
      page.on('pageerror', (error) => {
        listen({ type: 'failed', message: error.message });
      });
    });
    await page.goto(`http://localhost:${server.port}/bench/bench.html`);
    return await ended;
  } finally {
    await page.close();
    await server.close();
  }
}

function versionOf(name: string): string {
  const text = readFileSync(join(PROJECT_ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
