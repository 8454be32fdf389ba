import { eachLine } from '../../io/lines.ts';
import { openBytes } from '../../io/open-bytes.ts';
import { readText } from '../../io/read-text.ts';
import type { TextEncoding } from '../../io/read-text.ts';
import type { ImportSession } from './import-session.ts';
import type { InputFile, OnBytes } from './importer.ts';

const SEPARATOR = '::';

/**
 * Calls `onRow` for every line of a `.dat` file of MovieLens 1M or 10M: fields between double
 * colons, no header, titles in Latin-1 (1M) or UTF-8 (10M). Where there are too many fields the
 * second one, the title, has colons of its own.
 */
export async function readDat(
  file: InputFile,
  width: number,
  what: 'ratings' | 'films',
  session: ImportSession,
  onBytes: OnBytes,
  onRow: (fields: readonly string[], line: number) => void,
): Promise<void> {
  // Ratings are digits in either encoding.
  const encoding = what === 'films' ? await encodingOf(file) : 'utf-8';
  if (encoding === 'latin1') {
    session.notes.push(`${file.name} is not UTF-8 and was read as Latin-1.`);
  }
  const text = readText(file.blob, file.name, onBytes, undefined, encoding);
  let rows = 0;
  await eachLine(text, file.name, (line, number) => {
    if (line.trim() === '') return;
    rows += 1;
    const fields = line.split(SEPARATOR);
    const extra = fields.length - width;
    if (extra < 0 || (extra > 0 && what === 'ratings')) {
      const message = `${String(fields.length)} fields between "::" where MovieLens has ${String(width)}`;
      session.faults.add(`${file.name}:${String(number)}`, message);
      return;
    }
    const [id = ''] = fields;
    const title = fields.slice(1, 2 + extra).join(SEPARATOR);
    onRow([id, title, ...fields.slice(2 + extra)], number);
  });
  session.fileRead(file.name, rows, what);
}

/** Whether all of a file is UTF-8; it is read once for that. */
async function encodingOf({ blob, name }: InputFile): Promise<TextEncoding> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const chunks = openBytes(blob, name, () => undefined);
  for await (const chunk of chunks) {
    if (!isUtf8(decoder, chunk)) return 'latin1';
  }
  return isUtf8(decoder) ? 'utf-8' : 'latin1';
}

function isUtf8(decoder: TextDecoder, chunk?: Uint8Array<ArrayBuffer>): boolean {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined });
    return true;
  } catch {
    return false;
  }
}
