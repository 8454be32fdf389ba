import { AppError } from '../../../core/errors.ts';
import { RandomStream } from '../../../core/rng.ts';
import { rankGains } from '../../../rec/evaluation/metrics.ts';
import type { ArtefactOf } from '../../analysis/analysis-result.ts';
import { chooseInGroups, type CandidateGroup } from '../../analysis/grouped-choice.ts';
import { isJobOf, type JobOf } from '../../job/job.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import { asArtefact, evaluationArtefact } from '../../results/artefacts.ts';
import type { JobContext } from '../../work/job-context.ts';
import type { AnalysisWorkOf, Planned, SettingsOfKind } from './analysis-work.ts';

declare module '../../job/job-settings.ts' {
  interface AnalysisSettingsTypes {
    readonly 'held-out-choice': ChoiceSettings;
  }
}

type Plan = Parameters<AnalysisWorkOf<'held-out-choice'>['plan']>[1];

/** One job of all seeds: what a user says of a merge is the mean over them. */
export const heldOutChoiceWork: AnalysisWorkOf<'held-out-choice'> = {
  kind: 'held-out-choice',
  plan: planChoice,
  run: choose,
};

async function planChoice(
  builder: PlanBuilder,
  { kind, name, groups, metric, k }: Plan,
  planned: Planned,
): Promise<void> {
  const { merges } = builder.experiment;
  const [first] = groups.flatMap((group) => group.merges);
  const one = merges.find((merge) => merge.name === first);
  const domains = (one?.over === 'domains' ? one.evaluate : one?.domains) ?? [];
  const evaluations = planned.seeds.flatMap((seed) =>
    groups.flatMap((group) =>
      group.merges.flatMap((merge) =>
        domains.map((domain) => evaluationOf(planned, seed, merge, domain)),
      ),
    ),
  );
  await builder.add({
    kind: 'analysis',
    title: `analysis ${name}`,
    // Of all seeds together.
    seed: 0,
    cell: null,
    settings: {
      kind,
      domains,
      groups: groups.map((group) => ({ name: group.name, candidates: group.merges })),
      seeds: planned.seeds.length,
      metric,
      k,
    },
    inputs: { evaluations },
    label: { name, models: groups.flatMap((group) => group.merges), base: null },
  });
}

/** A merge's own measurement on a domain's test window. */
function evaluationOf(
  { jobs }: Planned,
  { merges }: Planned['seeds'][number],
  name: string,
  domain: string,
): string {
  const made = merges.filter(({ model }) => model === name || model === `${name} (${domain})`);
  const ids = new Set(made.map(({ id }) => id));
  const found = jobs.find(
    (job) =>
      isJobOf(job, 'evaluate') &&
      job.label.own &&
      ids.has(job.inputs.model) &&
      job.settings.domain === domain &&
      job.settings.split === undefined,
  );
  if (found !== undefined) return found.id;
  throw new AppError('internal', `No evaluation of "${name}" on ${domain} was planned.`);
}

async function choose(
  job: JobOf<'analysis'>,
  { domains, groups, seeds, metric, k }: SettingsOfKind<'held-out-choice'>,
  context: JobContext,
): Promise<ArtefactOf<'held-out-choice'>> {
  const ids = [...(job.inputs.evaluations ?? [])];
  const gains: (readonly number[])[] = [];
  for (const id of ids) {
    const stored: unknown = await context.store.getArtefact(id);
    const { ranks } = asArtefact(evaluationArtefact, stored, 'evaluation');
    gains.push(rankGains(ranks, [k]).find((one) => one.metric === metric)?.gains ?? []);
  }
  const candidates = groups.reduce((sum, group) => sum + group.candidates.length, 0);
  if (gains.length !== seeds * candidates * domains.length) {
    throw new AppError('internal', 'A choice was planned with other evaluations.');
  }
  const groupsOf = (which: readonly number[]): CandidateGroup[] => {
    let before = 0;
    return groups.map(({ name, candidates: own }) => {
      const values = own.map((_, at) =>
        domains.map((_, domain) => {
          const runs = which.map(
            (seed) => gains[(seed * candidates + before + at) * domains.length + domain] ?? [],
          );
          return (runs[0] ?? []).map(
            (_, user) => runs.reduce((sum, run) => sum + (run[user] ?? NaN), 0) / runs.length,
          );
        }),
      );
      before += own.length;
      return { name, values };
    });
  };
  const random = () => new RandomStream(0, 'held-out choice');
  const all = Array.from({ length: seeds }, (_, seed) => seed);
  const found = chooseInGroups(groupsOf(all), random());
  const alone = all.map((seed) => chooseInGroups(groupsOf([seed]), random()));
  return {
    kind: 'held-out-choice',
    metric,
    k,
    domains: [...domains],
    groups: found.map((group, at) => ({
      ...group,
      candidates: [...(groups[at]?.candidates ?? [])],
      ofSeeds: alone.flatMap((run) => run[at]?.difference?.value ?? []),
    })),
  };
}
