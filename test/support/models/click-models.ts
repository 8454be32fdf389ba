import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import {
  initialBehaviour,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { clickModel } from '../../../src/nn/behaviour-model/click-model.ts';
import { dinModel } from '../../../src/nn/din-model/din-model.ts';
import { expectClose } from '../ops/check-op.ts';
import { GradientBench } from '../ops/gradient-bench.ts';
import { DIN_CLICKS, DIN_CONFIG, dinArena } from './din.ts';

/** Both ways of attention, with all inputs that the head can have. */
const BEHAVIOUR: BehaviourConfig = {
  ...{ items: 20, features: DIN_CONFIG.features, numeric: 2, width: 16 },
  ...{ moments: [{ name: 'hour', values: 4 }], layers: 2, heads: 2, maxPositions: 8 },
};
const BIDIRECTIONAL: BehaviourConfig = { ...BEHAVIOUR, attention: 'bidirectional' };

/** Larger than at the start, so that nothing is almost 0. */
const behaviourArena = () => initialBehaviour(BEHAVIOUR, true, 3).map((value) => 8 * value);

/** Every click model: name, model, weights. */
export const CLICK_MODELS = [
  ['deep interest network', dinModel(DIN_CONFIG), dinArena()],
  ['causal click model', clickModel(BEHAVIOUR), behaviourArena()],
  ['bidirectional click model', clickModel(BIDIRECTIONAL), behaviourArena()],
] as const;

/** Loss and gradients as in float64. */
export async function checkClickModel(
  executor: Executor,
  [, model, arena]: (typeof CLICK_MODELS)[number],
): Promise<void> {
  const oracle = new GradientBench(new CpuExecutor('f64'), model);
  const bench = new GradientBench(executor, model);
  const want = await oracle.run(arena, DIN_CLICKS);
  const got = await bench.run(arena, DIN_CLICKS);
  expectClose([got.loss], [want.loss], { absolute: 0, relative: 2e-5 }, 'loss');
  expectClose(got.gradient, want.gradient, { absolute: 2e-5, relative: 1e-3 }, 'gradients');
  oracle.destroy();
  bench.destroy();
  await executor.idle();
}
