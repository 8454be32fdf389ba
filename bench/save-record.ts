import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { RESULT_SCHEMA, type BenchRecord, type BenchResult } from './result.ts';
import type { BenchTask } from './task.ts';

export interface RecordFacts {
  readonly date: string;
  readonly version: string;
  readonly commit: string;
  readonly platform: string;
  readonly packages: Readonly<Record<string, string>>;
}

export function makeRecord(
  task: BenchTask,
  results: readonly BenchResult[],
  facts: RecordFacts,
): BenchRecord {
  const machine = { processors: cpus().length, processor: cpus()[0]?.model ?? '' };
  return { schema: RESULT_SCHEMA, ...facts, machine, rounds: task.rounds, results };
}

/** `<date>-<adapter>[-<suite>][-node].json` in a folder. */
export function recordPath(folder: string, task: BenchTask, record: BenchRecord): string {
  const adapter = record.results[0]?.adapter ?? 'nothing';
  const host = record.platform.startsWith('Node') ? 'node' : '';
  const parts = [adapter, task.filter, task.peers ? 'peers' : '', host];
  const words = parts.filter((word) => word !== '');
  const slug = words
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return join(folder, `${record.date.slice(0, 10)}-${slug}.json`);
}

export function saveRecord(path: string, record: BenchRecord): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
}
