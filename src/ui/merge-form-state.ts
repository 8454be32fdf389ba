import { isRecord } from './document-edit.ts';
import type { MergeEntry } from './document-edit.ts';
import { baseCancels, methodForm, MERGE_METHODS } from './merge-methods.ts';
import type { MethodForm } from './merge-methods.ts';

/** The schema's bound on names. */
const MAX_NAME = 64;

/** The merge form's fields. Plain data, so that form → document entry is a pure function. */
export interface MergeFormState {
  readonly method: MethodForm;
  /** '' = named after the settings. */
  readonly name: string;
  readonly stage: string;
  readonly base: string;
  readonly normalize: boolean;
  readonly models: readonly {
    readonly domain: string;
    readonly used: boolean;
    readonly weight: number;
  }[];
  readonly parameters: Readonly<Record<string, number>>;
}

/** Fields for these domains and stages: all domains, equal weights, last stage. */
export function initialForm(
  domains: readonly string[],
  stages: readonly string[],
  method: MethodForm | undefined = MERGE_METHODS[0],
): MergeFormState | null {
  const stage = stages[stages.length - 1];
  if (domains.length === 0 || stage === undefined || method === undefined) return null;
  const weight = Math.round(1000 / domains.length) / 1000;
  return {
    method,
    name: '',
    stage,
    base: 'base',
    normalize: true,
    models: domains.map((domain) => ({ domain, used: true, weight })),
    parameters: defaultsOf(method),
  };
}

/** Another method keeps models and weights and starts with its own parameters. */
export function withMethod(form: MergeFormState, id: string): MergeFormState {
  const method = methodForm(id);
  return method === null ? form : { ...form, method, parameters: defaultsOf(method) };
}

/** Why the merge cannot be made; '' when it can. */
export function formFault(form: MergeFormState): string {
  const used = form.models.filter((model) => model.used);
  if (form.method.over === 'domains' && used.length < 2) return 'Choose at least two models.';
  if (used.length === 0) return 'Choose at least one domain.';
  const numbers = [...used.map((model) => model.weight), ...Object.values(form.parameters)];
  if (!numbers.every(Number.isFinite)) return 'Every weight and parameter needs a number.';
  const sum = used.reduce((total, model) => total + model.weight, 0);
  if (form.method.hasWeights && form.normalize && Math.abs(sum) < 1e-9) {
    return 'Weights that sum to zero cannot be normalised.';
  }
  return '';
}

/** True when no base could change this merge. */
export function baseIsMoot(form: MergeFormState): boolean {
  const weights = form.models.filter((model) => model.used).map((model) => model.weight);
  const lambda = form.parameters['lambda'] ?? 1;
  return form.method.usesBase && baseCancels(form.method, weights, form.normalize, lambda);
}

/** The document's merges, as far as they can be read. */
export type KnownMerges = readonly Readonly<Record<string, unknown>>[];

/**
 * The name that was typed, else one made of the settings. A made name that another merge of the
 * document has gets a number: only a merge with the same settings may be replaced by it.
 */
export function mergeName(
  form: MergeFormState,
  stages: readonly string[],
  merges: KnownMerges,
): string {
  if (form.name.trim() !== '') return form.name.trim();
  const made = madeName(form);
  const settings = settingsOf(form, stages);
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : ` ${String(number)}`;
    const name = made.slice(0, MAX_NAME - suffix.length).trim() + suffix;
    const known = merges.find((merge) => merge['name'] === name);
    if (known === undefined || sameSettings({ name, ...settings }, known)) return name;
  }
}

/** "ties 0.5-0.5 density=0.2 lambda=1 (pretrain-mean)": the settings that are varied most. */
function madeName(form: MergeFormState): string {
  const used = form.models.filter((model) => model.used);
  const parts = [form.method.id.replaceAll('_', ' ')];
  if (form.method.hasWeights) parts.push(used.map((model) => String(model.weight)).join('-'));
  for (const [name, value] of Object.entries(form.parameters)) {
    parts.push(`${name}=${String(value)}`);
  }
  if (form.method.usesBase) parts.push(`(${form.base})`);
  return parts.join(' ');
}

/** The entry of the document's `merges` that this form stands for. */
export function entryOf(
  form: MergeFormState,
  stages: readonly string[],
  merges: KnownMerges,
): MergeEntry {
  return { name: mergeName(form, stages, merges), ...settingsOf(form, stages) };
}

function settingsOf(form: MergeFormState, stages: readonly string[]) {
  const used = form.models.filter((model) => model.used);
  const parameters = {
    ...(form.method.hasWeights
      ? { weight: used.map((model) => model.weight), normalize: form.normalize }
      : {}),
    ...form.parameters,
  };
  const place =
    form.method.over === 'domains'
      ? { stage: form.stage }
      : { stages: stages.slice(0, stages.indexOf(form.stage) + 1).slice(-2) };
  return {
    over: form.method.over,
    method: form.method.id,
    ...place,
    domains: used.map((model) => model.domain),
    ...(form.method.usesBase ? { base: form.base } : {}),
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
  };
}

/** Bases that the document accepts for this method, with the words the form shows. */
export function basesFor(
  method: MethodForm,
  stages: readonly string[],
): readonly { readonly id: string; readonly title: string }[] {
  if (!method.usesBase) return [];
  return [
    { id: 'base', title: 'Shared base model' },
    ...stages.slice(0, -1).flatMap((stage) => [
      { id: `${stage}-mean`, title: `Mean of the domains' ${stage}` },
      { id: stage, title: `Own ${stage} of the evaluated domain` },
    ]),
  ];
}

/** Equal as values; the order of the keys does not matter. */
function sameSettings(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => sameSettings(value, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameSettings(a[key], b[key]))
  );
}

function defaultsOf(method: MethodForm): Readonly<Record<string, number>> {
  return Object.fromEntries(method.parameters.map(({ name, initial }) => [name, initial]));
}
