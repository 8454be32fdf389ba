import { AppError, type Fault } from '../../src/core/errors.ts';
import { sourceKind } from '../../src/rec/importers/source.ts';
import type { FileSource } from '../../src/rec/importers/source.ts';
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
 * An importer that takes every table of the folder would read another log without one of them; others
 * ask for their files by name, and miss what they need.
 * @param source the `data` section as JSON
 * @errors data-missing
 */
export function refuseBrokenTables(source: string, broken: readonly Fault[]): void {
  const given = JSON.parse(source) as FileSource;
  const tables = broken.filter(({ place }) => /\.(?:csv|tsv|txt)(?:\.gz)?$/i.test(place));
  const [first] = tables;
  const takesAll = sourceKind(given).takesEveryTable?.(given) === true;
  if (!takesAll || first === undefined) return;
  throw new AppError('data-missing', `${first.place} ${first.message}.`, {
    hint: 'Put the file itself in its place, or remove it. Nothing was imported.',
    faults: tables,
  });
}
