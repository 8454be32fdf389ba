import { AppError } from '../../core/errors.ts';
import { sameLayout } from '../../core/layout.ts';
import { MergeSession } from '../../merge/arenas/merge-session.ts';
import { TOKEN_TENSORS } from '../../merge/arenas/restore-rows.ts';
import { RankSession } from '../../rec/evaluation/evaluate.ts';
import { rankingMetrics } from '../../rec/evaluation/metrics.ts';
import { idTokenRange } from '../../rec/semantic-ids/vocabulary.ts';
import { asArtefact, idsArtefact, type TrialArtefact } from '../results/artefacts.ts';
import { layoutOf } from '../checkpoints/checkpoint-layout.ts';
import type { EvaluateJob, SearchJob } from '../plan/job.ts';
import type { EvaluateSettings, SearchPlace } from '../plan/job-settings.ts';
import type { LabStore, StoredCheckpoint } from '../run/lab-store.ts';
import { vocabularyOf } from '../plan/model-config.ts';
import { originOf } from '../run/provenance.ts';
import { ranked, testUsers } from './evaluate.ts';
import { inputCheckpoint } from './job-context.ts';
import type { JobContext } from './job-context.ts';

/**
 * Merges and measures, again and again. Operands are sent to the device once. With semantic ids the
 * merged weights stay there too: they are copied into the searches that rank, which are compiled
 * once. Titles and embeddings read the merged model back, as their evaluations start from a stored
 * one.
 */
export class TrialRunner {
  private readonly job: SearchJob;
  private readonly context: JobContext;
  private readonly rankers = new Map<string, RankSession>();
  private session: MergeSession | null = null;
  private first: StoredCheckpoint | null = null;

  constructor(job: SearchJob, context: JobContext) {
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
      if (place.rows !== null) this.restoreRows(session, first, place.rows);
      const lists = await this.rankedWindows(session, first, place, at);
      lists.forEach((list, index) => {
        const evaluation = place.evaluations[index];
        if (evaluation === undefined) return;
        const { domain, split = 'test', cutoffs } = evaluation;
        results.push({ domain, split, metrics: rankingMetrics(list, cutoffs) });
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
    { models, base }: SearchPlace,
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

  private restoreRows(session: MergeSession, first: StoredCheckpoint, rows: number): void {
    const { start, end } = idTokenRange(vocabularyOf(first.meta.vocabulary));
    session.restoreRows(at(this.job.inputs.models, rows), {
      tensors: TOKEN_TENSORS,
      fromRow: start,
      toRow: end,
    });
  }

  /** Ranked lists of each window of a place. */
  private async rankedWindows(
    session: MergeSession,
    first: StoredCheckpoint,
    place: SearchPlace,
    index: number,
  ) {
    const { signal } = this.context;
    if (place.evaluations[0]?.paradigm === undefined) {
      const ranker = await this.ranker(first, place, index);
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

  private samples(evaluation: EvaluateSettings) {
    return testUsers(this.context.domainData(evaluation.domain), evaluation).samples;
  }

  private async ranker(
    { meta }: StoredCheckpoint,
    { domain, evaluations }: SearchPlace,
    index: number,
  ): Promise<RankSession> {
    const known = this.rankers.get(domain);
    if (known !== undefined) return known;
    const { executor, store } = this.context;
    const stored: unknown = await store.getArtefact(at(this.job.inputs.ids ?? [], index));
    const { ids } = asArtefact(idsArtefact, stored, `semantic ids ${domain}`);
    const { beam, batchUsers } = evaluations[0] ?? { beam: 1, batchUsers: 1 };
    const vocabulary = vocabularyOf(meta.vocabulary);
    const setup = { config: meta.config, ids, vocabulary, beam, batchUsers };
    const ranker = new RankSession(executor, setup);
    this.rankers.set(domain, ranker);
    return ranker;
  }

  /** The evaluation that a stored merge would get. */
  private evaluation(settings: EvaluateSettings, index: number): EvaluateJob {
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

function isSameMerge(
  before: SearchPlace | undefined,
  { models, base, rows }: SearchPlace,
): boolean {
  return (
    before?.base === base &&
    before.models.join() === models.join() &&
    (before.rows === null) === (rows === null)
  );
}

/** Stands for the merged model in inputs of evaluations. */
const MERGED = 'merged';

function withMerged(store: LabStore, merged: StoredCheckpoint): LabStore {
  return {
    getArtefact: (id) => store.getArtefact(id),
    putArtefact: (id, kind, value) => store.putArtefact(id, kind, value),
    getCheckpoint: (id) => (id === MERGED ? Promise.resolve(merged) : store.getCheckpoint(id)),
    putCheckpoint: (id, checkpoint) => store.putCheckpoint(id, checkpoint),
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
