import { AppError } from '../../core/errors.ts';
import type { InputFile } from './importer.ts';

/** Name without folders and without .gz: "data/Books.csv.gz" → "Books.csv". */
export function baseName(name: string): string {
  return (name.split(/[/\\]/).at(-1) ?? name).replace(/\.gz$/i, '');
}

/**
 * The file of this base name (gzip or not), or null.
 * @errors data-invalid where it is none of the importer's, or several have the name
 */
export function findFile(files: readonly InputFile[], wanted: string): InputFile | null {
  const found = files.filter(({ name }) => baseName(name) === baseName(wanted));
  const [file = null, another] = found;
  if (another !== undefined) throw ambiguous(found);
  if (file !== null) checkReadable(file);
  return file;
}

/** @errors data-missing, listing the files that were given; as `findFile` */
export function needFile(files: readonly InputFile[], wanted: string): InputFile {
  const file = findFile(files, wanted);
  if (file !== null) return file;
  throw missingFiles(files, [wanted]);
}

/** @errors data-invalid naming what the file is and what to give in its place */
export function checkReadable({ name, known }: InputFile): void {
  if (known === undefined || known.isText === true) return;
  throw new AppError('data-invalid', `${name} cannot be read: this is ${known.what}.`, {
    hint: `Instead, ${known.give}. Nothing was imported.`,
    faults: [{ place: name, message: `is ${known.what}` }],
  });
}

const LISTED = 20;

/** The error for files that an importer needs and was not given; says what was given in their place. */
export function missingFiles(files: readonly InputFile[], wanted: readonly string[]): AppError {
  const names = files.slice(0, LISTED).map(({ name }) => name);
  const more = files.length > LISTED ? `, … (${String(files.length)} files)` : '';
  const given = files.length === 0 ? 'no files' : names.join(', ') + more;
  const recognised = files.flatMap(({ name, known }) =>
    known === undefined ? [] : [{ place: name, message: `this is ${known.what}: ${known.give}` }],
  );
  return new AppError('data-missing', `Missing: ${wanted.join(', ')}.`, {
    hint: `Given: ${given}. Nothing was imported.`,
    faults: [
      ...wanted.map((name) => ({ place: name, message: 'no such file' })),
      ...recognised.slice(0, LISTED),
    ],
  });
}

function ambiguous(found: readonly InputFile[]): AppError {
  const name = baseName(found[0]?.name ?? '');
  return new AppError('data-invalid', `${String(found.length)} files are called ${name}.`, {
    hint: 'Give one of them, or one folder of the data set. Nothing was imported.',
    faults: found.map((file) => ({ place: file.name, message: 'has the same name' })),
  });
}
