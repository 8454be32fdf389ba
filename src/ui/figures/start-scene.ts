import type { Pack, PackCurve, PackList, PackPoint, PackShop } from '../../lab/pack/pack-schema.ts';
import { HALF_INTERVAL } from './half-interval.ts';

/** What the visitor has chosen; places in the pack's lists. */
export interface StartChoice {
  readonly method: string;
  /** Whether every shop gets its own codes and prefixes back. */
  readonly ownCodes: boolean;
  /** Of the pack's shares. */
  readonly share: number;
  readonly shop: number;
  readonly customer: number;
}

/** A shop's curve over the share, in percent of Recall@10. */
export interface SceneCurve {
  readonly shop: string;
  /** Up and down from each value: half its 95 % interval. */
  readonly points: readonly { readonly value: number; readonly half: number }[];
  /** The shop's own model, whole, at its end of the slider. */
  readonly own: number;
  readonly counting: number;
}

/** What a merge reaches in a shop, and costs or gains there. */
export interface Readout {
  readonly shop: string;
  readonly value: number;
  readonly half: number;
  readonly change: number;
  readonly changeHalf: number;
  /** Whether the interval of the change leaves 0 out. */
  readonly isClear: boolean;
}

/** One title of a list. */
export interface SceneItem {
  readonly title: string;
  readonly chance: number;
  readonly isTaken: boolean;
  /** Places up (+) or down (−) from the list of the shop's own model; null: it was not in that. */
  readonly moved: number | null;
}

export interface SceneList {
  readonly items: readonly SceneItem[];
  /** Of what was taken next: 1-based, 0 beyond the ten. */
  readonly rank: number;
}

export interface CustomerScene {
  readonly shop: string;
  /** The newest, oldest of them first. */
  readonly history: readonly string[];
  /** How many more there are before those. */
  readonly earlier: number;
  readonly taken: string;
  /** Of the first shop's model, of the merge, of the second shop's. */
  readonly lists: readonly [SceneList, SceneList, SceneList];
}

/** Titles of a history that are shown. */
const SHOWN_HISTORY = 4;

export function curveOf(pack: Pack, { method, ownCodes }: StartChoice): PackCurve | undefined {
  return pack.curves.find((curve) => curve.method === method && curve.ownCodes === ownCodes);
}

export function sceneCurves(pack: Pack, choice: StartChoice): SceneCurve[] {
  const curve = curveOf(pack, choice);
  return pack.shops.map((shop, at) => ({
    shop: shop.name,
    points: (curve?.shops[at]?.points ?? []).map(({ recall, error }) => ({
      value: recall,
      half: HALF_INTERVAL * error,
    })),
    own: shop.parents[at]?.recall ?? NaN,
    counting: shop.counting.recall,
  }));
}

/** The highest line of the picture: equal for all methods, so that curves can be compared. */
export function topOf({ curves, shops }: Pack): number {
  const values = [
    ...curves.flatMap((curve) => curve.shops.flatMap(({ points }) => points.map(highOf))),
    ...shops.map(({ counting }) => counting.recall),
  ];
  return Math.ceil(Math.max(...values) / 10) * 10;
}

function highOf({ recall, error }: PackPoint): number {
  return recall + HALF_INTERVAL * error;
}

export function readouts(pack: Pack, choice: StartChoice): Readout[] {
  const curve = curveOf(pack, choice);
  return pack.shops.flatMap(({ name }, at) => {
    const point = curve?.shops[at]?.points[choice.share];
    if (point === undefined) return [];
    const changeHalf = HALF_INTERVAL * point.changeError;
    return {
      shop: name,
      value: point.recall,
      half: HALF_INTERVAL * point.error,
      change: point.change,
      changeHalf,
      isClear: Math.abs(point.change) > changeHalf,
    };
  });
}

export function customerScene(pack: Pack, choice: StartChoice): CustomerScene | null {
  const shop = pack.shops[choice.shop];
  const customer = shop?.customers[choice.customer];
  const merged = curveOf(pack, choice)?.shops[choice.shop]?.lists[choice.customer]?.[choice.share];
  const own = customer?.parents[choice.shop];
  const [first, second] = customer?.parents ?? [];
  if (shop === undefined || customer === undefined || merged === undefined) return null;
  if (own === undefined || first === undefined || second === undefined) return null;
  const { history, taken } = customer;
  const listOf = (list: PackList): SceneList => sceneList(shop, list, own, taken);
  return {
    shop: shop.name,
    history: history.slice(-SHOWN_HISTORY).map((item) => titleOf(shop, item)),
    earlier: Math.max(0, history.length - SHOWN_HISTORY),
    taken: titleOf(shop, taken),
    lists: [listOf(first), listOf(merged), listOf(second)],
  };
}

function sceneList(shop: PackShop, list: PackList, own: PackList, taken: number): SceneList {
  return {
    items: list.items.map((item, place) => {
      const before = own.items.indexOf(item);
      return {
        title: titleOf(shop, item),
        chance: list.chances[place] ?? NaN,
        isTaken: item === taken,
        moved: before < 0 ? null : before - place,
      };
    }),
    rank: list.rank,
  };
}

function titleOf({ titles }: PackShop, item: number): string {
  return titles[item] ?? '';
}

/** Shares of both models as people say them: "60 : 40". */
export function sharesText(share: number): string {
  const second = Math.round(100 * share);
  return `${String(100 - second)} : ${String(second)}`;
}

/** "keeps 96 %": a merge beside a shop's own model. */
export function keptPercent(value: number, own: number): string {
  return `${String(Math.round((100 * value) / own))} %`;
}
