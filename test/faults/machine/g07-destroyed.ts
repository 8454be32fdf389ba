import type { OpenMachine } from './machine-trial.ts';
import { newTrainer, trainSteps } from '../../support/models/training.ts';
import { runCases } from '../cases.ts';
import type { MachineTrial } from './machine-trial.ts';
import { hashOf } from './tiny-bits.ts';

const STEPS = 12;
/** Of the work between a save and the next. */
const SAVE_EVERY = 4;

/**
 * A device that is destroyed while steps are queued: training goes on from the last state that was kept,
 * to the weights of a training that nothing disturbed.
 */
export const trial: MachineTrial = async (machine, { isInjected, random, isLong, isTimeUp }) => {
  const count = isLong ? 50 : 10;
  const calm = await machine.shared();
  const undisturbed = newTrainer(calm);
  await trainSteps(undisturbed, STEPS);
  const wanted = await hashOf(await undisturbed.parameters());
  undisturbed.destroy();
  calm.destroy();
  let spare = await machine.open();
  const cases = Array.from({ length: isInjected ? count : 1 }, (_, index) => {
    const at = random.nextInt(STEPS);
    const delayMs = random.nextUniform() * 30;
    let bits = '';
    return {
      name: `case ${String(index)}, step ${String(at)}`,
      act: async () => {
        let { executor, device }: OpenMachine = spare;
        let trainer = newTrainer(executor);
        let state = await trainer.state();
        let told = '';
        while (trainer.stepCount < STEPS) {
          const isTime = isInjected && told === '' && trainer.stepCount + SAVE_EVERY > at;
          const work = trainSteps(trainer, SAVE_EVERY);
          if (isTime)
            setTimeout(() => {
              device.destroy();
            }, delayMs);
          const said = await machine.toldBy(async () => {
            await work;
            if (isTime) await device.lost;
            const reached = await trainer.state();
            state = reached;
          });
          if (said !== '' && !isTime) throw new Error(said);
          told += said;
          if (!isTime) continue;
          trainer.destroy();
          if (executor.memory().liveBytes > 0)
            throw new Error('bytes of the lost device are counted');
          spare = await machine.open();
          ({ executor, device } = spare);
          trainer = newTrainer(executor);
          trainer.restore(state);
        }
        bits = await hashOf(await trainer.parameters());
        trainer.destroy();
        return told;
      },
      after: () => Promise.resolve(bits === wanted ? '' : 'other bits'),
    };
  });
  const outcome = await runCases({ isInjected, isTimeUp }, cases);
  spare.executor.destroy();
  return outcome;
};
