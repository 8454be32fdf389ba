import { AppError } from '../../src/core/errors.ts';
import type { ByteSource } from '../../src/io/byte-source.ts';

/** A file of a server that answers ranges. */
export function rangeSource(file: {
  readonly path: string;
  readonly size: number;
  readonly url: string;
}): ByteSource {
  const { path, size, url } = file;
  const failed = (cause?: unknown): AppError =>
    new AppError('data-missing', `${path} could not be read.`, {
      hint: 'It may have been moved or changed since the merge began.',
      ...(cause === undefined ? {} : { cause }),
    });
  return {
    path,
    size,
    async read(start, end) {
      if (end === start) return new Uint8Array();
      const headers = { Range: `bytes=${start}-${end - 1}` };
      const response = await fetch(url, { headers }).catch((cause: unknown) => {
        throw failed(cause);
      });
      if (response.status !== 206) throw failed();
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length !== end - start) throw failed();
      return bytes;
    },
  };
}
