import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended } from './run-headless.ts';

/** Titles of jobs that a process made itself, in its order. */
export function madeIn({ stdout }: Pick<Ended, 'stdout'>): string[] {
  return (stdout.match(/✓ .*/g) ?? [])
    .filter((line) => !line.endsWith('from the store'))
    .map((line) => line.replace(/^✓ | {2}[\d.]+ s$/g, ''));
}

/** Ids of the finished jobs of a store. */
export function jobsIn(store: string): string[] {
  return readdirSync(join(store, 'jobs')).sort();
}

/** Processes that make a job of a store now. */
export function makersIn(store: string): number[] {
  const claims = join(store, 'claims');
  const finished = jobsIn(store);
  return readdirSync(claims).flatMap((id) => {
    // Between its result and the end of its claim a job is finished.
    if (finished.includes(id)) return [];
    try {
      return [(JSON.parse(readFileSync(join(claims, id), 'utf8')) as { pid: number }).pid];
    } catch {
      // Let go meanwhile.
      return [];
    }
  });
}

/** Jobs of a run, in the order of its plan. */
export function planOf(out: string): { id: string; title: string; inputs: string[] }[] {
  const text = readFileSync(join(out, 'results.json'), 'utf8');
  return (JSON.parse(text) as { jobs: { id: string; title: string; inputs: string[] }[] }).jobs;
}
