import { AppError, type ErrorCode, type Fault } from '../../src/core/errors.ts';
import type { OutputFolder } from '../../src/io/output-folder.ts';
import { rangeSource } from './range-source.ts';

/**
 * A folder that the local server makes anew and writes; `commit` gives it its place as a whole. Every
 * piece says where it belongs, so that one which arrives twice is refused.
 */
export async function serverOutput(serverUrl: string, isResult: boolean): Promise<OutputFolder> {
  const output = await open(`${serverUrl}/open?kind=${isResult ? 'result' : 'step'}`);
  const urlOf = (action: string, query = ''): string =>
    `${serverUrl}/${action}?output=${output}${query}`;
  const fileOf = (path: string): string => `&file=${encodeURIComponent(path)}`;
  const sizes = new Map<string, number>();
  return {
    create: async (path) => {
      await post(urlOf('create', fileOf(path)));
      let size = 0;
      return {
        write: async (bytes) => {
          await post(urlOf('append', `${fileOf(path)}&at=${size}`), bytes);
          size += bytes.length;
        },
        close: async () => {
          sizes.set(path, size);
        },
      };
    },
    sources: async () =>
      [...sizes].map(([path, size]) =>
        rangeSource({ path, size, url: urlOf('written', fileOf(path)) }),
      ),
    commit: async () => {
      await post(urlOf('commit'));
    },
    discard: async () => {
      await post(urlOf('discard')).catch(() => undefined);
    },
  };
}

async function open(url: string): Promise<number> {
  return (await (await post(url)).json()) as number;
}

async function post(url: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> {
  const response = await fetch(url, { method: 'POST', body: body ?? null });
  if (response.ok) return response;
  if (response.status === CHANGED_STATUS) {
    const { code, message, ...rest } = (await response.json()) as SentError;
    throw new AppError(code, message, rest);
  }
  const isFull = response.status === INSUFFICIENT_STORAGE;
  throw new AppError('storage-unavailable', `Writing failed: ${await response.text()}`, {
    hint: `${isFull ? 'Free disk space, or choose' : 'Choose'} another folder with --out. Nothing of the result is left.`,
  });
}

interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly faults: readonly Fault[];
}

/** How the server says that a model has changed; the answer is the error. */
export const CHANGED_STATUS = 410;

/** How the server says that the disk is full. */
const INSUFFICIENT_STORAGE = 507;
