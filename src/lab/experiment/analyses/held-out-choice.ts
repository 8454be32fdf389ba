import * as v from 'valibot';
import { repeats, type PathFault } from '../path-fault.ts';
import { name, whole } from '../schema-parts.ts';
import { defineAnalysis } from './analysis-kind.ts';
import { list, numbers } from './analysis-parts.ts';
import type { AnalysisScope } from './analysis-scope.ts';
import type { AnalysisTable } from './analysis-table.ts';

const group = v.strictObject({
  name,
  /** Merges of the document that compete. */
  merges: v.pipe(v.array(v.string()), v.minLength(1, 'needs at least one merge')),
});

const section = v.strictObject({
  name,
  kind: v.literal('held-out-choice'),
  /** Each chooses for itself; all are compared with the first. */
  groups: v.pipe(v.array(group), v.minLength(1, 'needs at least one group')),
  metric: v.optional(v.picklist(['recall', 'ndcg', 'mrr']), 'ndcg'),
  k: v.optional(whole(1, 100), 10),
});

const estimate = v.object({ value: v.number(), standardError: v.number(), n: v.number() });

const stored = v.object({
  kind: v.literal('held-out-choice'),
  metric: v.string(),
  k: v.number(),
  domains: list(v.string()),
  groups: list(
    v.object({
      name: v.string(),
      candidates: list(v.string()),
      best: v.number(),
      flattered: v.number(),
      shares: numbers,
      own: estimate,
      difference: v.nullable(estimate),
      /** Differences with each seed alone; empty for the first group. */
      ofSeeds: numbers,
    }),
  ),
});

type Plan = v.InferOutput<typeof section>;
type Value = v.InferOutput<typeof stored>;

/** The best merge of each of several groups, chosen by half of the test's users for the other half. */
export const heldOutChoice = defineAnalysis({
  kind: 'held-out-choice',
  section,
  stored,
  faults,
  tables,
});

function faults({ groups, k }: Plan, { merges, cutoffs }: AnalysisScope): PathFault[] {
  const found = repeats(
    groups.map((one) => one.name),
    ['groups'],
  );
  for (const [at, one] of groups.entries()) {
    for (const [place, asked] of one.merges.entries()) {
      const path = ['groups', at, 'merges', place];
      if (!merges.some((merge) => merge.name === asked)) {
        found.push({ path, message: `"${asked}" is not a merge of this document.` });
      }
    }
    found.push(...repeats(one.merges, ['groups', at, 'merges']));
  }
  const asked = new Set(groups.flatMap((one) => one.merges));
  const everywhere = merges
    .filter((merge) => asked.has(merge.name))
    .map(({ domains }) => domains.join('\n'));
  if (new Set(everywhere).size > 1) {
    found.push({ path: ['groups'], message: 'must all be merges that the same domains measure.' });
  }
  if (!cutoffs.includes(k)) {
    found.push({
      path: ['k'],
      message: `must be one of the cut-offs: ${cutoffs.join(', ')}.`,
    });
  }
  return found;
}

function tables({ groups, metric, k }: Value): AnalysisTable[] {
  const seeds = Math.max(...groups.map(({ ofSeeds }) => ofSeeds.length));
  return [
    {
      id: 'groups',
      title: `${metric}@${String(k)} in percent of what half of the users chose, on the other half`,
      header: [
        'group',
        'candidates',
        'value',
        'stderr',
        'n_users',
        'difference',
        'difference_stderr',
        ...Array.from({ length: seeds }, (_, at) => `difference_run_${String(at + 1)}`),
        'best_of_all',
        'value_of_best',
      ],
      rows: groups.map(({ name, candidates, best, flattered, own, difference, ofSeeds }) => [
        name,
        candidates.length,
        own.value,
        own.standardError,
        own.n,
        difference?.value ?? '',
        difference?.standardError ?? '',
        ...Array.from({ length: seeds }, (_, at) => ofSeeds[at] ?? ''),
        candidates[best] ?? '',
        flattered,
      ]),
    },
    {
      id: 'chosen',
      title: 'How often a half of the users chose each merge',
      header: ['group', 'merge', 'share'],
      rows: groups.flatMap(({ name, candidates, shares }) =>
        candidates.map((candidate, at) => [name, candidate, shares[at] ?? 0]),
      ),
    },
  ];
}
