import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';
import type { SourceKind } from './source-kind.ts';
import { amazonReviewsSource } from './sources/amazon-reviews.ts';
import { csvSource } from './sources/csv.ts';
import { mindSource } from './sources/mind.ts';
import { movielensSource } from './sources/movielens.ts';
import { recboleSource } from './sources/recbole.ts';

/** The light halves of all importers, in the order in which faults and pages list them. */
const SOURCES = [
  amazonReviewsSource,
  movielensSource,
  csvSource,
  mindSource,
  recboleSource,
] as const;

export const SOURCE_KINDS: readonly SourceKind[] = SOURCES;

/** The `data` section of an experiment whose data come from files. */
export const fileSourceSchema = v.variant(
  'importer',
  SOURCES.map(({ schema }) => schema),
);

export type FileSource = v.InferOutput<typeof fileSourceSchema>;

/** @errors internal for a name that no schema let pass */
export function sourceKind({ importer }: Pick<FileSource, 'importer'>): SourceKind {
  const found = SOURCE_KINDS.find(({ id }) => id === importer);
  if (found !== undefined) return found;
  throw new AppError('internal', `There is no importer "${String(importer)}".`);
}
