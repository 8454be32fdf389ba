import type { Executor, DeviceBuffer } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { mergeArenas } from '../../merge/arenas/merge-arenas.ts';
import { MergeSession } from '../../merge/arenas/merge-session.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import {
  influenceDifference,
  influenceError,
  rankInfluence,
} from '../../rec/evaluation/influence.ts';
import type { Sample } from '../../rec/data/types.ts';
import type { LabStore, StoredCheckpoint } from '../checkpoints/lab-store.ts';
import type { MergePlan } from '../experiment/experiment-types.ts';
import { isJobOf, type JobOf } from '../job/job.ts';
import { AVERAGE_METHOD } from '../merging/merge-methods.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import { cellWork, paradigmOfModel } from '../paradigms/paradigm-list.ts';
import type { DeviceRanker } from '../paradigms/contract/paradigm.ts';
import { chainOf } from '../plan/plan.ts';
import { mergeVersions } from '../plan/plan-merges.ts';
import type { JobContext } from '../work/job-context.ts';
import { maskedRanks, seenItems } from '../work/mask-history.ts';
import { testUsers } from '../work/test-users.ts';
import type { PackList, PackMeasure, PackPoint } from './pack-schema.ts';

/** What the picture shows: the metric's cut-off, and the titles of a list. */
export const CUTOFF = 10;
const SHOWN_ITEMS = 5;

/** A shop as it is measured: the evaluation that its own last cell has in the plan. */
export interface MeasuredShop {
  readonly evaluation: JobOf<'evaluate'>;
  readonly context: JobContext;
  readonly samples: readonly Sample[];
}

/** What a model answered in one shop. */
export interface ShopAnswers {
  readonly ranks: readonly number[];
  readonly measure: PackMeasure;
  /** Of the users that were asked for. */
  readonly lists: readonly PackList[];
}

/**
 * Merges of trained cells, measured as evaluations measure them: the users, the mask, the search over
 * ids are those of the plan. Operands and merged weights stay on the device.
 */
export class PackMeter {
  private readonly executor: Executor;
  private readonly store: LabStore;
  private readonly session: MergeSession;
  private readonly first: StoredCheckpoint;
  private readonly rankers = new Map<string, DeviceRanker>();

  private constructor(context: JobContext, first: StoredCheckpoint) {
    this.executor = context.executor;
    this.store = context.store;
    this.first = first;
    this.session = new MergeSession(context.executor, layoutOf(first.meta));
  }

  /** @errors checkpoint-missing before the cells are trained */
  static async open(shops: readonly MeasuredShop[]): Promise<PackMeter> {
    const [shop] = shops;
    if (shop === undefined) throw new AppError('internal', 'A pack needs shops.');
    const { context, evaluation } = shop;
    const meter = new PackMeter(context, await checkpoint(context.store, evaluation.inputs.model));
    for (const { evaluation: own } of shops) await meter.load(own.inputs.model);
    return meter;
  }

  destroy(): void {
    for (const ranker of this.rankers.values()) ranker.destroy();
    this.rankers.clear();
    this.session.destroy();
  }

  /** A whole model, as it was trained. @param users whose lists are wanted */
  cell(shop: MeasuredShop, model: string, users: readonly number[]): Promise<ShopAnswers> {
    return this.answers(shop, this.session.operand(model), users);
  }

  /** A merge in every shop, in the order of the shops. */
  async merged(
    merge: MergePlan,
    shops: readonly MeasuredShop[],
    users: readonly (readonly number[])[],
  ): Promise<ShopAnswers[]> {
    const answers = new Map<string, ShopAnswers>();
    const [first] = shops;
    if (first === undefined) return [];
    const { experiment, dataset, signal } = first.context;
    const { builder, chain, jobs } = await chainOf(experiment, dataset.digest);
    for (const { base, models, own } of await mergeVersions(builder, chain, merge)) {
      if (base !== null && !this.session.holds(base)) {
        const job = jobs.get(base);
        const cells = isJobOf(job, 'merge') ? job.inputs.models : [];
        if (cells.length === 0) await this.load(base);
        else this.session.load(base, await this.mean(cells, signal), 'The base');
      }
      const { method, parameters } = merge;
      for (const { domain, rows, restore } of own) {
        const at = shops.findIndex(({ evaluation }) => evaluation.settings.domain === domain);
        const shop = shops[at];
        if (shop === undefined) continue;
        // Merged again for each shop: rows that were put back for one are none of the other's.
        await this.session.merge({ method, parameters, base, models }, signal);
        if (rows !== null) this.restore(rows, restore);
        answers.set(domain, await this.answers(shop, this.session.result, users[at] ?? []));
      }
    }
    return shops.map(({ evaluation }) => {
      const found = answers.get(evaluation.settings.domain);
      if (found !== undefined) return found;
      throw new AppError('internal', `${merge.name} is measured in one shop only.`);
    });
  }

  private restore(rows: string, what: MergeOwn['restore']): void {
    const { meta } = this.first;
    for (const range of paradigmOfModel(meta).restored?.(meta, what) ?? []) {
      this.session.restoreRows(rows, range);
    }
  }

  private async answers(
    shop: MeasuredShop,
    weights: DeviceBuffer,
    users: readonly number[],
  ): Promise<ShopAnswers> {
    const { samples, context, evaluation } = shop;
    const { settings } = evaluation;
    const ranker = await this.ranker(shop);
    ranker.weights.copyFrom(weights);
    const lists = await ranker.rank(samples, { signal: context.signal });
    const data = context.domainData(settings.domain);
    const { ranks } = maskedRanks(data, settings, samples, lists);
    const seen = seenItems(data, settings.test, samples);
    return {
      ranks,
      measure: measureOf(ranks),
      lists: users.map((user) => {
        const { items = [], scores = [] } = lists[user] ?? {};
        const left = items
          .map((item, at) => ({ item, chance: Math.exp(scores[at] ?? NaN) }))
          .filter(({ item }) => item >= 0 && seen[user]?.has(item) !== true)
          .slice(0, SHOWN_ITEMS);
        return {
          items: left.map(({ item }) => item),
          chances: left.map(({ chance }) => Number(chance.toPrecision(3))),
          rank: ranks[user] ?? 0,
        };
      }),
    };
  }

  private async ranker({ evaluation, context }: MeasuredShop): Promise<DeviceRanker> {
    const { settings, inputs } = evaluation;
    const known = this.rankers.get(settings.domain);
    if (known !== undefined) return known;
    const open = cellWork(settings.paradigm).openRanker;
    if (open === undefined) {
      throw new AppError(
        'invalid-argument',
        'A pack is made of models that are ranked on the device.',
        {
          hint: 'Nothing was written. Make it of a document with semantic ids.',
        },
      );
    }
    const ranker = await open(context, this.first.meta, settings, inputs.ids);
    this.rankers.set(settings.domain, ranker);
    return ranker;
  }

  private async mean(cells: readonly string[], signal: AbortSignal): Promise<Float32Array> {
    const models = await Promise.all(cells.map((id) => checkpoint(this.store, id)));
    const parameters = models.map((model) => model.parameters);
    const request = { method: AVERAGE_METHOD, parameters: {}, base: null, models: parameters };
    return mergeArenas(this.executor, this.session.layout, request, signal);
  }

  private async load(id: string): Promise<void> {
    const { meta, parameters } = await checkpoint(this.store, id);
    this.session.load(id, parameters, meta.name);
  }
}

type MergeOwn = Awaited<ReturnType<typeof mergeVersions>>[number]['own'][number];

/** The users of a shop's own evaluation. */
export function measuredShop(evaluation: JobOf<'evaluate'>, context: JobContext): MeasuredShop {
  const data = context.domainData(evaluation.settings.domain);
  return { evaluation, context, samples: testUsers(data, evaluation.settings).samples };
}

export function measureOf(ranks: readonly number[]): PackMeasure {
  const found = rankMetrics(ranks, [CUTOFF]).find(({ metric }) => metric === 'recall');
  if (found === undefined) throw new AppError('internal', 'Ranks have no recall.');
  return { recall: rounded(found.value), error: rounded(found.standardError) };
}

/** A merge beside the shop's own model, user by user. */
export function pointOf(ranks: readonly number[], own: readonly number[]): PackPoint {
  const names = ranks.map((_, at) => String(at));
  const recallOf = (all: readonly number[]) =>
    rankInfluence(names, all, [CUTOFF]).find(({ metric }) => metric === 'recall');
  const [merged, parent] = [recallOf(ranks), recallOf(own)];
  if (merged === undefined || parent === undefined) throw new AppError('internal', 'No recall.');
  const change = influenceDifference(merged, parent);
  return {
    ...measureOf(ranks),
    change: rounded(change.value),
    changeError: rounded(influenceError(change)),
  };
}

/** Three decimals of a percent: far below any error. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

async function checkpoint(store: LabStore, id: string): Promise<StoredCheckpoint> {
  const found = await store.getCheckpoint(id);
  if (found !== null) return found;
  throw new AppError('checkpoint-missing', 'A model of the pack is not trained.', {
    hint: 'Nothing was written. Run the document first.',
  });
}
