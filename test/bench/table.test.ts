import { expect, it } from 'vitest';
import { RESULT_SCHEMA, type BenchRecord, type BenchResult } from '../../bench/result.ts';
import { parseRecord, withTable } from '../../bench/table.ts';

const RESULT: BenchResult = {
  suite: 'matmul',
  case: 'matmul 256',
  size: 'nano',
  engine: 'webgpu',
  group: 'webgpu',
  isPeer: false,
  adapter: 'Some GPU',
  isIsolated: true,
  unit: 'GFLOP/s',
  status: 'ok',
  reason: '',
  timing: { median: 1234.5, min: 0.12345, max: 2000, spread: 0.1, rounds: [1], repeats: 3 },
  setupMs: 100,
  firstMs: 150,
  counts: { dispatches: 60, passes: 1, submits: 1, bindGroups: 0, buffers: 0 },
  bytes: 2 ** 21,
  fasterThan: { 'jax-js webgpu': 2.5 },
};

const RECORD: BenchRecord = {
  schema: RESULT_SCHEMA,
  date: '2026-11-22T01:02:03.000Z',
  version: '0.1.0',
  platform: 'Chromium 156',
  packages: { '@jax-js/jax': '0.1.25' },
  machine: { processors: 2, processor: 'A processor' },
  rounds: 5,
  results: [RESULT],
};

const PAGE = 'before\n<!-- bench:table -->\nold\n<!-- /bench:table -->\nafter\n';

it('puts a result between the markers and leaves the rest', () => {
  const page = withTable(PAGE, RECORD, 'file.json');
  expect(page).toMatch(/^before\n<!-- bench:table -->\n\n2026-11-22, Chromium 156; /);
  expect(page).toMatch(/<!-- \/bench:table -->\nafter\n$/);
  expect(page).not.toContain('old');
  expect(page).toContain('@jax-js/jax 0.1.25');
  expect(page).toContain(
    '| matmul 256 | webgpu | 1,235 GFLOP/s | 0.123…2,000 | 2.50 × jax-js webgpu | 0.25 s | 60 / 1 | 2.0 MiB |',
  );
});

it('can be written again over itself', () => {
  const once = withTable(PAGE, RECORD, 'file.json');
  expect(withTable(once, RECORD, 'file.json')).toBe(once);
});

it('shows a failure without a number, its bars kept inside the cell', () => {
  const failed: BenchResult = { ...RESULT, status: 'failed', reason: 'a | b', timing: null };
  const page = withTable(PAGE, { ...RECORD, results: [failed] }, 'file.json');
  expect(page).toContain('| matmul 256 | webgpu | failed: a \\| b |  |  |  |  |  |');
});

it('says that a CPU figure comes from a page without isolation', () => {
  const lone: BenchResult = { ...RESULT, engine: 'wasm', group: 'cpu', isIsolated: false };
  expect(withTable(PAGE, { ...RECORD, results: [lone] }, 'f')).toContain('| wasm, not isolated |');
});

it('refuses a page without markers and a file of another schema', () => {
  expect(() => withTable('nothing', RECORD, 'f')).toThrowError('the page needs');
  expect(() => parseRecord('{"schema":"mmgrid-bench/1"}')).toThrowError('not mmgrid-bench/2');
  expect(parseRecord(JSON.stringify(RECORD))).toEqual(RECORD);
});
