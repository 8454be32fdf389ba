import { AppError } from '../../core/errors.ts';
import { packedSize } from '../../io/open-bytes.ts';
import type { Dataset } from '../data/types.ts';
import { IMPORTERS } from './importer-list.ts';
import type { Importer, InputFile } from './importer.ts';
import { openFiles } from './open-files.ts';
import type { FileSource } from './source.ts';

/**
 * Reads the files of a source, zips opened, into a checked data set; nothing is returned unless all of it is
 * sound. Progress is in bytes of the files as they are (compressed), in steps of about 1 %.
 * @errors data-invalid (faults with file:line), data-missing, limit-exceeded
 */
export async function importDataset(
  source: FileSource,
  files: readonly InputFile[],
  onProgress: (doneBytes: number, totalBytes: number) => void = () => undefined,
): Promise<Dataset> {
  const opened = await openFiles(files);
  const totalBytes = opened.reduce((sum, { blob }) => sum + packedSize(blob), 0);
  let done = 0;
  let told = 0;
  const dataset = await importerOf(source).read(source, opened, (count) => {
    done += count;
    if (done - told < totalBytes / 100) return;
    told = done;
    onProgress(done, totalBytes);
  });
  onProgress(totalBytes, totalBytes);
  return dataset;
}

/** @errors internal for a name that no schema let pass */
function importerOf({ importer }: FileSource): Importer {
  const found = IMPORTERS.find(({ source }) => source.id === importer);
  if (found !== undefined) return found;
  throw new AppError('internal', `No importer reads "${importer}".`);
}
