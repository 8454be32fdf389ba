import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  fstatSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';

/*
 * What a merge cannot do without: reads all inputs block by block and writes as much as one of them
 * has, on one thread, synced at the end as a result is. `bare-copy.mjs OUT IN…` prints its seconds.
 */

/** Bytes of one read: what range threads read of an operand at a time. */
const BLOCK_BYTES = 4 * 2 ** 20;

// JavaScript: the loader of TypeScript would take longer than the copy.
const [target = '', ...inputs] = process.argv.slice(2);
const started = performance.now();
const files = inputs.map((path) => openSync(path, 'r'));
const output = openSync(target, 'w');
const size = Math.max(...files.map((file) => fstatSync(file).size));
ftruncateSync(output, size);
const block = new Uint8Array(BLOCK_BYTES);
for (let at = 0; at < size; at += BLOCK_BYTES) {
  let count = 0;
  for (const file of files) count = readSync(file, block, 0, BLOCK_BYTES, at);
  writeSync(output, block, 0, count, at);
}
for (const file of files) closeSync(file);
const synced = performance.now();
fsyncSync(output);
closeSync(output);
const ended = performance.now();
console.log(
  JSON.stringify({ seconds: (ended - started) / 1000, syncSeconds: (ended - synced) / 1000 }),
);
