import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildBenchBundle } from '../bench-bundle.ts';
import { relaxedSimdFlags } from '../test/relaxed-simd.ts';

/**
 * Measures in Node, in a process that does nothing else, with the WebAssembly of the browsers.
 * @param results folder of the records
 * @returns the exit code
 */
export async function nodeBench(words: readonly string[], results: string): Promise<number> {
  mkdirSync(results, { recursive: true });
  const bundle = await buildBenchBundle();
  const here = words.map((word, at) => (words[at - 1] === '--out' ? resolve(word) : word));
  const given = here.map((word) =>
    word.replace(/^--out=(.*)$/, (_, path: string) => `--out=${resolve(path)}`),
  );
  const { status } = spawnSync(process.execPath, [...relaxedSimdFlags(), bundle, ...given], {
    cwd: results,
    stdio: 'inherit',
  });
  return status ?? 1;
}
