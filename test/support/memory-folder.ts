import { bytesSource } from '../../src/io/byte-source.ts';
import type { OutputFolder } from '../../src/io/output-folder.ts';

export interface MemoryFolder extends OutputFolder {
  /** The files that the folder shows: none before `commit`. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Bytes lying around that nobody asked for. */
  readonly hidden: () => number;
}

/** An output folder in memory, for tests. */
export function memoryFolder(): MemoryFolder {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const written = new Map<string, Uint8Array<ArrayBuffer>>();
  let open: { path: string; parts: Uint8Array<ArrayBuffer>[] } | null = null;
  return {
    files,
    hidden: () => [...written.values()].reduce((sum, { length }) => sum + length, 0),
    create: async (path) => {
      if (open !== null) throw new Error(`${open.path} is still open.`);
      if (written.has(path)) throw new Error(`${path} is written twice.`);
      const file = { path, parts: [] as Uint8Array<ArrayBuffer>[] };
      open = file;
      return {
        write: async (bytes) => {
          if (open !== file) throw new Error(`${path} is closed.`);
          file.parts.push(bytes.slice());
        },
        close: async () => {
          written.set(path, joined(file.parts));
          open = null;
        },
      };
    },
    sources: async () => [...written].map(([path, bytes]) => bytesSource(path, bytes)),
    commit: async () => {
      for (const [path, bytes] of written) files.set(path, bytes);
      written.clear();
    },
    discard: async () => {
      written.clear();
      open = null;
    },
  };
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
