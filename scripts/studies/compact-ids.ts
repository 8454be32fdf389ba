import { pathToFileURL } from 'node:url';
import { bundleProgram } from '../bench/bundle-program.ts';

/**
 * Trains compact semantic ids on a folder of Amazon data with the CPU executor in Node and prints
 * what they reach on the test: `node --import tsx scripts/studies/compact-ids.ts --data FOLDER …`, see
 * `bench/compact-ids/arguments.ts`. Not a part of `npm test`.
 */
await import(pathToFileURL(await bundleProgram('bench/compact-ids/main.ts', 'compact-ids')).href);
