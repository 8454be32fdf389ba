import { AppError, type Fault } from '../../src/core/errors.ts';
import type { DataFile } from './headless-messages.ts';

/** The files that can be read, and what is wrong with the others. */
export function splitBroken(listed: readonly DataFile[]): {
  readonly usable: readonly DataFile[];
  readonly broken: readonly Fault[];
} {
  return {
    usable: listed.filter(({ problem }) => problem === undefined),
    broken: listed.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [{ place: name, message: problem }],
    ),
  };
}

/**
 * Where the experiment lists no files, the CSV importer takes every table of the folder: without one
 * of them it would read another log.
 * Other importers ask for their files by name, and miss what they need.
 * @errors data-missing
 */
export function refuseBrokenTables(source: string, broken: readonly Fault[]): void {
  const given = JSON.parse(source) as { readonly importer?: string; readonly files?: unknown };
  const tables = broken.filter(({ place }) => /\.(?:csv|tsv|txt)(?:\.gz)?$/i.test(place));
  const [first] = tables;
  if (given.importer !== 'csv' || given.files !== undefined || first === undefined) return;
  throw new AppError('data-missing', `${first.place} ${first.message}.`, {
    hint: 'Put the file itself in its place, or remove it. Nothing was imported.',
    faults: tables,
  });
}
