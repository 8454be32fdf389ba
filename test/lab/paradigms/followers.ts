import * as v from 'valibot';
import { layoutOf } from '../../../src/core/layout.ts';
import { jsonFile, tensorsOf, textFile } from '../../../src/io/hf-checkpoint.ts';
import { writeSafetensors } from '../../../src/io/safetensors-write.ts';
import type { DomainData, Period } from '../../../src/rec/data/types.ts';
import type { CheckpointMeta } from '../../../src/lab/checkpoints/checkpoint-meta.ts';
import type { StoredCheckpoint } from '../../../src/lab/checkpoints/lab-store.ts';
import { basePass, stageColumns } from '../../../src/lab/experiment/language-base.ts';
import { paradigmPlan } from '../../../src/lab/experiment/paradigm-plans.ts';
import { whole } from '../../../src/lab/experiment/schema-parts.ts';
import { ownSettings } from '../../../src/lab/job/job-settings.ts';
import type { JobOf } from '../../../src/lab/job/job.ts';
import type { Paradigm } from '../../../src/lab/paradigms/contract/paradigm.ts';
import type { ParadigmDocument } from '../../../src/lab/paradigms/contract/paradigm-document.ts';
import { planCells, planData } from '../../../src/lab/planning/plan-cells.ts';
import { planRankings } from '../../../src/lab/planning/plan-rankings.ts';
import type { Ranking } from '../../../src/lab/planning/ranking.ts';
import { defineCheckpointJob } from '../../../src/lab/work/define-job.ts';
import { inspectData } from '../../../src/lab/work/inspect-data.ts';
import { inputCheckpoint, type JobContext } from '../../../src/lab/work/job-context.ts';
import { checkpointMeta } from '../../../src/lab/work/provenance.ts';
import { unusableRows } from '../../../src/lab/work/merge-statistics.ts';

/*
 * A fifth paradigm, in one file: what followed the user's last item most often comes next. Nothing
 * is trained; a cell is the table of counts of its stages, item by item. It stands here and not in
 * `src/` because nobody needs it: it shows what a new paradigm takes.
 */

const sectionSchema = v.strictObject({
  /** Rows and columns of the table: items beyond them are not counted. */
  items: v.optional(whole(8, 1024), 64),
});

interface FollowerSettings {
  readonly items: number;
}

declare module '../../../src/lab/experiment/paradigm-plans.ts' {
  interface ParadigmSections {
    readonly followers?: FollowerSettings;
  }
  interface ParadigmPlans {
    readonly followers: FollowerSettings;
  }
}

declare module '../../../src/lab/job/job-settings.ts' {
  interface CellTrainings {
    readonly followers: FollowerSettings;
  }
  interface CellRankings {
    readonly followers: FollowerSettings;
  }
}

declare module '../../../src/lab/job/job.ts' {
  interface JobTypes {
    /** The table before anything is counted: what the first cells start from. */
    readonly 'followers-start': MakesCheckpoint<FollowerSettings, Record<never, never>>;
  }
}

const followersDocument: ParadigmDocument<'followers'> = {
  kind: 'followers',
  labels: {
    columns: 'tables',
    base: 'empty table',
    run: (merges) => `Counts what follows what, then merges (${String(merges)})`,
    scored: 'item',
    metric: { metric: 'ndcg', k: 10 },
  },
  sections: { followers: v.optional(sectionSchema) },
  check: ({ base }) =>
    base.source === 'sequences'
      ? []
      : [{ path: ['base', 'source'], message: 'means nothing where nothing is trained.' }],
  plan: ({ followers }) => ({ kind: 'followers', items: followers?.items ?? 64 }),
  base: (document) => ({ ...basePass(document), text: null }),
  columns: stageColumns,
  draftColumns: (_, stages) => stages,
  mergeFault: (_, __, { title, needsData }) =>
    needsData ? { path: ['method'], message: `${title} reads rows that no table has.` } : null,
  analysisFaults: (_, { kind }) =>
    kind === 'task-vectors' ? null : [{ path: ['kind'], message: `no ${kind} of tables.` }],
};

const startJob = defineCheckpointJob({
  kind: 'followers-start',
  rank: 4,
  makes: 'checkpoint',
  card: 'An empty table',
  model: { role: 'base', name: 'empty table' },
  run: (job, context) => Promise.resolve(tableOf(job, context, job.settings.items, null)),
});

const ranking: Ranking = {
  ranksBase: () => false,
  settings: (experiment) => ({ paradigm: paradigmPlan(experiment, 'followers') }),
  readers: () => ({}),
};

/** Last item's followers. */
export const followers: Paradigm<'followers'> = {
  document: followersDocument,
  jobs: [startJob],
  cells: {
    train: async (job, context) => {
      const { domain, stage, paradigm } = job.settings;
      const { items } = ownSettings(paradigm, 'followers');
      const { parameters } = await inputCheckpoint(context, job.inputs.parent);
      const data = context.domainData(domain);
      const counts = parameters.map((count, at) => count + counted(data, stage, items, at));
      const cell = tableOf(job, context, items, { domain, stage: stage.name });
      return { ...cell, parameters: counts };
    },
    rank: async (job, context, samples) => {
      const { items } = ownSettings(job.settings.paradigm, 'followers');
      const { parameters } = await inputCheckpoint(context, job.inputs.model);
      const length = Math.max(...job.settings.cutoffs);
      return samples.map(({ user, history, target }) => {
        const last = history.at(-1) ?? 0;
        const row = parameters.subarray(last * items, (last + 1) * items);
        const order = [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);
        return { user, items: order.slice(0, length), target };
      });
    },
    trainingRows: (_, { name }) => Promise.reject(unusableRows(name, 'is a table of counts')),
  },
  ranking,
  imports: [],
  planChain: async (builder, seed) => {
    const { kind, items } = paradigmPlan(builder.experiment, 'followers');
    const data = await planData(builder);
    const base = await builder.add({
      ...{ kind: 'followers-start', title: 'empty table', seed, cell: null },
      ...{ settings: { items }, inputs: {} },
    });
    builder.nameCheckpoint(`empty table/seed${String(seed)}`, base);
    const chain = { seed, base, text: null, data, ids: new Map<string, string>() };
    return planCells(builder, chain, () => ({ paradigm: { kind, items } }));
  },
  planEvaluations: (builder, chain, merges) => planRankings(builder, chain, merges, ranking),
  probe: () => ({}),
  digest: (dataset) => Promise.resolve(dataset.digest),
  analyses: {},
  inspect: (experiment, dataset, placeOf) => ({
    ...inspectData(experiment, dataset, placeOf),
    behaviour: null,
  }),
  model: () => {
    throw new Error('A table is no language model.');
  },
  parameters: (experiment) => paradigmPlan(experiment, 'followers').items ** 2,
  memoryNeed: (experiment) => {
    const total = 4 * paradigmPlan(experiment, 'followers').items ** 2;
    const nothing = { gradients: 0, moments: 0, activations: 0, other: 0, limit: null };
    const training = { weights: total, ...nothing, total, largestBuffer: total, microBatches: 1 };
    return Promise.resolve({ training, titles: null });
  },
  layout: ({ config }) => tableLayout(config.vocabSize),
  mergedFacts: () => ({}),
  exportFiles: (_, { meta, parameters }, readme) => {
    const tensors = tensorsOf(tableLayout(meta.config.vocabSize), parameters);
    return Promise.resolve([
      { path: 'model.safetensors', bytes: writeSafetensors(tensors) },
      jsonFile('mmgrid.json', { ...meta }),
      textFile('README.md', readme),
    ]);
  },
  usage: () => ({
    tag: 'last-item-followers',
    library: 'safetensors',
    io: ['Row i holds how often each item followed item i.'],
    python: ['from safetensors.numpy import load_file'],
  }),
};

function tableLayout(items: number) {
  return layoutOf([[{ name: 'counts', shape: [items, items] }]]);
}

/** How often an item followed another at once, the second within the stage. */
function counted(data: DomainData, stage: Period, items: number, at: number): number {
  const [from, to] = [Math.floor(at / items), at % items];
  return data.timelines.reduce((count, line) => {
    for (let i = 1; i < line.items.length; i++) {
      const time = line.timesMs[i] ?? 0;
      const isInside = time >= stage.startMs && time < stage.endMs;
      if (isInside && line.items[i - 1] === from && line.items[i] === to) count += 1;
    }
    return count;
  }, 0);
}

function tableOf(
  job: JobOf<'train'> | JobOf<'followers-start'>,
  context: JobContext,
  items: number,
  cell: CheckpointMeta['context'],
): StoredCheckpoint {
  const sizes = { layers: 0, width: items, heads: 1, kvHeads: 1, headWidth: 8, feedForward: 0 };
  const constants = { tied: true, qkNorm: false, normEps: 1e-6, ropeTheta: 1, maxPositions: 1 };
  return {
    parameters: new Float32Array(tableLayout(items).length),
    meta: checkpointMeta(job, context, {
      config: { ...sizes, ...constants, vocabSize: items },
      paradigm: 'followers',
      vocabulary: { levels: 0, codes: 0 },
      context: cell,
      semanticIds: {},
      parents: 'parent' in job.inputs ? [{ role: 'predecessor', id: job.inputs.parent }] : [],
      steps: 0,
      curve: null,
    }),
  };
}
