import type { Executor } from '../../../src/compute/executor.ts';
import type { RandomStream } from '../../../src/core/rng.ts';
import { newTrainer, trainSteps } from '../../support/models/training.ts';
import { runCases, type FaultCase } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import type { NodeHost } from '../hosts/node-host.ts';

/** One word of every tensor in turn, as a bad file or a flipped bit would have it. */
export const fault = defineFault({
  id: 'G19',
  fault: 'NaN or infinity in a weight, each tensor in turn',
  expected:
    'the first step stops the training, names the tensor and its element, and changes no weight',
  injection: 'file',
  detects: /^non-finite: Step 3: .+ because of element \d+ of "/,
  hosts: { node: async (host, trial) => runCases(trial, await pokes(host, trial.random)) },
  isShort: true,
});

const BEFORE = 3;

async function pokes(host: NodeHost, random: RandomStream): Promise<readonly FaultCase[]> {
  const { executor } = host;
  const calm = newTrainer(executor);
  await trainSteps(calm, BEFORE);
  const good = await calm.state();
  const { entries } = calm.layout;
  calm.destroy();
  const wanted = await continued(executor, good.parameters);
  return entries.flatMap(({ name, offset, size }) =>
    [NaN, Infinity].map((value): FaultCase => {
      const index = random.nextInt(size);
      const weights = good.parameters.slice();
      return {
        name: `${String(value)} in ${name}`,
        sees: new RegExp(`because of element ${String(index)} of "${name}" \\(${String(value)}\\)`),
        act: async (isInjected) => {
          if (isInjected) weights[offset + index] = value;
          const trainer = newTrainer(executor);
          trainer.restore({ ...good, parameters: weights });
          try {
            await trainSteps(trainer, 2);
            return '';
          } catch (error) {
            const kept = await trainer.parameters();
            if (!sameBits(kept, weights)) throw new Error('a weight has changed', { cause: error });
            return host.told(error);
          } finally {
            trainer.destroy();
          }
        },
        after: async () =>
          sameBits(await continued(executor, good.parameters), wanted) ? '' : 'other bits',
      };
    }),
  );
}

/** Two steps from sound weights. */
async function continued(executor: Executor, weights: Float32Array): Promise<Float32Array> {
  const trainer = newTrainer(executor, weights);
  await trainSteps(trainer, 2);
  const after = await trainer.parameters();
  trainer.destroy();
  return after;
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}
