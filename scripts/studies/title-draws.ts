import { pathToFileURL } from 'node:url';
import { bundleProgram } from '../bench/bundle-program.ts';

/**
 * Draws the titles of a stored cell once and grounds them by many rules:
 * `node --import tsx scripts/studies/title-draws.ts --store DIR --model JOB …`, see `bench/title-draws/main.ts`.
 * Not a part of `npm test`.
 */
await import(pathToFileURL(await bundleProgram('bench/title-draws/main.ts', 'title-draws')).href);
