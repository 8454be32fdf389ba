import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import type { BenchMessage, BenchTask } from '../bench/bench-messages.ts';
import type { BenchResult } from '../bench/suite.ts';
import { ensureBuilt } from './build.ts';
import { ensureBrowser } from './ensure-browser.ts';
import { browserFlags } from './find-browser.ts';
import { startServer } from './local-server.ts';
import { PROJECT_ROOT, projectVersion } from './project.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    executors: { type: 'string', default: 'webgpu,cpu' },
    only: { type: 'string', default: '' },
  },
});
const task: BenchTask = {
  rounds: Number(values.rounds),
  executors: values.executors.split(',').filter((name) => name === 'webgpu' || name === 'cpu'),
  filter: values.only,
};
if (!(Number.isInteger(task.rounds) && task.rounds > 0) || task.executors.length === 0) {
  console.error('npm run bench -- [--rounds 5] [--executors webgpu,cpu] [--only SUITE]');
  process.exit(2);
}

const results: BenchResult[] = [];
const executablePath = ensureBrowser();
if (executablePath === null) process.exit(1);
const root = await ensureBuilt('bench');
const server = await startServer({ root, task });
const browser = await chromium.launch({ executablePath, args: browserFlags('any') });
let isGood = false;
try {
  isGood = await measure();
} finally {
  await browser.close();
  await server.close();
}
if (results.length > 0) save();
else console.error(`Nothing was measured: no suite is named like "${task.filter}".`);
process.exitCode = isGood && results.length > 0 ? 0 : 1;

async function measure(): Promise<boolean> {
  const page = await browser.newPage();
  const ended = new Promise<boolean>((resolve) => {
    const listen = (message: BenchMessage): void => {
      if (message.type === 'note') console.log(message.text);
      else if (message.type === 'results') results.push(...message.results);
      else if (message.type === 'failed') console.error(message.message);
      if (message.type === 'ended' || message.type === 'failed') resolve(message.type === 'ended');
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
  return ended;
}

function save(): void {
  for (const adapter of new Set(results.map((result) => result.adapter))) {
    const own = results.filter((result) => result.adapter === adapter);
    console.log(`\n${adapter}`);
    for (const { case: name, unit, median, min, max, spread } of own) {
      const numbers = [median, min, max].map((value) => value.toPrecision(4).padStart(10));
      console.log(
        `  ${name.padEnd(44)} ${numbers[0] ?? ''} ${unit.padEnd(9)} min ${numbers[1] ?? ''}  max ${numbers[2] ?? ''}  spread ${(spread * 100).toFixed(0)} %`,
      );
    }
    const date = new Date().toISOString();
    const slug = adapter
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
    const folder = join(PROJECT_ROOT, 'bench', 'results');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${date.slice(0, 10)}-${slug}.json`);
    const machine = { processors: cpus().length, processor: cpus()[0]?.model ?? '' };
    const record = {
      schema: 'mmgrid-bench/1',
      date,
      version: projectVersion(),
      browser: browser.version(),
      adapter,
      machine,
      rounds: task.rounds,
      results: own,
    };
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
    console.log(`  saved in ${path}`);
  }
}
