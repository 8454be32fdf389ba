import { createEmbeddingModel } from '../../src/nn/embedding-model/embedding-layout.ts';
import { embeddingModel } from '../../src/nn/embedding-model/embedding-model.ts';
import { initialParameters } from '../../src/nn/transformer/init.ts';
import { Trainer } from '../../src/nn/training/trainer.ts';
import { embeddingBatches } from '../../src/rec/embedding/embedding-batches.ts';
import type { BenchCase, BenchSuite, Size } from '../suite.ts';
import {
  bodyFlops,
  catalogueSamples,
  catalogueTokens,
  HISTORY,
  MEAN_TITLE,
  textModel,
} from '../text-catalogue.ts';

/** Batches that take turns. */
const BATCHES = 8;
/** Longest text and history that the models hold. */
const POSITIONS = 32;
const LEARNING_RATE = 0.001;
const OPTIMIZER = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.001, clipNorm: 0 };

interface Shape {
  readonly size: Size;
  /** Histories of a batch. */
  readonly sequences: number;
  /** Items that its positions share as wrong answers. */
  readonly negatives: number;
}

/** About 600 tokens a batch; from medium on the paper's batch. */
const SHAPES: readonly Shape[] = [
  { size: 'nano', sequences: 4, negatives: 24 },
  { size: 'small', sequences: 4, negatives: 24 },
  { size: 'medium', sequences: 16, negatives: 512 },
  { size: 'large', sequences: 16, negatives: 512 },
];

export const suite: BenchSuite = { name: 'embedding-step', cases: SHAPES.map(embeddingStep) };

/** Tokens are those of the batch's item texts with their item tokens, without padding. */
function embeddingStep({ size, sequences, negatives }: Shape): BenchCase {
  const config = textModel(size, POSITIONS);
  const { width, layers } = config;
  const items = sequences * HISTORY + negatives;
  const users = bodyFlops({ ...config, layers: Math.min(2, layers) }, sequences * HISTORY, HISTORY);
  return {
    name: `embedding training step d ${width}, ${layers} layers, ${sequences} histories of ${HISTORY} items, ${negatives} negatives`,
    size,
    unit: 'tokens/s',
    flops: 3 * (bodyFlops(config, items * MEAN_TITLE, MEAN_TITLE) + users),
    async prepare(executor) {
      const { batches, shapes } = trainingBatches(sequences, negatives);
      const parameters = createEmbeddingModel(config, initialParameters(config, 1), 1);
      const trainer = new Trainer(executor, embeddingModel(config), parameters, OPTIMIZER);
      try {
        for (const shape of shapes) await trainer.prepare(shape);
      } catch (error) {
        trainer.destroy();
        throw error;
      }
      let done = 0;
      const step = async () => {
        const next = batches[done++ % batches.length];
        if (next === undefined) throw new Error('no batch');
        await trainer.step(next.batch, LEARNING_RATE);
        return next.tokens;
      };
      return {
        async answer() {
          await step();
          const stats = await trainer.flush();
          return stats.at(-1)?.loss ?? Number.NaN;
        },
        async round(repeats) {
          let tokens = 0;
          for (let i = 0; i < repeats; i++) tokens += await step();
          await trainer.flush();
          return tokens;
        },
        dispose() {
          trainer.destroy();
        },
      };
    },
  };
}

/** Every item of a history but the first is scored. The largest shape comes first. */
function trainingBatches(sequences: number, negatives: number) {
  const rows = catalogueSamples(sequences * BATCHES).map(({ user, history }) => ({
    user,
    start: 0,
    items: history,
    scored: history.map((_, index) => index > 0),
  }));
  const made = embeddingBatches(rows, catalogueTokens(), { sequences, negatives, seed: 1 });
  const batches = Array.from(made.epoch(0), (batch) => ({
    batch,
    tokens: batch.texts.reduce((sum, { length }) => sum + length + 1, 0),
  }));
  return { batches, shapes: made.shapes(1) };
}
