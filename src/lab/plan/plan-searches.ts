import { AppError } from '../../core/errors.ts';
import type { SearchPlan } from '../experiment/experiment-types.ts';
import type { SettingsOf } from '../job/job.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import { restoring, windowSettings } from '../planning/evaluation-windows.ts';
import { addMerge, mergeVersions, type MergeVersion } from './plan-merges.ts';
import { idOf, type PlannedMerge, type Chain } from '../planning/chain.ts';
import { modelLabels } from '../merging/search-point.ts';
import { seedSuffix } from '../experiment/titles.ts';

/**
 * The searches of one chain. Over periods each domain is searched for itself; over domains one
 * search serves all evaluated ones. The best merge of each is a merge job that has the search
 * among its inputs, and is evaluated like any other merge.
 */
export async function planSearches(builder: PlanBuilder, chain: Chain): Promise<PlannedMerge[]> {
  const planned: PlannedMerge[] = [];
  for (const search of builder.experiment.searches) {
    const versions = await mergeVersions(builder, chain, search.merge);
    const groups = search.merge.over === 'periods' ? versions.map((one) => [one]) : [versions];
    for (const group of groups) {
      const id = await addSearch(builder, chain, search, group);
      for (const version of group) {
        const merged = await addMerge(builder, chain, search.merge, version, id);
        planned.push({ id: merged, model: version.model, own: version.own });
      }
    }
  }
  return planned;
}

async function addSearch(
  builder: PlanBuilder,
  chain: Chain,
  search: SearchPlan,
  versions: readonly MergeVersion[],
): Promise<string> {
  const { experiment } = builder;
  const { ranking } = paradigmOf(experiment);
  if (ranking === null) throw new AppError('internal', 'The document let searches pass.');
  const { merge, axes, strategy, budget, patience, objective, split, name } = search;
  const { method, parameters, weights, gradients } = merge;
  const [first] = versions;
  if (first === undefined) throw new AppError('internal', 'A search without domains was planned.');
  const bases = [...new Set(versions.flatMap(({ base }) => base ?? []))];
  // In the order of the labels; versions may order them otherwise.
  const models =
    merge.over === 'periods'
      ? first.models
      : merge.domains.map((domain) => idOf(cellsAt(chain, merge.stage), domain));
  const places: SettingsOf<'search'>['places'] = versions.flatMap((version) =>
    version.own.map((own) => {
      const { domain } = own;
      const { restore, rows } = restoring(own);
      const windows = windowSettings(builder, ranking, domain, experiment.evaluation.maxUsers);
      return {
        domain,
        models: version.models.map((id) => models.indexOf(id)),
        base: version.base === null ? null : bases.indexOf(version.base),
        rows: rows === null ? null : models.indexOf(rows),
        evaluations: windows.map(({ settings }) => ({ ...settings, ...restore })),
      };
    }),
  );
  const readers = places.map(({ domain }) => ranking.readers(experiment, chain, domain));
  const ids = readers.flatMap((reader) => reader.ids ?? []);
  const { tokenizer, embedder } = readers[0] ?? {};
  const [only] = places;
  const suffix = merge.over === 'periods' && only !== undefined ? ` (${only.domain})` : '';
  return builder.add({
    kind: 'search',
    title: `search ${name}${suffix}${seedSuffix(experiment, chain.seed)}`,
    name: `${name}${suffix}`,
    seed: chain.seed,
    cell: null,
    settings: {
      method,
      parameters,
      ...(weights !== undefined && { weights }),
      ...(gradients !== undefined && { gradients }),
      labels: modelLabels(merge),
      axes,
      strategy,
      budget,
      patience,
      objective,
      split,
      places,
    },
    inputs: {
      models,
      bases,
      data: places.map(({ domain }) => idOf(chain.data, domain)),
      ...(ids.length > 0 && { ids }),
      ...(tokenizer !== undefined && { tokenizer }),
      ...(embedder !== undefined && { embedder }),
    },
  });
}

/** The cells of a stage by domain. */
function cellsAt({ cells }: Chain, stage: string): ReadonlyMap<string, string> {
  return new Map([...cells].map(([domain, row]) => [domain, idOf(row, stage)]));
}
