import { AppError } from '../../../../core/errors.ts';
import { buildCodeTree, nodeCount } from '../../../../nn/compact-id-model/code-tree.ts';
import {
  compactIdTable,
  initialCompactIds,
  type CompactIdConfig,
} from '../../../../nn/compact-id-model/compact-id-layout.ts';
import type { Period, SemanticIds } from '../../../../rec/data/types.ts';
import type { TrainingRow } from '../../../../rec/rows/training-rows.ts';
import type { ImportedCompactBase } from '../../../checkpoints/imported-compact.ts';
import type { StoredCheckpoint } from '../../../checkpoints/lab-store.ts';
import type { StageScore } from '../../../experiment/experiment-types.ts';
import type { OptimizerSettings, Sampling } from '../../../job/job-settings.ts';
import type { JobOf } from '../../../job/job.ts';
import { asArtefact, idsArtefact, type IdsArtefact } from '../../../results/artefacts.ts';
import { splitRows } from '../../../work/held-out.ts';
import { defineCheckpointJob } from '../../../work/define-job.ts';
import { deriveSeed, inputCompact, type JobContext } from '../../../work/job-context.ts';
import { checkpointMeta } from '../../../work/provenance.ts';
import { runFacts, untrained } from '../../../work/train-on.ts';
import { checkImportedIds } from './check-imported.ts';
import {
  compactConfig,
  compactMeta,
  jointConfig,
  treeOf,
  type CompactSizes,
} from './compact-config.ts';
import { trainOnItems } from '../../../work/train-on-items.ts';

/** The common start of all compact cells: random weights, a model from files, or trained on all domains. */
export interface CompactBaseSettings extends CompactSizes {
  readonly domains: readonly string[];
  /** null: the weights stay as they are. */
  readonly training: {
    readonly period: Period;
    readonly sampling: Sampling;
    readonly maxTargets: number | null;
    readonly score: StageScore;
    readonly optimizer: OptimizerSettings;
  } | null;
  /** Digest of the model from files that it starts from; absent: random weights. */
  readonly imported?: string;
}

declare module '../../../job/job.ts' {
  interface JobTypes {
    readonly 'compact-base': MakesCheckpoint<
      CompactBaseSettings,
      { readonly data: readonly string[]; readonly ids: readonly string[] }
    >;
  }
}

/**
 * The start of all cells, with room for the prefixes of the largest domain: arenas of all domains
 * then have one shape and any method merges them.
 */
async function makeCompactBase(
  job: JobOf<'compact-base'>,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { settings, inputs, seed } = job;
  const artefacts = await idsOfAll(context, inputs.ids);
  const ids = artefacts.map((own) => own.ids);
  const { imported } = settings;
  const given = imported === undefined ? null : inputCompact(context, imported);
  const own = () => Math.max(...ids.map((one) => nodeCount(treeOf(one))));
  // Files may have room for a larger domain that is not among these.
  const config = compactConfig(settings, given?.model.config.nodes ?? own());
  const start =
    given === null
      ? initialCompactIds(config, deriveSeed(seed, 'init'))
      : importedStart(given, artefacts);
  const made =
    settings.training === null
      ? untrained(start)
      : await trainJointly(job, context, { config, start, ids });
  const semanticIds = Object.fromEntries(
    settings.domains.map((domain, index) => [domain, inputs.ids[index] ?? '']),
  );
  return {
    parameters: made.parameters,
    meta: checkpointMeta(job, context, {
      ...compactMeta(config),
      ...{ context: null, semanticIds, parents: [], ...runFacts(made) },
      ...(settings.training === null && { curve: null }),
    }),
  };
}

/** The weights of the files. @errors data-invalid where their tables stand for other ids */
function importedStart(
  { model, parameters }: ImportedCompactBase,
  artefacts: readonly IdsArtefact[],
): Float32Array<ArrayBuffer> {
  for (const own of artefacts) checkImportedIds(model, own);
  return parameters;
}

/**
 * Trains on the first-stage sequences of all domains pooled, as one catalogue: the tree of all their
 * ids, where codes are shared and mean something else in every domain, as in LC-Rec's base. Prefixes
 * belong to a domain, so their vectors stay 0 until its cells are trained.
 */
async function trainJointly(
  { settings, seed }: JobOf<'compact-base'>,
  context: JobContext,
  {
    config,
    start,
    ids,
  }: { config: CompactIdConfig; start: Float32Array<ArrayBuffer>; ids: readonly SemanticIds[] },
) {
  const { levels, codes, domains, training } = settings;
  if (training === null) throw new AppError('internal', 'A random start is not trained.');
  const { period, sampling, maxTargets, score, optimizer } = training;
  const tree = buildCodeTree(
    ids.flatMap((own) => [...own.codes]),
    levels,
    codes,
  );
  const shared = jointConfig(config, tree);
  const rows: TrainingRow[] = [];
  const held: TrainingRow[] = [];
  let first = 0;
  let users = 0;
  for (const [index, domain] of domains.entries()) {
    const data = context.domainData(domain);
    const options = { ...sampling, maxTargets, score, seed: deriveSeed(seed, 'targets') };
    const [before, others] = [first, users];
    const pooled = (own: readonly TrainingRow[]) =>
      own.map((row) => ({
        ...row,
        user: others + row.user,
        items: row.items.map((item) => before + item),
      }));
    const split = splitRows(data, period, options, optimizer.validation);
    rows.push(...pooled(split.rows));
    held.push(...pooled(split.held));
    users += data.userIds.length;
    first += (ids[index]?.codes.length ?? 0) / levels;
  }
  // All but the prefix vectors, which come last.
  const { length } = compactIdTable(shared).layout;
  const trained = await trainOnItems(context, {
    ...{ config: shared, tree, parameters: start.slice(0, length), rows, held, optimizer },
    seed: deriveSeed(seed, 'train/base'),
  });
  const parameters = start.slice();
  parameters.set(trained.parameters);
  return { ...trained, parameters };
}

async function idsOfAll(
  { store }: JobContext,
  jobs: readonly string[],
): Promise<readonly IdsArtefact[]> {
  const all: IdsArtefact[] = [];
  for (const id of jobs) {
    const stored: unknown = await store.getArtefact(id);
    all.push(asArtefact(idsArtefact, stored, 'semantic ids of the base'));
  }
  return all;
}

export const compactBaseJob = defineCheckpointJob({
  kind: 'compact-base',
  rank: 4,
  makes: 'checkpoint',
  card: 'The common start',
  model: { role: 'base', name: 'base' },
  run: makeCompactBase,
});
