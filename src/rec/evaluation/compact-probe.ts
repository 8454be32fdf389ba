import type { Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { CodeTree } from '../../nn/compact-id-model/code-tree.ts';
import type { CompactIdConfig } from '../../nn/compact-id-model/compact-id-layout.ts';
import { CompactIdProbe } from '../../nn/compact-id-model/compact-id-probe.ts';
import type { DeviceWeights } from '../../nn/graph/parameter-arena.ts';
import type { Sample } from '../data/types.ts';
import { checkItems, itemPositions } from '../rows/item-rows.ts';
import { probeAnswer, type ProbeAnswer } from './probe-numbers.ts';

/** Positions of compiled rows are multiples of this. */
const LENGTH_STEP = 8;

/**
 * A quick measure of a compact model on fixed users: loss of the target's codes and greedy decoding,
 * see `CompactIdProbe`; the same numbers as those of LC-Rec's form (`IdProbe`).
 */
export class CompactProbe {
  private readonly probe: CompactIdProbe;

  private constructor(probe: CompactIdProbe) {
    this.probe = probe;
  }

  get weights(): DeviceWeights {
    return this.probe.weights;
  }

  /** @errors limit-exceeded, invalid-argument (no samples; items without an id; another tree) */
  static async create(
    executor: Executor,
    { config, tree }: { readonly config: CompactIdConfig; readonly tree: CodeTree },
    samples: readonly Sample[],
  ): Promise<CompactProbe> {
    if (samples.length === 0) throw new AppError('invalid-argument', 'A probe needs users.');
    for (const { history, target } of samples) checkItems([...history, target], tree.items);
    const rows = samples.map(({ history }) => itemPositions(history));
    const longest = Math.max(...rows.map((row) => row.length));
    const whole = Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP;
    const length = Math.max(longest, Math.min(whole, config.maxPositions));
    const ids = new Uint32Array(rows.length * length);
    rows.forEach((row, user) => {
      ids.set(row, user * length);
    });
    const users = {
      ...{ length, ids },
      lengths: Uint32Array.from(rows, (row) => row.length),
      targets: samples.map(({ target }) => target),
    };
    return new CompactProbe(await CompactIdProbe.create(executor, config, tree, users));
  }

  /** @errors non-finite where the model's scores are no numbers */
  async measure(): Promise<ProbeAnswer> {
    const measured = await this.probe.measure();
    return probeAnswer(
      measured.map((own) => -own.reduce((sum, one) => sum + one.logProbability, 0) / own.length),
      measured.map((own) => own.every(({ isBest }) => isBest)),
    );
  }

  destroy(): void {
    this.probe.destroy();
  }
}
