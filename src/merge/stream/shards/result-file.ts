import type { OutputFile, OutputFolder } from '../../../io/output-folder.ts';
import type { RangeFile, RangeSession } from '../../ranges/range-session.ts';

/**
 * A file of the result. Where ranges go through a session it is the session's; `written` hears of
 * bytes that no range writes.
 */
export async function resultFile(
  output: OutputFolder,
  session: RangeSession | null,
  { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
  written: (bytes: number) => void,
): Promise<RangeFile> {
  const file = await (session?.create(path, sizeBytes) ?? inOrder(await output.create(path)));
  return {
    number: file.number,
    write: async (position, bytes) => {
      await file.write(position, bytes);
      written(bytes.length);
    },
    close: () => file.close(),
  };
}

/** What is written to a file from a position on, one piece after the other. */
export function from(file: RangeFile, position: number): OutputFile {
  let at = position;
  return {
    write: async (bytes) => {
      await file.write(at, bytes);
      at += bytes.length;
    },
    close: () => Promise.resolve(),
  };
}

/** A file of a merge without a session, which is written from its beginning to its end. */
function inOrder(file: OutputFile): RangeFile {
  return {
    number: -1,
    write: (_, bytes) => file.write(bytes),
    close: () => file.close(),
  };
}

/** Of passes that write nothing. */
export const NOWHERE: RangeFile = {
  number: -1,
  write: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
