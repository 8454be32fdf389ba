import type { Importer } from './importer.ts';
import { amazonReviews } from './amazon-reviews.ts';
import { genericCsv } from './generic-csv.ts';
import { mind } from './mind.ts';
import { movielens } from './movielens.ts';
import { recbole } from './recbole.ts';

/**
 * Every importer with its parser; their light halves stand in `source.ts`. Where two layouts name
 * files alike, the first that is listed tells what a file is.
 */
export const IMPORTERS: readonly Importer[] = [amazonReviews, movielens, genericCsv, mind, recbole];
