import { AppError } from '../core/errors.ts';
import { joinBytes } from './join-bytes.ts';
import { openBytes } from './open-bytes.ts';
import type { FileContent, ReadLimits } from './open-bytes.ts';

/** `latin1`: one byte a character, as files of the nineties have it (windows-1252, to be exact). */
export type TextEncoding = 'utf-8' | 'latin1';

/**
 * The text of a file in pieces, UTF-8 unless said otherwise, with line ends normalised to \n and a byte order mark
 * dropped. Memory stays bounded: about one chunk of the file at a time.
 * @param onBytes receives how many (compressed) bytes were just read
 * @errors data-invalid for bad UTF-8, UTF-16, NUL or a damaged gzip (with file:line),
 *   data-missing when the file cannot be read, limit-exceeded past the limits
 */
export async function* readText(
  content: FileContent,
  name: string,
  onBytes: (count: number) => void = () => undefined,
  limits?: ReadLimits,
  encoding: TextEncoding = 'utf-8',
): AsyncGenerator<string, void, undefined> {
  let rest = new Uint8Array(0);
  let line = 1;
  let first = true;
  let heldReturn = '';
  for await (const chunk of openBytes(content, name, onBytes, limits)) {
    const bytes = joinBytes(rest, chunk);
    if (first && bytes.length < 3) {
      rest = bytes;
      continue;
    }
    const end = wholeCharacters(bytes);
    const text = decode(bytes.subarray(0, end), name, line, first, encoding);
    rest = bytes.slice(end);
    first = false;
    line += countNewlines(text);
    // A \r at the end may be the first half of \r\n.
    const whole = heldReturn + text;
    heldReturn = whole.endsWith('\r') ? '\r' : '';
    yield normalised(heldReturn === '' ? whole : whole.slice(0, -1));
  }
  const tail = heldReturn + decode(rest, name, line, first, encoding);
  if (tail !== '') yield normalised(tail);
}

function normalised(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
}

/** Length of the prefix that does not cut a UTF-8 sequence; decoding can then be stateless. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function decode(
  bytes: Uint8Array,
  name: string,
  line: number,
  first: boolean,
  encoding: TextEncoding,
): string {
  if (
    first &&
    ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
  ) {
    throw badText(name, 1, 'the file is UTF-16');
  }
  let text: string;
  try {
    text = (encoding === 'latin1' ? new TextDecoder(encoding) : utf8(first)).decode(bytes);
  } catch {
    throw badText(name, line + linesBeforeFault(bytes), 'bytes that are not UTF-8');
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    throw badText(name, line + countNewlines(text.slice(0, nul)), 'a NUL character');
  }
  return text;
}

/** ignoreBOM means "keep it": only the very first one is a mark, a later one is content. */
function utf8(first: boolean): TextDecoder {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: !first });
}

function linesBeforeFault(bytes: Uint8Array): number {
  let lines = 0;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return lines;
    try {
      utf8(false).decode(bytes.subarray(start, end));
    } catch {
      return lines;
    }
    lines += 1;
    start = end + 1;
  }
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function badText(name: string, line: number, what: string): AppError {
  return new AppError(
    'data-invalid',
    `${name} is not UTF-8 text: ${what} in line ${String(line)}.`,
    {
      hint: 'Save the file as UTF-8 (not UTF-16 or a local encoding) and import it again.',
      faults: [{ place: `${name}:${String(line)}`, message: what }],
    },
  );
}
