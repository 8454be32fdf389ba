import { HYBRID_WEIGHTS } from '../experiment/experiment-defaults.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { period, seedSuffix } from '../experiment/titles.ts';
import type { SettingsOf } from '../job/job.ts';
import { shortNames } from '../results/differences.ts';
import { idOf, type Chain, type PlannedMerge } from './chain.ts';
import { restoring, windowSettings } from './evaluation-windows.ts';
import type { PlanBuilder } from './plan-builder.ts';
import type { Ranking } from './ranking.ts';

/** A model in its own context, with what is restored there. */
interface Place {
  readonly model: string;
  readonly id: string;
  readonly domain: string;
  readonly merged?: PlannedMerge['own'][number];
}

/** The models that the document names, each with co-occurrence, in their own contexts. */
export async function planHybrids(
  builder: PlanBuilder,
  chain: Chain,
  merges: readonly PlannedMerge[],
  ranking: Ranking,
): Promise<void> {
  const { experiment } = builder;
  const { hybrids = [], maxUsers } = experiment.evaluation;
  const { stages, test } = experiment.contexts;
  const places = placesOf(builder, chain, merges, ranking);
  for (const hybrid of hybrids) {
    const name = typeof hybrid === 'string' ? hybrid : hybrid.model;
    const choice = choiceOf(experiment, hybrid);
    if (choice === null) continue;
    const own = places.filter(
      ({ model, domain }) => model === name || shortNames(model, [domain]).includes(name),
    );
    for (const { model, id, domain, merged } of own) {
      const { restore, rows } = restoring(merged);
      const [window] = windowSettings(builder, ranking, domain, maxUsers);
      if (window === undefined) continue;
      const label = { model: `${model} + co-occurrence`, kind: 'baseline', own: true } as const;
      await builder.add({
        kind: 'hybrid',
        title: `${label.model} on ${domain}${seedSuffix(experiment, chain.seed)}`,
        seed: chain.seed,
        cell: null,
        settings: {
          ...window.settings,
          ...restore,
          trainEndMs: stages.at(-1)?.endMs ?? test.startMs,
          ...choice,
        },
        inputs: {
          data: idOf(chain.data, domain),
          model: id,
          rows,
          ...ranking.readers(experiment, chain, domain),
        },
        label,
      });
    }
  }
}

/** The weights, and where and by what one of them is chosen; null where there is no window for it. */
function choiceOf(
  { contexts, evaluation }: Experiment,
  hybrid: NonNullable<Experiment['evaluation']['hybrids']>[number],
): Pick<SettingsOf<'hybrid'>, 'weights' | 'validation' | 'objective'> | null {
  if (typeof hybrid !== 'string') return { weights: [hybrid.weight] };
  const { cutoffs } = evaluation;
  if (contexts.validation === null) return null;
  return {
    validation: period(contexts.validation),
    weights: HYBRID_WEIGHTS,
    objective: { metric: 'ndcg', k: cutoffs.includes(10) ? 10 : Math.max(...cutoffs) },
  };
}

function placesOf(
  { experiment }: PlanBuilder,
  { base, cells }: Chain,
  merges: readonly PlannedMerge[],
  ranking: Ranking,
): Place[] {
  const { domains } = experiment.contexts;
  const bases = ranking.ranksBase(experiment) ? domains : [];
  return [
    ...bases.map((domain) => ({ model: 'base', id: base, domain })),
    ...[...cells].flatMap(([domain, row]) =>
      [...row].map(([stage, id]) => ({ model: `${domain}/${stage}`, id, domain })),
    ),
    ...merges.flatMap(({ id, model, own }) =>
      own.map((merged) => ({ model, id, domain: merged.domain, merged })),
    ),
  ];
}
