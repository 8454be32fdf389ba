import type { FormParameter } from '../../lab/merging/merge-forms.ts';
import { isRecord, readDocument, type MergeEntry } from './document-edit.ts';
import { sliderOf } from './merge-form-state.ts';

/** One number of a merge that a slider moves while everything else stays. */
export interface LiveAxis {
  /** `share` of two weights, or the name of a parameter. */
  readonly id: string;
  readonly title: string;
  readonly min: number;
  readonly max: number;
  /** Where the merge stands; null where it is at no one place, as with a number a model. */
  readonly value: number | null;
  /** What stands at both ends. */
  readonly ends: readonly [string, string];
}

/** Three models, whose shares are a point of a triangle. */
export interface LiveTriangle {
  readonly id: typeof TRIANGLE;
  readonly title: string;
  readonly models: readonly [string, string, string];
  readonly value: readonly [number, number, number];
}

/** What of a merge is moved live: what it is about, and the other numbers. */
export interface LiveLayout {
  readonly main: LiveAxis | LiveTriangle | null;
  readonly more: readonly LiveAxis[];
  /** Which of the others was moved last: it is measured finely, too. */
  readonly touched?: string;
}

export const TRIANGLE = 'triangle';
const SHARE = 'share';

/** Steps in time: from half way back to the checkpoint before, to half a step beyond the newest. */
const TIME_RANGE = [-0.5, 0.5] as const;
const TIME = ['alpha', 'scaling_coefficient'];

/** What of a merge of the form is moved. @param parameters of its method */
export function layoutOf(entry: MergeEntry, parameters: readonly FormParameter[]): LiveLayout {
  const isOverTime = entry['over'] === 'periods';
  const given = parametersIn(entry);
  const numbers = parameters.filter(
    (one): one is FormParameter & { kind: 'number' } =>
      one.kind === 'number' && one.name !== 'seed' && one.name in given,
  );
  const axes = numbers
    .filter(({ name }) => name !== 'weight')
    .map((one) => axisOf(one, given[one.name], isOverTime));
  const mixed = mixOf(entry);
  const main = mixed ?? axes[0] ?? null;
  return { main, more: axes.filter((axis) => axis !== main) };
}

/** The merge at another place of an axis, or with other shares of three. */
export function entryAt(entry: MergeEntry, axis: string, at: readonly number[]): MergeEntry {
  const [value = 0] = at;
  const [name, written] =
    axis === TRIANGLE
      ? (['weight', at] as const)
      : axis === SHARE
        ? (['weight', [roundedPlace(1 - value), value]] as const)
        : ([axis, value] as const);
  return { ...entry, parameters: { ...parametersIn(entry), [name]: written } };
}

/** Whether a merge is the point of an axis that its place says: with weights that add up to more it is none. */
export function isOnAxis(entry: MergeEntry, axis: LiveAxis | LiveTriangle): boolean {
  if (axis.value === null) return false;
  const at = typeof axis.value === 'number' ? [axis.value] : axis.value;
  return settingsKey(entryAt(entry, axis.id, at)) === settingsKey(entry);
}

/** Equal for merges that differ in their names alone. */
export function settingsKey(entry: MergeEntry): string {
  return JSON.stringify(without(entry, 'name'));
}

/** Equal for merges that differ in name and in the place on this axis alone. */
export function axisKey(entry: MergeEntry, axis: string): string {
  const name = axis === TRIANGLE || axis === SHARE ? 'weight' : axis;
  const parameters = without(parametersIn(entry), name);
  return JSON.stringify([axis, { ...without(entry, 'name'), parameters }]);
}

/** The first model's share of the two weights, as far as they add up to something; else null. */
export function weightOf(entry: Readonly<Record<string, unknown>>): number | null {
  const weights = weightsOf(entry);
  const [first = NaN, second = NaN] = weights;
  if (weights.length !== 2) return null;
  const share = first / (first + second);
  return Number.isFinite(share) ? share : null;
}

/** Places of an axis between its ends, coarse ones first: both ends, the middle, 21, then 101. */
export function placesOf({ min, max }: Pick<LiveAxis, 'min' | 'max'>): {
  readonly coarse: readonly number[];
  readonly fine: readonly number[];
} {
  const at = (step: number): number => roundedPlace(min + ((max - min) * step) / FINE);
  const every = Array.from({ length: FINE + 1 }, (_, step) => step);
  const coarse = every.filter((step) => step % COARSE_STEP === 0);
  const first = [0, FINE, FINE / 2];
  return {
    coarse: [...first, ...coarse.filter((step) => !first.includes(step))].map(at),
    fine: every.filter((step) => step % COARSE_STEP !== 0).map(at),
  };
}

const FINE = 100;
const COARSE_STEP = 5;

/** Parts of a triangle's side, coarse to fine: 21, 66 and 231 points, each with those before. */
export const TRIANGLE_PARTS = [5, 10, 20] as const;

/** Points of a triangle by level, each without those of the levels before. */
export function trianglePoints(): readonly (readonly (readonly [number, number, number])[])[] {
  const known = new Set<string>();
  return TRIANGLE_PARTS.map((parts) => {
    const points: (readonly [number, number, number])[] = [];
    for (let first = parts; first >= 0; first--) {
      for (let second = parts - first; second >= 0; second--) {
        const third = parts - first - second;
        const point = [first / parts, second / parts, third / parts].map(roundedPlace);
        const [a = 0, b = 0, c = 0] = point;
        if (!known.has(point.join())) points.push([a, b, c]);
        known.add(point.join());
      }
    }
    return points;
  });
}

/** Sections that no trained cell depends on: with others the same cells are merged. */
const BESIDE_CELLS = ['name', 'merges', 'searches', 'analysis', 'results'];

/** Equal for documents whose cells are the same. */
export function cellsKey(text: string): string {
  if (latest.text !== text) {
    const root = Object.entries(readDocument(text) ?? {});
    const key = JSON.stringify(root.filter(([name]) => !BESIDE_CELLS.includes(name)));
    latest = { text, key };
  }
  return latest.key;
}

/** The page asks at every change of its state, and the text rarely changes. */
let latest: { readonly text: string; readonly key: string } = { text: '', key: '[]' };

/** Two or three models with a weight each. */
function mixOf(entry: MergeEntry): LiveAxis | LiveTriangle | null {
  const names = entry['over'] === 'periods' ? entry['stages'] : entry['domains'];
  const models = Array.isArray(names) ? names.map(String) : [];
  const weights = weightsOf(entry);
  const [first = '', second = '', third = ''] = models;
  if (models.length !== weights.length) return null;
  const title = 'Share of each model';
  if (models.length === 2) {
    const share = weightOf(entry);
    const value = share === null ? null : roundedPlace(1 - share);
    return { id: SHARE, title, min: 0, max: 1, value, ends: [`all ${first}`, `all ${second}`] };
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (models.length !== 3 || !(sum > 0) || weights.some((weight) => weight < 0)) return null;
  const [a = 0, b = 0, c = 0] = weights.map((weight) => roundedPlace(weight / sum));
  return { id: TRIANGLE, title, models: [first, second, third], value: [a, b, c] };
}

function axisOf(
  parameter: FormParameter & { kind: 'number' },
  written: unknown,
  isOverTime: boolean,
): LiveAxis {
  const { name, title } = parameter;
  const value = typeof written === 'number' ? written : null;
  if (isOverTime && TIME.includes(name)) {
    const [min, max] = TIME_RANGE;
    return { id: name, title, min, max, value, ends: ['back in time', 'beyond the newest'] };
  }
  const { min, max } = sliderOf(parameter);
  return { id: name, title, min, max, value, ends: [String(min), String(max)] };
}

function parametersIn(entry: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return isRecord(entry['parameters']) ? entry['parameters'] : {};
}

function weightsOf(entry: Readonly<Record<string, unknown>>): readonly number[] {
  const { weight } = parametersIn(entry);
  return Array.isArray(weight) && weight.every((one) => typeof one === 'number') ? weight : [];
}

/** A place of an axis or a share, such that equal ones have equal texts, however they were computed. */
export function roundedPlace(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function without(settings: Readonly<Record<string, unknown>>, key: string) {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== key));
}
