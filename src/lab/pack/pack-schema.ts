import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';

/** Version of the form below. */
export const PACK_SCHEMA = 'mmgrid-pack/1';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const real = v.pipe(v.number(), v.finite());
const percent = v.pipe(real, v.minValue(0), v.maxValue(100));
const chance = v.pipe(real, v.minValue(0), v.maxValue(1));

const measure = v.object({
  /** Recall@10 in percent. */
  recall: percent,
  /** Its standard error over users. */
  error: v.pipe(real, v.minValue(0)),
});

const point = v.object({
  ...measure.entries,
  /** Recall minus that of the shop's own model, on the same users. */
  change: real,
  /** Standard error of that difference, paired by user. */
  changeError: v.pipe(real, v.minValue(0)),
});

const list = v.object({
  /** Items of the shop, best first, what the user took before left out. */
  items: v.pipe(v.array(count), v.minLength(1)),
  /** The model's probability of each, before that is left out. */
  chances: v.array(chance),
  /** 1-based place of what was taken next, among the ten; 0: it is not there. */
  rank: count,
});

const customer = v.object({
  /** What the models read, oldest first. */
  history: v.pipe(v.array(count), v.minLength(1)),
  taken: count,
  /** What each shop's whole model answers, in the order of the shops. */
  parents: v.array(list),
});

const shop = v.object({
  name: v.string(),
  /** Test users that were ranked. */
  users: count,
  titles: v.array(v.string()),
  /** By shop: what each one's whole model reaches here. */
  parents: v.array(measure),
  /** Table of pairs. */
  counting: measure,
  /** Id of the job that trained the shop's own model. */
  model: v.string(),
  customers: v.pipe(v.array(customer), v.minLength(1)),
});

const curve = v.object({
  method: v.string(),
  /** Whether every shop gets its own codes and prefixes back. */
  ownCodes: v.boolean(),
  /** In the order of the shops. */
  shops: v.array(
    v.object({
      /** One a share. */
      points: v.array(point),
      /** By customer, then by share. */
      lists: v.array(v.array(list)),
    }),
  ),
});

const pack = v.object({
  schema: v.literal(PACK_SCHEMA),
  engine: v.string(),
  /** What computed it. */
  machine: v.string(),
  seed: count,
  document: v.string(),
  /** Shares of the second shop's model, from 0 to 1. */
  shares: v.pipe(v.array(chance), v.minLength(2)),
  shops: v.pipe(v.array(shop), v.length(2)),
  curves: v.pipe(v.array(curve), v.minLength(1)),
});

export type Pack = v.InferOutput<typeof pack>;
export type PackShop = Pack['shops'][number];
export type PackCurve = Pack['curves'][number];
export type PackCustomer = PackShop['customers'][number];
export type PackList = v.InferOutput<typeof list>;
export type PackPoint = v.InferOutput<typeof point>;
export type PackMeasure = v.InferOutput<typeof measure>;

const HINT =
  'Nothing of it is shown. Train it here: the grid computes the same numbers in this tab.';

/**
 * A pack as it was read, checked whole: what refers to something finds it.
 * @errors version-mismatch for one of another engine, data-invalid with every fault
 */
export function readPack(value: unknown): Pack {
  const engine = v.safeParse(v.object({ engine: v.string() }), value);
  if (engine.success && engine.output.engine !== ENGINE_VERSION) {
    throw new AppError(
      'version-mismatch',
      `The prebaked results are of engine ${engine.output.engine}; this page has ${ENGINE_VERSION}.`,
      { hint: HINT },
    );
  }
  const parsed = v.safeParse(pack, value);
  const faults = parsed.success
    ? placesOf(parsed.output)
    : parsed.issues.map((issue) => ({ place: v.getDotPath(issue) ?? '', message: issue.message }));
  if (parsed.success && faults.length === 0) return parsed.output;
  throw new AppError(
    'data-invalid',
    'The prebaked results have another form than this page reads.',
    {
      hint: HINT,
      faults,
    },
  );
}

/** What counts wrongly, or points to nothing. */
function placesOf({ shares, shops, curves }: Pack): { place: string; message: string }[] {
  const faults: { place: string; message: string }[] = [];
  const expect = (place: string, isRight: boolean, message: string): void => {
    if (!isRight) faults.push({ place, message });
  };
  const isListOf = ({ titles }: PackShop, { items, chances }: PackList): boolean =>
    items.length === chances.length && items.every((item) => item < titles.length);
  shops.forEach((shop, at) => {
    const place = `shops.${String(at)}`;
    expect(`${place}.parents`, shop.parents.length === shops.length, 'needs one for each shop');
    shop.customers.forEach(({ history, taken, parents }, index) => {
      const known = [...history, taken].every((item) => item < shop.titles.length);
      const lists = parents.length === shops.length && parents.every((one) => isListOf(shop, one));
      expect(`${place}.customers.${String(index)}`, known && lists, 'names items without a title');
    });
  });
  curves.forEach((curve, at) => {
    const place = `curves.${String(at)}`;
    expect(`${place}.shops`, curve.shops.length === shops.length, 'needs one for each shop');
    curve.shops.forEach(({ points, lists }, index) => {
      const shop = shops[index];
      const isWhole =
        shop !== undefined &&
        points.length === shares.length &&
        lists.length === shop.customers.length &&
        lists.every(
          (row) => row.length === shares.length && row.every((one) => isListOf(shop, one)),
        );
      expect(`${place}.shops.${String(index)}`, isWhole, 'needs a point and lists for every share');
    });
  });
  return faults;
}
