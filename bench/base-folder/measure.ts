import { mkdtempSync, openAsBlob, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { RandomStream } from '../../src/core/rng.ts';
import { blobSource } from '../../src/io/byte-source.ts';
import { importBase } from '../../src/lab/checkpoints/imported-base.ts';
import { extendVocabulary } from '../../src/nn/transformer/extend-vocabulary.ts';
import { parameterLayout } from '../../src/nn/transformer/layout.ts';
import { createModelEmbedder } from '../../src/rec/text/text-embedding.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';

/** What a run does with a base before it trains, in one process; each step with what it took. */
const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    items: { type: 'string', default: '128' },
    tokens: { type: 'string', default: '16' },
  },
});
if (values.base === undefined) throw new Error('--base FOLDER [--items 128] [--tokens 16]');
const base = values.base;
const items = Number(values.items);
const tokens = Number(values.tokens);

let last = { wall: performance.now(), cpu: process.cpuUsage().user };
function told(what: string): number {
  const now = { wall: performance.now(), cpu: process.cpuUsage().user };
  const cpu = (now.cpu - last.cpu) / 1e6;
  const wall = (now.wall - last.wall) / 1000;
  last = now;
  const peak = /VmHWM:\s+(\d+)/.exec(readStatus())?.[1] ?? '';
  const text = peak === '' ? '' : `, peak so far ${(Number(peak) / 1e6).toFixed(2)} GB`;
  console.log(`${what}: ${wall.toFixed(1)} s, ${cpu.toFixed(1)} s of user time${text}`);
  return cpu;
}

function readStatus(): string {
  return process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
}

const names = readdirSync(base);
const files = await Promise.all(
  names.map(async (name) => blobSource(name, await openAsBlob(join(base, name)))),
);
const { model, parameters } = await importBase(files);
told('opened');
const folder = mkdtempSync(join(tmpdir(), 'mmgrid-base-'));
try {
  const store = new CheckpointStore(openFileStore(folder));
  const { config } = model;
  const common = { name: 'base', config: {}, createdAt: new Date(0).toISOString(), meta: {} };
  await store.put('base', { ...common, layout: parameterLayout(config) }, parameters);
  told('stored');
  const stored = await store.open('base');
  if (stored === null) throw new Error('The base is not in the store.');
  const rows = { usedRows: config.vocabSize, vocabSize: config.vocabSize + 3 * 256 };
  const extended = await extendVocabulary(config, stored.arena, rows, 1);
  await store.put('extended', { ...common, layout: extended.layout }, extended.arena);
  told(`extended by ${String(3 * 256)} rows and stored`);
  const executor = await createWasmExecutor();
  const embedder = await createModelEmbedder(executor, {
    config: { ...config, maxPositions: 64 },
    parameters: stored.arena,
    maxTokens: tokens,
    encode: (text) => {
      const random = new RandomStream(1, text);
      return Array.from({ length: tokens }, () => random.nextInt(config.vocabSize));
    },
  });
  told('loaded');
  await embedder.embed(Array.from({ length: items }, (_, item) => `item ${String(item)}`));
  const cpu = told(`embedded ${String(items)} items of ${String(tokens)} tokens, one thread`);
  console.log(`${((items * tokens) / cpu).toFixed(0)} tokens a second of user time`);
  embedder.destroy();
  executor.destroy();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
