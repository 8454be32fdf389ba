import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * JavaScript, because a command that has its bundle must not wait for what reads TypeScript, which
 * takes longer to start than the whole command.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where bundles lie, each in a folder named by its program and the hash of what it was made from. */
export const BUNDLES = join(ROOT, '.cache', 'headless');
/** In a bundle's folder: paths of its sources, from the project's folder. */
export const INPUTS = 'inputs.json';

/**
 * SHA-256 of files, names and contents. Not of times: a checkout changes those.
 * @param {readonly string[]} files
 */
export function inputsHash(files) {
  const hash = createHash('sha256').update(ROOT);
  for (const file of [...files].sort()) {
    const path = join(ROOT, file);
    const content = existsSync(path) ? readFileSync(path) : null;
    hash.update(`${file}\0${content === null ? 'gone' : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The folder of a bundle whose sources are those that it was made from; null where there is none.
 * @param {string} program
 * @param {string} folder of bundles
 */
export function freshBundle(program, folder = BUNDLES) {
  if (!existsSync(folder)) return null;
  const made = readdirSync(folder)
    .filter((name) => name.startsWith(`${program}-`))
    .map((name) => ({ name, path: join(folder, name, INPUTS) }))
    .filter(({ path }) => existsSync(path))
    .map((one) => ({ ...one, at: statSync(one.path).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name, path } of made) {
    /** @type {string[]} */
    const files = JSON.parse(readFileSync(path, 'utf8'));
    if (name === `${program}-${inputsHash(files)}`) return join(folder, name);
  }
  return null;
}
