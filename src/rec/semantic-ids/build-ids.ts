import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import type { DomainData, SemanticIds } from '../data/types.ts';
import { coOccurrenceFeatures } from './co-occurrence-features.ts';
import { repairCollisions } from './collision-repair.ts';
import { dot, rowOf, zeros } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';
import { residualKMeans } from './residual-kmeans.ts';
import { textFeatures } from './text-features.ts';

export type FeatureSource = 'tfidf' | 'co-occurrence' | 'both';

export interface BuildIdsOptions {
  readonly levels: number;
  readonly codesPerLevel: number;
  readonly features: FeatureSource;
  /** Of the features; with 'both' of each of the two parts. */
  readonly dimensions: number;
  /** End of the first training stage: co-occurrence looks at nothing later. */
  readonly beforeMs: number;
  readonly seed: number;
  /** What text features read. Absent: titles. */
  readonly text?: 'descriptions';
}

/** With 'both', the length of the co-occurrence part beside a text part of length 1. */
const CO_OCCURRENCE_WEIGHT = 0.7;

/**
 * Semantic ids of one domain: features, residual k-means, collision repair.
 * @errors invalid-argument: titles asked for where there are none, or codes that do not fit
 */
export function buildSemanticIds(data: DomainData, options: BuildIdsOptions): SemanticIds {
  const { levels, codesPerLevel, seed } = options;
  return idsFromFeatures(itemFeatures(data, options), levels, codesPerLevel, seed);
}

/**
 * Residual k-means over item vectors, one row an item, then collision repair.
 * @errors invalid-argument for codes that do not fit
 */
export function idsFromFeatures(
  features: DenseMatrix,
  levels: number,
  codesPerLevel: number,
  seed: number,
): SemanticIds {
  const { codes, centroids } = residualKMeans(features, { levels, codesPerLevel, seed });
  const last = centroids.at(-1);
  if (last === undefined) {
    throw new AppError('invalid-argument', 'Semantic ids need at least one level.');
  }
  return repairCollisions(codes, levels, last, centroids.slice(0, -1));
}

/** One row per item. */
export function itemFeatures(data: DomainData, options: BuildIdsOptions): DenseMatrix {
  const { features, dimensions, beforeMs, seed } = options;
  const parts: DenseMatrix[] = [];
  if (features !== 'co-occurrence') {
    if (data.titles === null) {
      throw new AppError('invalid-argument', `Domain "${data.domain}" has no item titles.`, {
        hint: 'Set the features of the ids to co-occurrence.',
      });
    }
    const isLonger = options.text === 'descriptions';
    parts.push(textFeatures(isLonger ? describedTitles(data) : data.titles, dimensions, seed));
  }
  if (features !== 'tfidf') {
    const part = coOccurrenceFeatures(data, beforeMs, dimensions, seed);
    const weight = features === 'both' ? CO_OCCURRENCE_WEIGHT : 1;
    parts.push({ ...part, values: part.values.map((value) => value * weight) });
  }
  return spreadUnknown(concatenate(parts), data, seed);
}

/** Characters of a description that count: what a thing is stands at its beginning. */
const DESCRIPTION = 600;

/** Titles with their descriptions; a title counts twice, since it leaves out what is said besides. */
export function describedTitles({
  titles,
  descriptions,
}: Pick<DomainData, 'titles' | 'descriptions'>): string[] {
  return (titles ?? []).map((title, item) => {
    return `${title} ${title} ${(descriptions?.[item] ?? '').slice(0, DESCRIPTION)}`;
  });
}

function concatenate(parts: readonly DenseMatrix[]): DenseMatrix {
  const rows = parts[0]?.rows ?? 0;
  const joined = zeros(
    rows,
    parts.reduce((sum, { columns }) => sum + columns, 0),
  );
  for (let row = 0; row < rows; row++) {
    let offset = 0;
    for (const part of parts) {
      rowOf(joined, row).set(rowOf(part, row), offset);
      offset += part.columns;
    }
  }
  return joined;
}

/**
 * Items that nothing is known about get a random direction of unit length: left at zero they would
 * all share one prefix, and a prefix holds only codesPerLevel items.
 */
function spreadUnknown(features: DenseMatrix, data: DomainData, seed: number): DenseMatrix {
  for (let item = 0; item < features.rows; item++) {
    const own = rowOf(features, item);
    if (dot(own, own) > 0) continue;
    const stream = new RandomStream(seed, `unknown-item/${data.itemIds[item] ?? ''}`);
    own.forEach((_, k) => (own[k] = stream.nextNormal()));
    const length = Math.sqrt(dot(own, own));
    own.forEach((value, k) => (own[k] = value / length));
  }
  return features;
}
