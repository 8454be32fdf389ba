import { AppError } from '../../core/errors.ts';
import { entryOf, type ParameterLayout } from '../../core/layout.ts';
import { RandomStream } from '../../core/rng.ts';
import type { ModelConfig } from './config.ts';
import { EMBEDDING, HEAD, parameterLayout } from './layout.ts';
import { tensorOf } from '../graph/parameter-table.ts';

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
  readonly arena: Float32Array<ArrayBuffer>;
}

/**
 * A model with more rows in the embedding, and in the head where it has its own. A new row is the
 * mean of the rows in use plus N(0, (NEW_ROW_NOISE · deviation)²); all others keep their bits.
 * A larger extension starts with the rows of a smaller one.
 * @source Hewitt 2021, "Initializing new word embeddings for pretrained language models"
 * @errors invalid-argument when the rows do not fit the model, shape-mismatch for another arena
 */
export function extendVocabulary(
  config: ModelConfig,
  arena: Float32Array<ArrayBuffer>,
  extension: VocabularyExtension,
  seed: number,
): ExtendedModel {
  const { usedRows, vocabSize } = extension;
  const before = parameterLayout(config);
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
    usedRows <= config.vocabSize &&
    vocabSize >= config.vocabSize;
  if (!fits) {
    throw new AppError(
      'invalid-argument',
      `A vocabulary of ${String(config.vocabSize)} rows, ${String(usedRows)} of them in use, cannot become one of ${String(vocabSize)}.`,
      {
        hint: 'A tokenizer never has more tokens than the embedding has rows, and rows only grow.',
      },
    );
  }
  const extended = { ...config, vocabSize };
  const layout = parameterLayout(extended);
  const out = new Float32Array(layout.length);
  for (const { name, offset } of layout.entries) {
    const old = tensorOf(before, arena, name);
    out.set(old, offset);
    if (name === EMBEDDING || name === HEAD) {
      const { size } = entryOf(layout, name);
      const rows = out.subarray(offset, offset + size);
      fillRows(rows, config.width, usedRows, new RandomStream(seed, `new rows of ${name}`));
    }
  }
  return { config: extended, layout, arena: out };
}

function fillRows(rows: Float32Array, width: number, usedRows: number, random: RandomStream): void {
  const used = usedRows * width;
  const mean = new Float64Array(width);
  for (let i = 0; i < used; i++) mean[i % width] = (mean[i % width] ?? 0) + (rows[i] ?? 0);
  for (let column = 0; column < width; column++) mean[column] = (mean[column] ?? 0) / usedRows;
  let squares = 0;
  for (let i = 0; i < used; i++) squares += ((rows[i] ?? 0) - (mean[i % width] ?? 0)) ** 2;
  const deviation = NEW_ROW_NOISE * Math.sqrt(squares / used);
  for (let i = used; i < rows.length; i++) {
    rows[i] = (mean[i % width] ?? 0) + deviation * random.nextNormal();
  }
}
