import { RandomStream } from '../../src/core/rng.ts';
import { MergeSession } from '../../src/merge/arenas/merge-session.ts';
import { initialParameters } from '../../src/nn/transformer/init.ts';
import { parameterLayout } from '../../src/nn/transformer/layout.ts';
import { IdProbe } from '../../src/rec/evaluation/id-probe.ts';
import type { Sample } from '../../src/rec/data/types.ts';
import { createVocabulary } from '../../src/rec/semantic-ids/vocabulary.ts';
import type { BenchCase, BenchSuite } from '../suite.ts';

const LEVELS = 3;
const CODES = 64;
const ITEMS = 2000;
const HISTORY = 20;
const vocabulary = createVocabulary(LEVELS, CODES);
const CONFIG = {
  vocabSize: vocabulary.size,
  width: 128,
  layers: 4,
  heads: 4,
  kvHeads: 2,
  headWidth: 32,
  feedForward: 512,
  maxPositions: 128,
  ropeTheta: 10_000,
  normEps: 1e-6,
  qkNorm: true,
  tied: true,
};
const LAYOUT = parameterLayout(CONFIG);
const MODELS = ['a', 'b', 'c'];
const CLAIM = `${(LAYOUT.length / 1e6).toFixed(2)} M parameters`;

const codes = new RandomStream(1, 'bench/codes');
const ids = {
  levels: LEVELS,
  codesPerLevel: CODES,
  codes: Uint16Array.from({ length: ITEMS * LEVELS }, () => codes.nextInt(CODES)),
  collisions: 0,
  repaired: 0,
};

function samplesOf(users: number): Sample[] {
  const items = new RandomStream(2, 'bench/histories');
  return Array.from({ length: users }, (_, user) => ({
    user,
    target: items.nextInt(ITEMS),
    timeMs: 0,
    history: Array.from({ length: HISTORY }, () => items.nextInt(ITEMS)),
  }));
}

/** One move of a slider: merge three models, measure the result on the probe's users. */
function slider(
  method: string,
  users: number,
  size: BenchCase['size'],
  parts: { readonly merges: boolean; readonly measures: boolean },
): BenchCase {
  const what = [
    ...(parts.merges ? [`merge ${method}`] : []),
    ...(parts.measures ? [`probe ${String(users)} users`] : []),
  ].join(', ');
  return {
    name: `${what}, 3 models of ${CLAIM}`,
    size,
    unit: 'ms',
    flops: parts.measures ? 2 * LAYOUT.length * users * (HISTORY + 1) * LEVELS : 1e8,
    async prepare(executor) {
      const session = new MergeSession(executor, LAYOUT);
      const base = initialParameters(CONFIG, 1);
      session.load('base', base);
      for (const [index, key] of MODELS.entries()) {
        // Changes without draws, which would take longer than the case.
        const model = base.map((value, i) => value + 0.001 * (((i * 31 + index * 7) % 13) - 6));
        session.load(key, model);
      }
      const setup = { config: CONFIG, ids, vocabulary };
      const probe = await IdProbe.create(executor, setup, samplesOf(users));
      let step = 0;
      return {
        async round(repeats) {
          for (let i = 0; i < repeats; i++) {
            if (parts.merges) {
              const lambda = 0.5 + (step++ % 100) / 200;
              const parameters = { weight: 0.33, lambda };
              await session.merge({ method, parameters, base: 'base', models: MODELS });
              probe.weights.copyFrom(session.result);
            }
            if (parts.measures) await probe.measure();
            else await executor.idle();
          }
          return repeats;
        },
        dispose: () => {
          probe.destroy();
          session.destroy();
        },
      };
    },
  };
}

export const suite: BenchSuite = {
  name: 'live-merge',
  cases: [
    slider('task_arithmetic', 24, 'nano', { merges: true, measures: false }),
    slider('ties', 24, 'nano', { merges: true, measures: false }),
    slider('task_arithmetic', 24, 'nano', { merges: false, measures: true }),
    slider('task_arithmetic', 24, 'nano', { merges: true, measures: true }),
    slider('ties', 24, 'nano', { merges: true, measures: true }),
    slider('ties', 256, 'medium', { merges: true, measures: true }),
  ],
};
