import { RandomStream } from '../../src/core/rng.ts';
import { initialParameters } from '../../src/nn/transformer/init.ts';
import { rankSamples } from '../../src/rec/evaluation/evaluate.ts';
import type { Sample, SemanticIds } from '../../src/rec/data/types.ts';
import { createVocabulary } from '../../src/rec/semantic-ids/vocabulary.ts';
import type { BenchSuite } from '../suite.ts';

const ITEMS = 3000;
const LEVELS = 4;
const CODES = 64;
const BEAM = 20;
const USERS = 32;

/** Distinct random ids: a trie as full as a real catalogue's. */
function randomIds(): SemanticIds {
  const random = new RandomStream(1, 'bench ids');
  const codes = Uint16Array.from({ length: ITEMS * LEVELS }, () => random.nextInt(CODES));
  return { levels: LEVELS, codesPerLevel: CODES, codes, collisions: 0, repaired: 0 };
}

/** Histories of 10 items, d 64, 2 layers; a round ranks 32 users, loading the model included. */
export const suite: BenchSuite = {
  name: 'beam-search',
  cases: [
    {
      name: `beam ${BEAM}, ${LEVELS} levels of ${CODES} codes, ${ITEMS} items, 10-item histories`,
      size: 'nano',
      unit: 'beams/s',
      flops: 1e9,
      prepare(executor) {
        const ids = randomIds();
        const vocabulary = createVocabulary(LEVELS, CODES);
        const config = {
          vocabSize: vocabulary.size,
          width: 64,
          layers: 2,
          heads: 4,
          kvHeads: 2,
          headWidth: 16,
          feedForward: 172,
          tied: true,
          qkNorm: true,
          normEps: 1e-6,
          ropeTheta: 10000,
          maxPositions: 128,
        };
        const parameters = initialParameters(config, 1);
        const random = new RandomStream(2, 'bench histories');
        const samples = Array.from({ length: USERS }, (_, user): Sample => ({
          user,
          target: 0,
          timeMs: 0,
          history: Array.from({ length: 10 }, () => random.nextInt(ITEMS)),
        }));
        const input = { config, parameters, ids, vocabulary, items: ITEMS, samples };
        return Promise.resolve({
          async round(repeats) {
            for (let i = 0; i < repeats; i++) {
              await rankSamples(executor, { ...input, beam: BEAM, batchUsers: USERS });
            }
            return repeats * USERS * BEAM;
          },
          dispose: () => undefined,
        });
      },
    },
  ],
};
