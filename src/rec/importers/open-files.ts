import { AppError } from '../../core/errors.ts';
import { openBytes, packedSize } from '../../io/open-bytes.ts';
import { isZip, zipEntries } from '../../io/archive/unzip.ts';
import type { FileContent } from '../../io/open-bytes.ts';
import type { InputFile } from './importer.ts';
import { IMPORTERS } from './importer-list.ts';
import { baseName } from './input-files.ts';
import { knownFile, knownZip } from './known-files.ts';
import type { KnownFile } from './known-files.ts';

/** Files of the importers' layouts. */
const LAYOUTS = IMPORTERS.flatMap(({ files }) => files);
/** As far as the word that tells a tar archive. */
const HEAD_BYTES = 512;
/** What systems add to folders and archives. */
const BY_SYSTEMS = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/**
 * The files that were given, those in zips one by one, each with what it is where no importer reads
 * it. Only directories and first bytes are read.
 * @errors data-invalid for a damaged zip, data-missing, limit-exceeded
 */
export async function openFiles(files: readonly InputFile[]): Promise<readonly InputFile[]> {
  const opened: InputFile[] = [];
  for (const file of files) {
    if (BY_SYSTEMS.test(file.name)) continue;
    for (const inner of await filesIn(file)) {
      const known = inner.known ?? knownFile(baseName(inner.name), await headOf(inner), LAYOUTS);
      opened.push(known === null ? inner : { ...inner, known });
    }
  }
  return opened;
}

async function filesIn(file: InputFile): Promise<readonly InputFile[]> {
  const { blob, name } = file;
  if (!(blob instanceof Blob) || !isZip(await firstBytes(blob, name))) return [file];
  const entries = await zipEntries(blob, name);
  const known = knownZip(entries.map(({ path }) => path));
  if (known !== null) return [{ ...file, known }];
  return Promise.all(
    entries
      .filter(({ path }) => !BY_SYSTEMS.test(path))
      .map(async ({ path, entry }) => {
        const inner = { name: `${name}/${path}`, blob: entry };
        return isZip(await headOf(inner)) ? { ...inner, known: NESTED } : inner;
      }),
  );
}

const NESTED: KnownFile = { what: 'a zip within a zip', give: 'unpack the outer one' };

async function firstBytes(blob: Blob, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(0, 4).arrayBuffer());
  } catch (cause) {
    throw new AppError('data-missing', `${name} could not be read.`, {
      hint: 'It may have been moved or changed since it was chosen: choose it again.',
      cause,
    });
  }
}

/** The first bytes, unpacked; none of what cannot be unpacked: whoever reads the file says why. */
async function headOf({ blob, name }: { name: string; blob: FileContent }): Promise<Uint8Array> {
  if (packedSize(blob) === 0) return new Uint8Array(0);
  const head: number[] = [];
  try {
    for await (const chunk of openBytes(blob, name, () => undefined)) {
      head.push(...chunk.subarray(0, HEAD_BYTES - head.length));
      if (head.length >= HEAD_BYTES) break;
    }
  } catch {
    return new Uint8Array(0);
  }
  return Uint8Array.from(head);
}
