import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readScale } from './shape.ts';
import { writeBaseFolder } from './write-base-folder.ts';

const USAGE =
  'node --import tsx bench/base-folder/main.ts --out FOLDER [--scale 1|2|4|8|16] [--seed 1]';

process.exitCode = main();

function main(): number {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string' },
        scale: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
      },
    });
    if (values.out === undefined) throw new Error('Missing: --out.');
    const folder = resolve(values.out);
    if (existsSync(folder)) throw new Error(`${folder} exists already.`);
    const seed = Number(values.seed);
    if (!Number.isInteger(seed)) throw new Error(`--seed is a whole number, not "${values.seed}".`);
    let bytes = 0;
    writeBaseFolder(folder, readScale(values.scale), seed, (more) => (bytes += more));
    console.log(`${folder}: ${(bytes / 1e9).toFixed(3)} GB of weights`);
    return 0;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
}
