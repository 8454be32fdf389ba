import { pathToFileURL } from 'node:url';
import { bundleProgram } from './bench/bundle-program.ts';

/**
 * Runs the demo on the CPU and writes what comes with the page: what its start shows
 * (`src/lab/pack/demo-pack.json`) and the trained grid (`demo-models.bin`), `npm run pack`. To be run
 * again when the engine's version or the demo changes; a test of the demo compares both. Not a part of
 * `npm test`.
 */
await import(pathToFileURL(await bundleProgram('scripts/pack/main.ts', 'pack')).href);
