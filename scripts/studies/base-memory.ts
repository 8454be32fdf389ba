import { spawnSync } from 'node:child_process';
import { bundleProgram } from '../bench/bundle-program.ts';
import { relaxedSimdFlags } from '../test/relaxed-simd.ts';

/**
 * What opening, storing, extending and embedding with a base takes in time and memory:
 * `node --import tsx scripts/studies/base-memory.ts --base FOLDER [--items 128] [--tokens 16]`, with a folder
 * of your own or one that `bench/base-folder/main.ts` writes. Not a part of `npm test`.
 */
// A process of its own: the memory that bundling takes is not what is measured.
const script = await bundleProgram('bench/base-folder/measure.ts', 'base-memory');
const words = [...relaxedSimdFlags(), script, ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
