import type { Sample } from '../../../rec/data/types.ts';
import { combinedDistance } from '../../../rec/evaluation/draw-distances.ts';
import type { JobOf } from '../../job/job.ts';
import type { ExplainedList } from '../../recommending/ranked-recommender.ts';
import type { Draw, ScoreMeaning } from '../../recommending/recommendation.ts';
import type { JobContext } from '../../work/job-context.ts';
import { groundedTitles, type GroundedSpace } from './rank-titles.ts';

/** Items that are named as nearest to a drawn title. */
const NEAREST = 3;

const DISTANCE: ScoreMeaning = {
  title: 'distance',
  told: 'Squared distance to the nearest title that was written, divided by popularity and recency where the document says so.',
  best: 'lowest',
};
const DENSITY: ScoreMeaning = {
  title: 'distance',
  told: 'Minus the logarithm of the density of all titles that were written, at the item.',
  best: 'lowest',
};

/** The titles that were written for one customer, and the items that they were taken for. */
export function explainTitles(
  job: JobOf<'evaluate'>,
  context: JobContext,
  sample: Sample,
): Promise<ExplainedList> {
  return groundedTitles(job, context, [sample], async ({ lists, titles }, space) => {
    const [list = { ...sample, items: [] }] = lists;
    const drawn = titles[0] ?? [];
    const texts = [...new Set(drawn)];
    const vectors = await space.embedder.embed(texts, { signal: context.signal });
    const counts = texts.map((text) => drawn.filter((one) => one === text).length);
    const own = { vectors, counts, space };
    return {
      list: { ...list, scores: list.items.map((item) => distanceOf(item, own)) },
      score: space.rule.bandwidth === null ? DISTANCE : DENSITY,
      reason: { shape: 'draws', draws: drawsOf(texts, own) },
    };
  });
}

interface Drawn {
  readonly vectors: Float32Array;
  readonly counts: readonly number[];
  readonly space: GroundedSpace;
}

/** In float64, as the grounding decides between its nearest ones. */
function distanceOf(item: number, { vectors, counts, space }: Drawn): number {
  const { coefficients, rule, itemVectors, embedder } = space;
  const { width } = embedder;
  const distances = counts.flatMap((count, text) => {
    const own = squaredDistance(vectors, text, itemVectors, item, width);
    // A density counts how often a title was drawn, the nearest one does not.
    return new Array<number>(rule.bandwidth === null ? 1 : count).fill(own);
  });
  const coefficient = coefficients === null ? null : (coefficients[item] ?? NaN);
  return combinedDistance(Float64Array.from(distances), coefficient, rule);
}

function drawsOf(texts: readonly string[], { vectors, counts, space }: Drawn): Draw[] {
  const { itemVectors, embedder } = space;
  const items = itemVectors.length / embedder.width;
  return texts
    .map((text, at) => {
      const nearest = Array.from({ length: items }, (_, item) => {
        return { item, similarity: cosine(vectors, at, itemVectors, item, embedder.width) };
      });
      nearest.sort((a, b) => b.similarity - a.similarity || a.item - b.item);
      return { text, times: counts[at] ?? 0, nearest: nearest.slice(0, NEAREST) };
    })
    .sort((a, b) => b.times - a.times);
}

function squaredDistance(
  a: Float32Array,
  rowA: number,
  b: Float32Array,
  rowB: number,
  width: number,
): number {
  let sum = 0;
  for (let c = 0; c < width; c++) {
    sum += ((a[rowA * width + c] ?? NaN) - (b[rowB * width + c] ?? NaN)) ** 2;
  }
  return sum;
}

/** 0 where one of them is the zero vector, as of a title without a known word. */
function cosine(
  a: Float32Array,
  rowA: number,
  b: Float32Array,
  rowB: number,
  width: number,
): number {
  let [dot, normA, normB] = [0, 0, 0];
  for (let c = 0; c < width; c++) {
    const [x, y] = [a[rowA * width + c] ?? NaN, b[rowB * width + c] ?? NaN];
    dot += x * y;
    normA += x * x;
    normB += y * y;
  }
  return normA === 0 || normB === 0 ? 0 : dot / Math.sqrt(normA * normB);
}
