import {
  arenaOfTensors,
  arenaSource,
  eachPiece,
  PIECE_LENGTH,
  type Arena,
  type ArenaSource,
  type TensorRead,
} from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { entryOf, type ParameterLayout, type TensorEntry } from '../../core/layout.ts';
import { RandomStream } from '../../core/rng.ts';
import type { ModelConfig } from './config.ts';
import { EMBEDDING, HEAD, parameterLayout } from './layout.ts';

/**
 * Noise of a new row, in deviations of the old rows (root mean square of their distance from the
 * mean, per element): enough to tell new tokens apart, little beside a trained row.
 */
export const NEW_ROW_NOISE = 0.1;

/** Which rows of the vocabulary are new. */
export interface VocabularyExtension {
  /** Tokens of the tokenizer before; rows from here on belong to no token and are made anew. */
  readonly usedRows: number;
  /** Rows afterwards, at least those there are. */
  readonly vocabSize: number;
}

export interface ExtendedModel {
  readonly config: ModelConfig;
  readonly layout: ParameterLayout;
  /** The old rows stay where they were read from; only the new ones are in memory. */
  readonly arena: ArenaSource;
}

/**
 * A model with more rows in the embedding, and in the head where it has its own. A new row is the
 * mean of the rows in use plus N(0, (NEW_ROW_NOISE · deviation)²); all others keep their bits.
 * A larger extension starts with the rows of a smaller one.
 * @source Hewitt 2021, "Initializing new word embeddings for pretrained language models"
 * @errors invalid-argument when the rows do not fit the model, shape-mismatch for another arena; as
 *   the arena's reads
 */
export async function extendVocabulary(
  config: ModelConfig,
  arena: Arena,
  extension: VocabularyExtension,
  seed: number,
): Promise<ExtendedModel> {
  const { usedRows, vocabSize } = extension;
  const { width } = config;
  const before = parameterLayout(config);
  checkExtension(config, before, arena, extension);
  const extended = { ...config, vocabSize };
  const layout = parameterLayout(extended);
  const old = arenaSource(arena);
  const used = usedRows * width;
  const fresh = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name, offset } of before.entries) {
    if (name !== EMBEDDING && name !== HEAD) continue;
    const random = new RandomStream(seed, `new rows of ${name}`);
    const rows = new Float32Array((vocabSize - usedRows) * width);
    await fillRows(rows, old, { start: offset, length: used }, width, random);
    fresh.set(name, rows);
  }
  const read = ({ name }: TensorEntry): TensorRead => {
    const { offset } = entryOf(before, name);
    const rows = fresh.get(name);
    return async (start, target) => {
      const kept = rows === undefined ? target.length : Math.max(0, used - start);
      if (kept > 0) await old.read(offset + start, target.subarray(0, kept));
      if (rows === undefined || kept >= target.length) return;
      const from = start + kept - used;
      target.set(rows.subarray(from, from + target.length - kept), kept);
    };
  };
  return { config: extended, layout, arena: arenaOfTensors(layout, read) };
}

function checkExtension(
  { vocabSize: rows }: ModelConfig,
  before: ParameterLayout,
  arena: Arena,
  { usedRows, vocabSize }: VocabularyExtension,
): void {
  if (arena.length !== before.length) {
    throw new AppError(
      'shape-mismatch',
      `${String(arena.length)} parameters for a model of ${String(before.length)}.`,
    );
  }
  const fits =
    Number.isInteger(usedRows) &&
    Number.isInteger(vocabSize) &&
    usedRows >= 1 &&
    usedRows <= rows &&
    vocabSize >= rows;
  if (fits) return;
  throw new AppError(
    'invalid-argument',
    `A vocabulary of ${String(rows)} rows, ${String(usedRows)} of them in use, cannot become one of ${String(vocabSize)}.`,
    { hint: 'A tokenizer never has more tokens than the embedding has rows, and rows only grow.' },
  );
}

/** Draws the new rows after those in use, which are read twice: for their mean, for its distance. */
async function fillRows(
  rows: Float32Array,
  arena: ArenaSource,
  used: { readonly start: number; readonly length: number },
  width: number,
  random: RandomStream,
): Promise<void> {
  const mean = new Float64Array(width);
  // Whole rows at a time: an element's column is then its place in the piece.
  const range = { ...used, step: width * Math.max(1, Math.floor(PIECE_LENGTH / width)) };
  await eachPiece(arena, range, (values) => {
    for (let i = 0; i < values.length; i++) {
      mean[i % width] = (mean[i % width] ?? 0) + (values[i] ?? 0);
    }
  });
  const count = used.length / width;
  for (let column = 0; column < width; column++) mean[column] = (mean[column] ?? 0) / count;
  let squares = 0;
  await eachPiece(arena, range, (values) => {
    for (let i = 0; i < values.length; i++) {
      squares += ((values[i] ?? 0) - (mean[i % width] ?? 0)) ** 2;
    }
  });
  const deviation = NEW_ROW_NOISE * Math.sqrt(squares / used.length);
  for (let i = 0; i < rows.length; i++) {
    rows[i] = (mean[i % width] ?? 0) + deviation * random.nextNormal();
  }
}
