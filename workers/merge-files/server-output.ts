import { AppError } from '../../src/core/errors.ts';
import type { OutputFolder } from '../../src/io/output-folder.ts';
import { rangeSource } from './range-source.ts';

/**
 * A folder that the local server writes: pieces are appended to files beside the target, which
 * `commit` renames as a whole.
 * @param folder `result`, or the name of a step
 */
export function serverOutput(serverUrl: string, folder: string): OutputFolder {
  const urlOf = (action: string, path = ''): string =>
    `${serverUrl}/${action}/${encodeURIComponent(folder)}${path === '' ? '' : `/${encodeURIComponent(path)}`}`;
  const post = async (url: string, body?: Uint8Array<ArrayBuffer>): Promise<void> => {
    const response = await fetch(url, { method: 'POST', body: body ?? null });
    if (response.ok) return;
    throw new AppError(
      'storage-unavailable',
      `The server could not write: ${await response.text()}`,
      {
        hint: 'Free disk space, or choose another folder with --out.',
      },
    );
  };
  const sizes = new Map<string, number>();
  return {
    create: async (path) => {
      await post(urlOf('append', path));
      let size = 0;
      return {
        write: async (bytes) => {
          await post(urlOf('append', path), bytes);
          size += bytes.length;
        },
        close: async () => {
          sizes.set(path, size);
        },
      };
    },
    sources: async () =>
      [...sizes].map(([path, size]) => rangeSource({ path, size, url: urlOf('written', path) })),
    commit: () => post(urlOf('commit')),
    discard: () => post(urlOf('discard')).catch(() => undefined),
  };
}
