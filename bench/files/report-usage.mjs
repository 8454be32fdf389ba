/**
 * Loaded before a program that is measured: writes what the operating system says the process used,
 * all its threads together, into the file named by MMGRID_USAGE when it ends. JavaScript, because
 * it is loaded before anything that reads TypeScript.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const target = process.env.MMGRID_USAGE;
if (isMainThread && target !== undefined) {
  process.on('exit', () => {
    writeFileSync(target, JSON.stringify(process.resourceUsage()));
  });
}
