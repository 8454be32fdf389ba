import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { FuzzInput, FuzzKind, FuzzSeed } from './fuzz-kind.ts';

/** From the project's folder, where npm starts its programs. */
const CORPUS = join(process.cwd(), 'test', 'fuzz', 'corpus');
const FINDINGS = join(process.cwd(), 'test', 'fuzz', 'findings');
export const MOST_CORPUS_BYTES = 200_000;

/** What was found once, as it lies in `findings/<kind>/<name>.json`. */
export interface Reproducer {
  readonly kind: string;
  /** What came of it then. */
  readonly finding: string;
  /** What has to come of it: `accepted`, or the code of the error. */
  readonly now: string;
  readonly seed?: number;
  readonly index?: number;
  /** By name; bytes that are no UTF-8 as `base64:…`. */
  readonly files: Readonly<Record<string, string>>;
}

/** The committed inputs of a kind, by name. */
export function corpusOf(kind: string): readonly FuzzSeed[] {
  const folder = join(CORPUS, kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, input: filesUnder(join(folder, name)) }));
}

/** Writes the sound inputs of a kind anew. */
export async function writeCorpus(kind: FuzzKind): Promise<number> {
  const folder = join(CORPUS, kind.name);
  rmSync(folder, { recursive: true, force: true });
  let written = 0;
  for (const { name, input } of await kind.seeds()) {
    for (const { name: file, bytes } of input) {
      const path = join(folder, name, ...file.split('/'));
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, bytes);
      written += bytes.length;
    }
  }
  return written;
}

function filesUnder(folder: string): FuzzInput {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({
      name: relative(folder, path).split(sep).join('/'),
      bytes: new Uint8Array(readFileSync(path)),
    }));
}

/** Everything that was found and mended. */
export function reproducers(): readonly (Reproducer & { readonly name: string })[] {
  if (!existsSync(FINDINGS)) return [];
  return readdirSync(FINDINGS)
    .sort()
    .map((name) => ({
      name,
      ...(JSON.parse(readFileSync(join(FINDINGS, name), 'utf8')) as Reproducer),
    }));
}

const BASE64 = 'base64:';

export function packedFiles(input: FuzzInput): Reproducer['files'] {
  return Object.fromEntries(
    input.map(({ name, bytes }) => {
      try {
        const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        if (!text.startsWith(BASE64)) return [name, text];
      } catch {
        // As base64 then.
      }
      return [name, BASE64 + Buffer.from(bytes).toString('base64')];
    }),
  );
}

export function unpackedFiles(files: Reproducer['files']): FuzzInput {
  return Object.entries(files).map(([name, text]) => ({
    name,
    bytes: text.startsWith(BASE64)
      ? new Uint8Array(Buffer.from(text.slice(BASE64.length), 'base64'))
      : new TextEncoder().encode(text),
  }));
}
