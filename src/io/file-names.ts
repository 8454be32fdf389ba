import { crc32 } from '../core/crc32.ts';

/**
 * Bytes of a name in UTF-8. File systems take 255; `.part-…`, `.json` and a number that sets two
 * names apart come behind it, and some tools add their own.
 */
const MOST_BYTES = 150;

/** Names of devices in Windows, with any ending. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * Names of files or folders for names that people gave, in the same order. Every file system takes
 * them: letters, digits and `. _ = -`, neither hidden nor a device, short in bytes, not in two
 * spellings of the same characters (NFC). Two that would meet, also where case is not told apart, get
 * a number.
 */
export function fileNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = fileName(name);
    let found = plain;
    for (let count = 2; taken.has(folded(found)); count++) found = `${plain}-${String(count)}`;
    taken.add(folded(found));
    return found;
  });
}

function fileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._=-]+/gu, '-')
    .replace(/^[.-]+|[.-]+$/g, '');
  const safe = RESERVED.test(plain) ? `_${plain}` : plain;
  return shortened(safe === '' ? 'model' : safe, name);
}

/** The beginning, and a checksum of the whole, so that names with one beginning stay apart. */
function shortened(plain: string, name: string): string {
  const encoder = new TextEncoder();
  if (encoder.encode(plain).length <= MOST_BYTES) return plain;
  const sum = crc32(encoder.encode(name)).toString(16).padStart(8, '0');
  let [kept, bytes] = ['', 0];
  for (const character of plain) {
    bytes += encoder.encode(character).length;
    if (bytes > MOST_BYTES - sum.length - 1) break;
    kept += character;
  }
  return `${kept.replace(/[.-]+$/, '')}-${sum}`;
}

/** Equal for names that a file system without case takes for one. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase().normalize('NFC');
}
