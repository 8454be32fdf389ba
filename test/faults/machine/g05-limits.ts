import type { Executor } from '../../../src/compute/executor.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { THIRD } from '../../support/machine/limit-checks.ts';
import type { Limits } from '../../support/machine/limited-device.ts';
import { stepBatch, TINY } from '../../support/models/training.ts';
import { runCases } from '../cases.ts';
import type { MachineTrial } from './machine-trial.ts';
import { hashOf } from './tiny-bits.ts';

const TWO_LAYERS = { ...TINY, layers: 2 };
const SETTINGS = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, clipNorm: 0 };

/** SHA-256 of the weights after a step. */
async function trained(executor: Executor, rows: number): Promise<string> {
  const start = initialParameters(TWO_LAYERS, 7);
  const trainer = new Trainer(executor, languageModel(TWO_LAYERS), start, SETTINGS);
  try {
    await trainer.step(stepBatch(0, rows), 0.01);
    await trainer.flush();
    return await hashOf(await trainer.parameters());
  } finally {
    trainer.destroy();
  }
}

/** Limits, rows of the batch, and what is named. */
type LimitCase = readonly [name: string, limits: Limits, rows: number, sees: RegExp];

/** The CPU executor knows no such limit. */
const OF_GPUS: LimitCase = [
  '6 storage buffers',
  { maxStorageBuffersPerShaderStage: 6 },
  2,
  /needs 7 storage buffers.*allows 6/,
];

const CASES: readonly LimitCase[] = [
  [
    'a table beyond a binding',
    { maxBufferSize: 8192, maxStorageBufferBindingSize: 2048 },
    2,
    /embed_tokens\.weight needs 3 KB in one buffer.*allows 2 KB/,
  ],
  ['an activation beyond a binding', THIRD, 8, /needs 11 KB in one buffer.*allows 8 KB/],
];

/** Too little is named before anything runs; a third of the model's buffer is enough, with the same bits. */
export const trial: MachineTrial = async (machine, { isInjected, isTimeUp }) => {
  const whole = await machine.limited({});
  const wanted = await trained(whole, 2);
  whole.destroy();
  return runCases(
    { isInjected, isTimeUp },
    (machine.isGpu ? [OF_GPUS, ...CASES] : CASES).map(([name, limits, rows, sees]) => ({
      name,
      sees,
      act: async () => {
        const executor = await machine.limited(isInjected ? limits : {});
        const told = await machine.toldBy(() => trained(executor, rows));
        if (executor.memory().liveBytes > 0) throw new Error('buffers are left');
        executor.destroy();
        return told;
      },
      after: async () => {
        const third = await machine.limited(THIRD);
        const bits = await trained(third, 2);
        third.destroy();
        return bits === wanted ? '' : 'other bits';
      },
    })),
  );
};
