import { AppError } from '../../core/errors.ts';
import { experimentFrom } from '../document/experiment.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';
import { isJobOf, type JobOf } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import { asArtefact, baselineArtefact } from '../results/artefacts.ts';
import { jobContexts } from '../run/job-contexts.ts';
import type { RunOptions } from '../run/run-options.ts';
import { measuredShop, measureOf, PackMeter, pointOf, type MeasuredShop } from './pack-meter.ts';
import { PACK_METHODS, type PackMethod } from './pack-methods.ts';
import { documentOf } from './pack-document.ts';
import { PACK_SCHEMA, readPack, type Pack, type PackCurve } from './pack-schema.ts';

/** Every twentieth: what a slider stops at. */
export const SHARES: readonly number[] = Array.from({ length: 21 }, (_, at) => at / 20);

/** Histories that can be leafed through. */
const CUSTOMERS = 12;

/** How much of it is made; a test needs little. */
export interface PackSize {
  readonly shares: readonly number[];
  readonly customers: number;
  readonly methods: readonly PackMethod[];
}

export const WHOLE: PackSize = { shares: SHARES, customers: CUSTOMERS, methods: PACK_METHODS };

export interface PackParts extends Omit<RunOptions, 'emit' | 'claims' | 'limits'> {
  /** The document's text. */
  readonly document: string;
  /** Its plan, all of whose cells and baselines are stored. */
  readonly plan: Plan;
}

/**
 * What the start shows, measured with the models of a finished run: both shops' own models, each one
 * in the other shop, and every merge over the share of the second.
 * @errors checkpoint-missing where the run is not finished; invalid-argument for other than two shops
 */
export async function makePack(parts: PackParts, size: PackSize = WHOLE): Promise<Pack> {
  const { plan, experiment, document, executor, store } = parts;
  const contextOf = jobContexts(plan, { ...parts, emit: () => undefined }, () => undefined);
  const evaluations = ownEvaluations(plan, experiment.contexts.stages.at(-1)?.name ?? '');
  if (evaluations.length !== 2) {
    throw new AppError('invalid-argument', `A pack shows two shops, not ${evaluations.length}.`, {
      hint: 'Nothing was written. Give the document two domains.',
    });
  }
  const shops = evaluations.map((job) => measuredShop(job, contextOf(job)));
  const meter = await PackMeter.open(shops);
  try {
    const drawn = [];
    for (const [at, shop] of shops.entries()) drawn.push(await asked(meter, shops, shop, at, size));
    const shown = [];
    for (const [at, shop] of shops.entries()) {
      const { users, own, parents } = drawn[at] ?? { users: [], own: [], parents: [] };
      const data = shop.context.domainData(shop.evaluation.settings.domain);
      shown.push({
        name: shop.evaluation.settings.domain,
        users: own.length,
        titles: titlesOf(data.titles, data.itemIds),
        parents: parents.map(({ measure }) => measure),
        counting: measureOf(await countingRanks(plan, store, shop.evaluation)),
        model: shop.evaluation.inputs.model,
        customers: users.map((user, index) => {
          const { history, target } = sampleOf(shop, user);
          const lists = parents.flatMap(({ lists: all }) => all[index] ?? []);
          return { history: [...history], taken: target, parents: lists };
        }),
      });
    }
    const curves: PackCurve[] = [];
    for (const method of size.methods) {
      for (const ownCodes of [true, false]) {
        curves.push(await curveOf(meter, { document, shops, drawn, method, ownCodes, size }));
      }
    }
    return readPack({
      schema: PACK_SCHEMA,
      engine: ENGINE_VERSION,
      machine: executor.profile.name,
      seed: experiment.seeds[0] ?? 0,
      document,
      shares: [...size.shares],
      shops: shown,
      curves,
    });
  } finally {
    meter.destroy();
  }
}

interface CurveParts {
  readonly document: string;
  readonly shops: readonly MeasuredShop[];
  readonly drawn: readonly Awaited<ReturnType<typeof asked>>[];
  readonly method: PackMethod;
  readonly ownCodes: boolean;
  readonly size: PackSize;
}

async function curveOf(meter: PackMeter, parts: CurveParts): Promise<PackCurve> {
  const { document, shops, drawn, method, ownCodes, size } = parts;
  const [merge] = experimentFrom(documentOf(document, method, ownCodes)).merges;
  if (merge === undefined) throw new AppError('internal', `${method.id} is no merge.`);
  const users = drawn.map((one) => one.users);
  const places = shops.map(() => ({
    points: [] as PackCurve['shops'][number]['points'],
    lists: [] as PackCurve['shops'][number]['lists'],
  }));
  for (const share of size.shares) {
    const parameters = { ...merge.parameters, ...method.parameters(share) };
    const answers = await meter.merged({ ...merge, parameters }, shops, users);
    answers.forEach(({ ranks, lists }, at) => {
      const place = places[at];
      place?.points.push(pointOf(ranks, drawn[at]?.own ?? []));
      lists.forEach((list, index) => {
        const row = place?.lists[index];
        if (row === undefined) place?.lists.push([list]);
        else row.push(list);
      });
    });
  }
  return { method: method.id, ownCodes, shops: places };
}

/**
 * The customers of a shop: the first of its test users, whoever they are, in an order that begins with
 * those whom its own model serves among the titles that are shown; with what both whole models answer.
 */
async function asked(
  meter: PackMeter,
  shops: readonly MeasuredShop[],
  shop: MeasuredShop,
  at: number,
  { customers }: PackSize,
) {
  const drawn = shop.samples.slice(0, customers).map((_, user) => user);
  const { ranks: own } = await meter.cell(shop, idOf(shops, at), []);
  const isServed = (user: number): boolean => (own[user] ?? 0) >= 1 && (own[user] ?? 0) <= 5;
  const users = [...drawn.filter(isServed), ...drawn.filter((user) => !isServed(user))];
  const parents = [];
  for (const index of shops.keys()) {
    parents.push(await meter.cell(shop, idOf(shops, index), users));
  }
  return { users, own, parents };
}

function idOf(shops: readonly MeasuredShop[], at: number): string {
  return shops[at]?.evaluation.inputs.model ?? '';
}

function sampleOf({ samples }: MeasuredShop, user: number) {
  const sample = samples[user];
  if (sample === undefined) throw new AppError('internal', 'A customer was not asked.');
  return sample;
}

/** The evaluations of the last cells in their own shop, on the test. */
function ownEvaluations({ jobs }: Plan, stage: string): JobOf<'evaluate'>[] {
  return jobs.filter(
    (job): job is JobOf<'evaluate'> =>
      isJobOf(job, 'evaluate') &&
      job.settings.split === undefined &&
      job.label.own &&
      job.label.model === `${job.settings.domain}/${stage}`,
  );
}

/** Ranks of co-occurrence for the same users. */
async function countingRanks(
  { jobs }: Plan,
  store: PackParts['store'],
  { settings, inputs }: JobOf<'evaluate'>,
): Promise<readonly number[]> {
  const job = jobs.find(
    (one) =>
      isJobOf(one, 'baseline') &&
      one.inputs.data === inputs.data &&
      one.settings.users === settings.users &&
      one.settings.test.startMs === settings.test.startMs,
  );
  const stored: unknown = job === undefined ? null : await store.getArtefact(job.id);
  const { baselines } = asArtefact(baselineArtefact, stored, `baselines of ${settings.domain}`);
  const found = baselines.find(({ name }) => name === 'co-occurrence')?.ranks;
  if (found !== undefined) return found;
  throw new AppError('data-missing', `${settings.domain} has no ranks of co-occurrence.`, {
    hint: 'Nothing was written. Run the document again with its baselines.',
  });
}

function titlesOf(titles: readonly string[] | null, ids: readonly string[]): string[] {
  return ids.map((id, item) => titles?.[item] ?? id);
}
