import type { Executor } from '../../../src/compute/executor.ts';
import type { RandomStream } from '../../../src/core/rng.ts';
import { newTrainer, trainSteps } from '../../support/models/training.ts';
import { runCases, type FaultCase } from '../cases.ts';
import type { Machine, MachineTrial } from './machine-trial.ts';
import { hashOf } from './tiny-bits.ts';

/** One word of every tensor in turn, as a bad file or a flipped bit would have it. */
export const trial: MachineTrial = async (machine, { isInjected, random, isLong, isTimeUp }) => {
  const executor = await machine.shared();
  const all = await pokes(machine, executor, random);
  // Which tensor is found does not depend on the machine: a fifth is enough where steps are slow.
  const cases = isLong || executor.profile.kind === 'cpu' ? all : all.filter((_, i) => i % 5 === 0);
  const outcome = await runCases({ isInjected, isTimeUp }, isInjected ? cases : cases.slice(0, 2));
  executor.destroy();
  return outcome;
};

const BEFORE = 3;

async function pokes(
  machine: Machine,
  executor: Executor,
  random: RandomStream,
): Promise<readonly FaultCase[]> {
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
          const before = await hashOf(weights);
          const trainer = newTrainer(executor);
          trainer.restore({ ...good, parameters: weights });
          const told = await machine.toldBy(() => trainSteps(trainer, 2));
          const isKept = told === '' || (await hashOf(await trainer.parameters())) === before;
          trainer.destroy();
          if (!isKept) throw new Error('a weight has changed');
          return told;
        },
        after: async () =>
          (await continued(executor, good.parameters)) === wanted ? '' : 'other bits',
      };
    }),
  );
}

/** Two steps from sound weights. */
async function continued(executor: Executor, weights: Float32Array): Promise<string> {
  const trainer = newTrainer(executor, weights);
  await trainSteps(trainer, 2);
  const after = await hashOf(await trainer.parameters());
  trainer.destroy();
  return after;
}
