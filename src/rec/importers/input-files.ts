import { AppError } from '../../core/errors.ts';
import type { InputFile } from './importer.ts';

/** Name without folders and without .gz: "data/Books.csv.gz" → "Books.csv". */
export function baseName(name: string): string {
  return (name.split(/[/\\]/).at(-1) ?? name).replace(/\.gz$/i, '');
}

/** The file of this base name (gzip or not), or null. */
export function findFile(files: readonly InputFile[], wanted: string): InputFile | null {
  return files.find(({ name }) => baseName(name) === baseName(wanted)) ?? null;
}

/** @errors data-missing, listing the files that were given */
export function needFile(files: readonly InputFile[], wanted: string): InputFile {
  const file = findFile(files, wanted);
  if (file !== null) return file;
  throw missingFiles(files, [wanted]);
}

/** The error for files that an importer needs and was not given. */
export function missingFiles(files: readonly InputFile[], wanted: readonly string[]): AppError {
  const given = files.map(({ name }) => name).join(', ');
  return new AppError('data-missing', `Missing: ${wanted.join(', ')}.`, {
    hint: `Given: ${given === '' ? 'no files' : given}. Nothing was imported.`,
    faults: wanted.map((name) => ({ place: name, message: 'no such file' })),
  });
}
