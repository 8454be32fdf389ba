import { AppError } from '../../core/errors.ts';
import { sameLayout } from '../../core/layout.ts';
import { MergeSession } from '../../merge/arenas/merge-session.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import type { TrialArtefact } from '../results/artefacts.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import type { JobOf, SettingsOf } from '../job/job.ts';
import type { LabStore, StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { maskedRanks } from '../work/mask-history.ts';
import { originOf } from '../work/provenance.ts';
import type { DeviceRanker } from '../paradigms/contract/paradigm.ts';
import { cellWork, paradigmOfModel } from '../paradigms/paradigm-list.ts';
import { testUsers } from '../work/test-users.ts';
import { ranked } from './evaluate.ts';
import { inputCheckpoint, type JobContext } from '../work/job-context.ts';

/**
 * Merges and measures, again and again. Operands are sent to the device once. With semantic ids the
 * merged weights stay there too: they are copied into the searches that rank, which are compiled
 * once. Titles and embeddings read the merged model back, as their evaluations start from a stored
 * one.
 */
export class TrialRunner {
  private readonly job: JobOf<'search'>;
  private readonly context: JobContext;
  private readonly rankers = new Map<string, DeviceRanker>();
  private session: MergeSession | null = null;
  private first: StoredCheckpoint | null = null;

  constructor(job: JobOf<'search'>, context: JobContext) {
    this.job = job;
    this.context = context;
  }

  /** @errors those of merging and ranking; non-finite */
  async run(parameters: Readonly<Record<string, unknown>>): Promise<TrialArtefact> {
    const { session, first } = await this.open();
    const { settings } = this.job;
    const results: TrialArtefact['results'] = [];
    // Places of one merge differ in the restored rows only, which replace each other entirely.
    for (const [at, place] of settings.places.entries()) {
      if (!isSameMerge(settings.places[at - 1], place)) {
        await this.merge(session, place, parameters);
      }
      if (place.rows !== null) this.restoreRows(session, first, place, place.rows);
      const lists = await this.rankedWindows(session, first, place, at);
      lists.forEach((list, index) => {
        const evaluation = place.evaluations[index];
        if (evaluation === undefined) return;
        const { domain, split = 'test', cutoffs } = evaluation;
        const data = this.context.domainData(domain);
        const { ranks } = maskedRanks(data, evaluation, this.samples(evaluation), list);
        results.push({ domain, split, metrics: rankMetrics(ranks, cutoffs) });
      });
    }
    return { results, origin: originOf(this.context) };
  }

  destroy(): void {
    for (const ranker of this.rankers.values()) ranker.destroy();
    this.session?.destroy();
    this.rankers.clear();
    this.session = null;
  }

  private async merge(
    session: MergeSession,
    { models, base }: Place,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { settings, inputs } = this.job;
    const { method, gradients } = settings;
    const request = {
      method,
      parameters,
      ...(gradients !== undefined && { gradients }),
      base: base === null ? null : at(inputs.bases, base),
      models: models.map((index) => at(inputs.models, index)),
    };
    await session.merge(request, this.context.signal);
  }

  private restoreRows(
    session: MergeSession,
    { meta }: StoredCheckpoint,
    { evaluations }: Place,
    rows: number,
  ): void {
    const restored = paradigmOfModel(meta).restored?.(meta, evaluations[0]?.restore) ?? [];
    for (const range of restored) session.restoreRows(at(this.job.inputs.models, rows), range);
  }

  /** Ranked lists of each window of a place. */
  private async rankedWindows(
    session: MergeSession,
    first: StoredCheckpoint,
    place: Place,
    index: number,
  ) {
    const { signal } = this.context;
    const ranker = await this.ranker(first, place, index);
    if (ranker !== null) {
      ranker.weights.copyFrom(session.result);
      const lists = [];
      for (const evaluation of place.evaluations) {
        lists.push(await ranker.rank(this.samples(evaluation), { signal }));
      }
      return lists;
    }
    const merged = { meta: first.meta, parameters: await session.read() };
    const lists = [];
    for (const evaluation of place.evaluations) {
      const job = this.evaluation(evaluation, index);
      const context = { ...this.context, store: withMerged(this.context.store, merged) };
      lists.push(await ranked(job, quiet(context), this.samples(evaluation)));
    }
    return lists;
  }

  private samples(evaluation: SettingsOf<'evaluate'>) {
    return testUsers(this.context.domainData(evaluation.domain), evaluation).samples;
  }

  /** null where models are ranked from what is read back. */
  private async ranker(
    { meta }: StoredCheckpoint,
    { domain, evaluations }: Place,
    index: number,
  ): Promise<DeviceRanker | null> {
    const known = this.rankers.get(domain);
    if (known !== undefined) return known;
    const [evaluation] = evaluations;
    const open = cellWork(evaluation?.paradigm).openRanker;
    if (open === undefined || evaluation === undefined) return null;
    const ranker = await open(this.context, meta, evaluation, this.job.inputs.ids?.[index]);
    this.rankers.set(domain, ranker);
    return ranker;
  }

  /** The evaluation that a stored merge would get. */
  private evaluation(settings: SettingsOf<'evaluate'>, index: number): JobOf<'evaluate'> {
    const { id, seed, inputs } = this.job;
    const { data, ids, tokenizer, embedder } = inputs;
    return {
      id,
      kind: 'evaluate',
      title: '',
      seed,
      cell: null,
      settings,
      label: { model: '', kind: 'merge', own: true },
      inputs: {
        data: at(data, index),
        ...(ids !== undefined && { ids: at(ids, index) }),
        ...(tokenizer !== undefined && { tokenizer }),
        ...(embedder !== undefined && { embedder }),
        model: MERGED,
        rows: null,
      },
    };
  }

  /** Sends the operands to the device, once. @errors layout-mismatch */
  private async open(): Promise<{ session: MergeSession; first: StoredCheckpoint }> {
    if (this.session !== null && this.first !== null) {
      return { session: this.session, first: this.first };
    }
    const { models, bases } = this.job.inputs;
    const first = await inputCheckpoint(this.context, at(models, 0));
    const layout = layoutOf(first.meta);
    const session = new MergeSession(this.context.executor, layout);
    this.session = session;
    for (const id of [...models, ...bases]) {
      const { meta, parameters } = await inputCheckpoint(this.context, id);
      if (!sameLayout(layout, layoutOf(meta))) {
        throw new AppError(
          'layout-mismatch',
          `"${meta.name}" has another shape than its partners.`,
          { hint: 'Only checkpoints of one model configuration can be merged.' },
        );
      }
      session.load(id, parameters, meta.name);
    }
    this.first = first;
    return { session, first };
  }
}

function isSameMerge(before: Place | undefined, { models, base, rows }: Place): boolean {
  return (
    before?.base === base &&
    before.models.join() === models.join() &&
    (before.rows === null) === (rows === null)
  );
}

type Place = SettingsOf<'search'>['places'][number];

/** Stands for the merged model in inputs of evaluations. */
const MERGED = 'merged';

function withMerged(store: LabStore, merged: StoredCheckpoint): LabStore {
  return {
    health: store.health,
    getArtefact: (id) => store.getArtefact(id),
    putArtefact: (id, kind, value) => store.putArtefact(id, kind, value),
    getCheckpoint: (id) => (id === MERGED ? Promise.resolve(merged) : store.getCheckpoint(id)),
    openCheckpoint: (id) => (id === MERGED ? Promise.resolve(merged) : store.openCheckpoint(id)),
    putCheckpoint: (id, checkpoint) => store.putCheckpoint(id, checkpoint),
    finishedOf: (ids) => store.finishedOf(ids),
  };
}

/** Progress is counted in trials, not in the users of each. */
function quiet(context: JobContext): JobContext {
  return { ...context, progress: () => undefined };
}

function at(ids: readonly string[], index: number): string {
  const id = ids[index];
  if (id === undefined) throw new AppError('internal', 'A search refers to an input it lacks.');
  return id;
}
