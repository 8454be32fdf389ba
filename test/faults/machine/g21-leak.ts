import { RandomStream } from '../../../src/core/rng.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { newTrainer, trainSteps } from '../../support/models/training.ts';
import { runCases } from '../cases.ts';
import type { Machine, MachineTrial } from './machine-trial.ts';

/** In how many of the long cycles the device itself ends, which costs all of its pipelines. */
const LOSSES = 5;

/** Trains, merges, and loses the machine in the middle of a training; gives the bytes that are still counted. */
async function leftAfter(machine: Machine, cycle: number, loses: boolean): Promise<number> {
  const opened = loses ? await machine.open() : null;
  const executor = opened?.executor ?? (await machine.shared());
  const first = executor.memory().liveBytes;
  const trainer = newTrainer(executor);
  await trainSteps(trainer, 2);
  const { parameters } = await trainer.state();
  const random = new RandomStream(cycle, 'leak');
  const other = parameters.map((value) => value + random.nextUniform() / 64);
  const request = { method: 'linear', parameters: {}, base: null, models: [parameters, other] };
  await mergeArenas(executor, trainer.layout, request);
  if (opened !== null) {
    opened.device.destroy();
    await machine.toldBy(() => trainSteps(trainer, 2));
  }
  trainer.destroy();
  const left = executor.memory().liveBytes - first;
  executor.destroy();
  return left;
}

/**
 * Cycles of training, merging and loss; what is seen of each is that it was counted, and the control keeps
 * to one cycle without a loss.
 */
export const trial: MachineTrial = (machine, { isInjected, isLong, isTimeUp }) => {
  const cycles = !isInjected ? 1 : isLong ? 200 : 10;
  const every = isLong ? cycles / LOSSES : cycles;
  return runCases(
    { isInjected, isTimeUp },
    Array.from({ length: cycles }, (_, cycle) => {
      let left = 0;
      const loses = isInjected && (cycle + 1) % every === 0;
      return {
        name: `cycle ${String(cycle)}`,
        act: async () => {
          left = await leftAfter(machine, cycle, loses);
          return isInjected ? `cycle ${String(cycle)}${loses ? ' with a loss' : ''}` : '';
        },
        after: () => Promise.resolve(left === 0 ? '' : `${String(left)} bytes left`),
      };
    }),
  );
};
