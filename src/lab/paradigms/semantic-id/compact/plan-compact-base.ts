import { period, seedSuffix } from '../../../experiment/titles.ts';
import type { PlanBuilder } from '../../../planning/plan-builder.ts';
import { optimizerOf } from '../../../planning/plan-optimizer.ts';
import type { CompactForm } from '../form.ts';
import { importedCompact } from './compact-import.ts';

/** The start of all compact cells: trained on all domains, or the same random weights. */
export async function planCompactBase(
  builder: PlanBuilder,
  seed: number,
  { trieLoss, prefixVectors }: CompactForm,
  data: readonly string[],
  ids: readonly string[],
): Promise<string> {
  const { experiment, sampling } = builder;
  const { model, base, contexts } = experiment;
  const { levels, codes } = experiment.ids;
  const { stages, domains, maxPretrainTargets, history } = contexts;
  const training = {
    period: period(stages[0]),
    sampling,
    maxTargets: maxPretrainTargets,
    score: base.score,
    optimizer: optimizerOf(experiment, base),
  };
  const imported = importedCompact(base);
  const isTrained = imported === null ? base.isRandom !== true : base.epochs > 0;
  const untrained = imported === null ? 'random start' : 'import base';
  const title = isTrained ? 'train base' : untrained;
  const id = await builder.add({
    kind: 'compact-base',
    title: `${title}${seedSuffix(experiment, seed)}`,
    seed,
    cell: null,
    settings: {
      ...{ model, levels, codes, form: { trieLoss, prefixVectors }, history, domains },
      training: isTrained ? training : null,
      ...(imported !== null && { imported: imported.digest }),
    },
    inputs: { data: isTrained ? data : [], ids },
  });
  builder.nameCheckpoint(`base/seed${String(seed)}`, id);
  return id;
}
