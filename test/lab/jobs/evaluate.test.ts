import { beforeAll, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { Recent } from '../../../src/core/recent.ts';
import type { EvaluationArtefact } from '../../../src/lab/results/artefacts.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { CheckpointJob, Job, JobOf } from '../../../src/lab/job/job.ts';
import { asArtefact, idsArtefact } from '../../../src/lab/results/artefacts.ts';
import { testUsers } from '../../../src/lab/work/test-users.ts';
import { evaluate } from '../../../src/lab/jobs/evaluate.ts';
import type { JobContext } from '../../../src/lab/work/job-context.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import { jobModule } from '../../../src/lab/jobs/job-list.ts';
import type { StoredCheckpoint } from '../../../src/lab/checkpoints/lab-store.ts';
import { modelConfigOf } from '../../../src/lab/checkpoints/model-config.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { checkpointMeta } from '../../../src/lab/work/provenance.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';

/** Checkpoint of no job: the merge with the id rows replaced by this test. */
const BY_HAND = 'f'.repeat(64);
/** Ids of no job: every odd item has the id of the item before it. */
const IN_PAIRS = 'e'.repeat(64);

function jobOf<Kind extends Job['kind']>(of: Plan, kind: Kind, title: string) {
  const job = of.jobs.find((candidate) => candidate.title === title);
  if (job?.kind !== kind) throw new Error(`no job "${title}"`);
  return job as Job & { readonly kind: Kind };
}

/** A checkpoint that nobody trained: large weights, so that its rankings are far from a tie. */
function untrained(context: JobContext, job: CheckpointJob, seed: number): StoredCheckpoint {
  const { model, ids, contexts } = context.experiment;
  const vocabulary = { levels: ids.levels, codes: ids.codes };
  const config = modelConfigOf({ model, vocabulary, sampling: contexts });
  const facts = { config, vocabulary, context: null, semanticIds: {}, steps: 0, curve: null };
  return {
    parameters: initialParameters(config, seed).map((value) => 20 * value),
    meta: checkpointMeta(job, context, { ...facts, parents: [] }),
  };
}

describe.each([
  ['a tied model', true],
  ['a model with a head', false],
])('an evaluation of a merge over domains, of %s', (_what, tied) => {
  const experiment = tinyExperiment({
    'maxUsers: 8': 'maxUsers: 40',
    'feedForward: 32': `feedForward: 32, tied: ${String(tied)}`,
  });
  const store = new StoredResults(
    new CheckpointStore(new MemoryStore()),
    new ArtefactStore(new MemoryStore()),
    () => 0,
  );
  let plan: Plan;
  let job: JobOf<'evaluate'>;
  let results: Record<
    'restored' | 'byHand' | 'asMerged' | 'others' | 'inPairs',
    EvaluationArtefact
  >;
  let targets: readonly number[];

  beforeAll(async () => {
    const dataset = await datasetOf(experiment, null);
    plan = await planExperiment(experiment, dataset.digest);
    job = jobOf(plan, 'evaluate', 'evaluate average on Books');
    const executor = createCpuExecutor();
    const context: JobContext = {
      experiment,
      dataset,
      executor,
      store,
      imported: null,
      signal: new AbortController().signal,
      now: () => 0,
      domainData: (domain) => prepareDomain(dataset, { domain, minCount: 1, startMs: null }).data,
      itemVectors: new Recent(1),
      checkpointName: (id) => id,
      progress: () => undefined,
      loss: () => undefined,
      note: () => undefined,
      choice: () => undefined,
      epochs: () => undefined,
      once: (_, make) => make(),
      trials: () => undefined,
    };
    for (const [index, domain] of ['Games', 'Books'].entries()) {
      const cell = jobOf(plan, 'train', `train ${domain} phase2`);
      await store.putCheckpoint(cell.id, untrained(context, cell, index + 1));
    }
    await jobModule('ids').run(jobOf(plan, 'ids', 'semantic ids Books'), context);
    await jobModule('merge').run(jobOf(plan, 'merge', 'merge average'), context);
    await store.putCheckpoint(BY_HAND, await replacedByHand());
    const { samples } = testUsers(context.domainData('Books'), job.settings);
    targets = samples.map(({ target }) => target);
    await putIdsInPairs();
    const withInputs = (change: Partial<JobOf<'evaluate'>['inputs']>) =>
      evaluate({ ...job, inputs: { ...job.inputs, ...change } }, context);
    results = {
      restored: await evaluate(job, context),
      byHand: await withInputs({ model: BY_HAND, rows: null }),
      asMerged: await withInputs({ rows: null }),
      others: await withInputs({ rows: jobOf(plan, 'train', 'train Games phase2').id }),
      inPairs: await withInputs({ ids: IN_PAIRS }),
    };
    executor.destroy();
  });

  /** The merge with rows 4 … 4 + 2 · 16 of the embedding and the head taken from Books. */
  async function replacedByHand(): Promise<StoredCheckpoint> {
    const merged = await store.getCheckpoint(jobOf(plan, 'merge', 'merge average').id);
    const books = await store.getCheckpoint(jobOf(plan, 'train', 'train Books phase2').id);
    if (merged === null || books === null) throw new Error('no checkpoint');
    const layout = parameterLayout(merged.meta.config);
    const parameters = merged.parameters.slice();
    const tables = layout.entries.filter(({ name }) => /embed_tokens|lm_head/.test(name));
    expect(tables).toHaveLength(tied ? 1 : 2);
    for (const { offset } of tables) {
      for (let at = offset + 4 * 16; at < offset + (4 + 2 * 16) * 16; at++) {
        parameters[at] = books.parameters[at] ?? NaN;
      }
    }
    return { parameters, meta: { ...merged.meta, id: BY_HAND } };
  }

  async function putIdsInPairs(): Promise<void> {
    const stored: unknown = await store.getArtefact(jobOf(plan, 'ids', 'semantic ids Books').id);
    const artefact = asArtefact(idsArtefact, stored, 'ids');
    const { codes, levels } = artefact.ids;
    const paired = codes.map((_, at) => {
      const item = Math.floor(at / levels);
      return codes[(item - (item % 2)) * levels + (at % levels)] ?? 0;
    });
    await store.putArtefact(IN_PAIRS, 'ids', {
      ...artefact,
      ids: { ...artefact.ids, codes: paired, collisions: 58 },
    });
  }

  it('counts targets that no id leads to, says so, and has them as misses', async () => {
    const { inPairs, restored } = results;
    const odd = targets.filter((target) => target % 2 === 1).length;
    expect(odd).toBeGreaterThan(5);
    expect(inPairs.unreachableTargets).toBe(odd);
    expect(inPairs.ranks.filter((_, at) => (targets[at] ?? 0) % 2 === 1)).toEqual(
      new Array(odd).fill(0),
    );
    expect(restored).not.toHaveProperty('unreachableTargets');
    await store.putArtefact(job.id, 'evaluate', inPairs);
    expect(await jobModule(job.kind).notes(job, store)).toEqual([
      `Warning: Books, test: the target of ${String(odd)} of 36 users shares its id with another item, ` +
        'so no model of semantic ids can recommend it; they count as misses.',
    ]);
    await store.putArtefact(job.id, 'evaluate', restored);
    expect(await jobModule(job.kind).notes(job, store)).toEqual([]);
    const ids = { ...jobOf(plan, 'ids', 'semantic ids Books'), id: IN_PAIRS };
    expect((await jobModule(ids.kind).notes(ids, store))[0]).toMatch(
      /^Warning: Books: 29 of 59 items can never be recommended: 58 items share an id/,
    );
  });

  it('is planned with the rows of the evaluated domain', () => {
    expect(job.inputs.rows).toBe(jobOf(plan, 'train', 'train Books phase2').id);
  });

  it('ranks as the merge whose rows are replaced by hand', () => {
    const { restored, byHand } = results;
    expect(restored.ranks).toHaveLength(36);
    expect(restored.ranks.filter((rank) => rank > 0).length).toBeGreaterThan(5);
    expect(restored.ranks).toEqual(byHand.ranks);
    expect(restored.metrics).toEqual(byHand.metrics);
  });

  it('ranks differently without them and with those of the other domain', () => {
    const { restored, asMerged, others } = results;
    expect(restored.ranks).not.toEqual(asMerged.ranks);
    expect(restored.ranks).not.toEqual(others.ranks);
    expect(restored.metrics).not.toEqual(asMerged.metrics);
  });
});
