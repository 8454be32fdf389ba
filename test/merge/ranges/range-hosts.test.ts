import { expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import { threadRanges } from '../../../workers/node/ranges/thread-ranges.ts';
import { merged, type Models } from '../stream/checkpoints.ts';
import { firstDifference, rangeModel } from './range-models.ts';

const executor = createCpuExecutor();
const MODELS: Models = { a: rangeModel(2, 'BF16'), b: rangeModel(3, 'F16') };
const RECIPE =
  'merge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: [0.2, 0.8] }\n';

it('where the engine has no SIMD the executor merges', async () => {
  const loadKernels = () => Promise.resolve(Uint8Array.of(0));
  const ranges = localRanges({ loadKernels });
  const [found, expected] = [
    await merged(RECIPE, MODELS, { executor, ranges }),
    await merged(RECIPE, MODELS, { executor }),
  ];
  expect(firstDifference(found.output, expected.output)).toBeNull();
});

it('sources and folders that threads cannot open go through without them', async () => {
  const startThread = () => {
    throw new Error('A thread was started.');
  };
  const ranges = threadRanges({ threads: 2, startThread });
  const [found, expected] = [
    await merged(RECIPE, MODELS, { executor, ranges }),
    await merged(RECIPE, MODELS, { executor, ranges: localRanges() }),
  ];
  expect(firstDifference(found.output, expected.output)).toBeNull();
});
