import { packedSize } from '../../io/open-bytes.ts';
import type { Dataset } from '../data/types.ts';
import { amazonReviews } from './amazon-reviews.ts';
import { genericCsv } from './generic-csv.ts';
import type { InputFile, OnBytes } from './importer.ts';
import { mind } from './mind.ts';
import { movielens } from './movielens.ts';
import { openFiles } from './open-files.ts';
import { recbole } from './recbole.ts';
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
  const dataset = await read(source, opened, (count) => {
    done += count;
    if (done - told < totalBytes / 100) return;
    told = done;
    onProgress(done, totalBytes);
  });
  onProgress(totalBytes, totalBytes);
  return dataset;
}

function read(source: FileSource, files: readonly InputFile[], onBytes: OnBytes): Promise<Dataset> {
  switch (source.importer) {
    case 'amazon-reviews':
      return amazonReviews.read(source, files, onBytes);
    case 'movielens':
      return movielens.read(source, files, onBytes);
    case 'csv':
      return genericCsv.read(source, files, onBytes);
    case 'mind':
      return mind.read(source, files, onBytes);
    case 'recbole':
      return recbole.read(source, files, onBytes);
  }
}
