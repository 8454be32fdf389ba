import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync, type Zippable } from 'fflate';

/** A folder's files by their paths, `/` between the parts. */
export type FolderFiles = ReadonlyMap<string, Uint8Array>;

/** The format's first day: the same files always give the same archive. */
const EPOCH = new Date(1980, 0, 1);

export function readFolder(folder: string): FolderFiles {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    paths
      .map((path): [string, Uint8Array] => [
        path.slice(folder.length + 1).replaceAll('\\', '/'),
        readFileSync(path),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Paths that one folder has and the other has not, or with other bytes. */
export function differing(one: FolderFiles, other: FolderFiles): string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths]
    .filter((path) => {
      const [a, b] = [one.get(path), other.get(path)];
      return a === undefined || b === undefined || Buffer.compare(a, b) !== 0;
    })
    .sort();
}

/** A ZIP in which everything lies in one folder of this name. */
export function archive(files: FolderFiles, name: string): Uint8Array {
  const entries: Zippable = {};
  for (const [path, bytes] of files) entries[`${name}/${path}`] = bytes;
  return zipSync(entries, { level: 9, mtime: EPOCH });
}

/** Lines that `sha256sum --check` reads. */
export function checksums(files: FolderFiles): string {
  const line = ([path, bytes]: [string, Uint8Array]) =>
    `${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`;
  return [...files].map(line).join('');
}

/**
 * The licences of what the page is made of, as those ask for; of a package without a text its licence's name.
 * @param modules folder of installed packages
 * @throws Error for a package that names none
 */
export function licences(modules: string, packages: readonly string[]): string {
  return packages
    .map((name) => {
      const folder = join(modules, name);
      const { version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      ) as { readonly version: string; readonly license?: string };
      const file = readdirSync(folder).find((path) => /^licen[cs]e/i.test(path));
      if (file === undefined && license === undefined) throw new Error(`${name} has no licence.`);
      const text = file === undefined ? license : readFileSync(join(folder, file), 'utf8').trim();
      return `${name} ${version}\n\n${text ?? ''}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** Packages that a lockfile installs for these, themselves among them: all that a page may hold. */
export function withDependencies(modules: string, packages: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    const path = join(modules, name, 'package.json');
    if (found.has(name) || !existsSync(path)) return;
    found.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const other of Object.keys(dependencies)) add(other);
  };
  packages.forEach(add);
  return [...found].sort();
}
