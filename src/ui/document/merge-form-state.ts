import type { FormParameter, MergeMethodForm } from '../../lab/merging/merge-forms.ts';

import type { RestoreChoice } from './merge-form-restore.ts';

export type Setting = number | boolean | string;

/** The merge form's fields. Plain data, so that form → document entry is a pure function. */
export interface MergeFormState {
  readonly method: MergeMethodForm;
  readonly over: 'domains' | 'periods';
  /** '' = named after the settings. */
  readonly name: string;
  /** Over domains: whose checkpoints. */
  readonly stage: string;
  readonly base: string;
  /** Over domains: what each evaluated one gets back; '' = the default. */
  readonly restore: RestoreChoice['id'];
  readonly domains: readonly Choice[];
  /** Over periods: which checkpoints, oldest first. */
  readonly stages: readonly Choice[];
  /** Parameters of the whole merge by name. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** Numbers of each model: by parameter, then by domain or stage. */
  readonly each: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Values over depth by parameter; where there is one it takes the place of the number. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

export interface Choice {
  readonly name: string;
  readonly used: boolean;
}

/** Fields for these domains and stages: all domains, equal weights, last stage (last two in time). */
export function initialForm(
  domains: readonly string[],
  stages: readonly string[],
  method: MergeMethodForm | undefined,
): MergeFormState | null {
  const stage = stages.at(-1);
  if (domains.length === 0 || stage === undefined || method === undefined) return null;
  const form: MergeFormState = {
    method,
    over: overOf(method, domains),
    name: '',
    stage,
    base: 'base',
    restore: '',
    domains: domains.map((name) => ({ name, used: true })),
    stages: stages.map((name, index) => ({ name, used: index >= stages.length - 2 })),
    settings: {},
    each: {},
    gradients: {},
  };
  return withDefaults(form);
}

/** Another method keeps models and weights and starts with its own parameters. */
export function withMethod(form: MergeFormState, method: MergeMethodForm): MergeFormState {
  const { weight } = form.each;
  const domains = form.domains.map(({ name }) => name);
  const over = overOf(method, domains, form.over);
  const each = weight === undefined || over !== form.over ? {} : { weight };
  return withDefaults({
    ...form,
    ...checkpointsFor(method, form),
    method,
    over,
    settings: {},
    each,
    gradients: {},
  });
}

/** From one checkpoint to another: the last stage and the one before it as base. */
function checkpointsFor(
  { models }: MergeMethodForm,
  { stages, base }: MergeFormState,
): Pick<MergeFormState, 'stages' | 'base'> {
  const count = models.max === 1 ? 1 : Math.max(2, stages.filter(({ used }) => used).length);
  const isOne = models.max === 1;
  return {
    stages: stages.map((one, index) => ({
      ...one,
      used: isOne || count === 2 ? index >= stages.length - count : one.used,
    })),
    base: isOne ? (stages.at(-2)?.name ?? 'base') : base,
  };
}

/** Merging along the other axis of the grid; numbers of models start anew. */
export function withOver(form: MergeFormState, over: MergeFormState['over']): MergeFormState {
  return withDefaults({ ...form, over, each: {}, gradients: {} });
}

/** Models of the merge by what tells them apart, in order. */
export function labelsOf({ over, domains, stages }: MergeFormState): readonly string[] {
  return (over === 'domains' ? domains : stages).filter(({ used }) => used).map(({ name }) => name);
}

/** Time for methods of time, domains for those of two domains; else what it was. */
function overOf(
  { family, models, isOrderedByDomain }: MergeMethodForm,
  domains: readonly string[],
  before: MergeFormState['over'] = 'domains',
): MergeFormState['over'] {
  if (family === 'temporal' || models.max === 1) return 'periods';
  if (isOrderedByDomain) return 'domains';
  return domains.length < 2 ? 'periods' : before;
}

/** Values that are missing get those of the registry; weights start as equal shares. */
function withDefaults(form: MergeFormState): MergeFormState {
  const settings: Record<string, Setting> = { ...form.settings };
  const each: Record<string, Record<string, number>> = {};
  const choices = form.over === 'domains' ? form.domains : form.stages;
  const count = Math.max(1, labelsOf(form).length);
  for (const parameter of form.method.parameters) {
    if (parameter.kind !== 'number' || !parameter.perModel) {
      settings[parameter.name] ??= parameter.default;
      continue;
    }
    const initial =
      parameter.name === 'weight' ? Math.round(1000 / count) / 1000 : parameter.default;
    const known = form.each[parameter.name] ?? {};
    each[parameter.name] = Object.fromEntries(
      choices.map(({ name }) => [name, known[name] ?? initial]),
    );
  }
  const bases = basesFor(form).map(({ id }) => id);
  const base = bases.length === 0 || bases.includes(form.base) ? form.base : 'base';
  return { ...form, settings, each, base };
}

/** Parameters as the document writes them: equal numbers of all models as one. */
export function parametersOf(form: MergeFormState): Record<string, unknown> {
  const labels = labelsOf(form);
  return Object.fromEntries(
    form.method.parameters.flatMap((parameter): [string, unknown][] => {
      const { name } = parameter;
      if (form.gradients[name] !== undefined) return [];
      if (parameter.kind !== 'number' || !parameter.perModel) {
        return [[name, form.settings[name] ?? parameter.default]];
      }
      const values = labels.map((label) => form.each[name]?.[label] ?? parameter.default);
      const isOne = name !== 'weight' && values.every((value) => value === values[0]);
      return [[name, isOne ? (values[0] ?? parameter.default) : values]];
    }),
  );
}

/** Why the merge cannot be made, as far as the form alone can tell; '' when it can. */
export function formFault(form: MergeFormState): string {
  const { min, max } = form.method.models;
  const count = labelsOf(form).length;
  const least = Math.min(max, Math.max(2, min));
  if (form.method.needsData) return 'This method needs statistics of training data.';
  if (count < least) return `Choose at least ${models(least)}.`;
  if (count > max) return `This method takes ${models(max)}.`;
  if (!form.domains.some(({ used }) => used)) return 'Choose at least one domain.';
  const numbers = [
    ...Object.values(form.settings).filter((value) => typeof value === 'number'),
    ...Object.values(form.each).flatMap((own) => Object.values(own)),
    ...Object.values(form.gradients).flat(),
  ];
  return numbers.every(Number.isFinite) ? '' : 'Every weight and parameter needs a number.';
}

function models(count: number): string {
  return count === 1 ? 'one model' : `${String(count)} models`;
}

/** The form with a trial's parameters, as a search wrote them. */
export function withParameters(
  form: MergeFormState,
  parameters: Readonly<Record<string, unknown>>,
): MergeFormState {
  const labels = labelsOf(form);
  const settings: Record<string, Setting> = { ...form.settings };
  const each: Record<string, Record<string, number>> = { ...form.each };
  for (const parameter of form.method.parameters) {
    const value = parameters[parameter.name];
    if (parameter.kind === 'number' && parameter.perModel) {
      const own: Record<string, number> = { ...each[parameter.name] };
      labels.forEach((label, index) => {
        const one: unknown = Array.isArray(value) ? value[index] : value;
        if (typeof one === 'number') own[label] = one;
      });
      each[parameter.name] = own;
    } else if (['number', 'boolean', 'string'].includes(typeof value)) {
      settings[parameter.name] = value as Setting;
    }
  }
  return { ...form, settings, each };
}

/** Bases that the document accepts for this form, with the words it shows. */
export function basesFor({
  method,
  over,
  stages,
}: MergeFormState): readonly { readonly id: string; readonly title: string }[] {
  if (!method.usesBase) return [];
  return [
    { id: 'base', title: 'Shared base model' },
    ...stages.flatMap(({ name }) =>
      over === 'domains'
        ? [
            { id: `${name}-mean`, title: `Mean of the domains' ${name}` },
            { id: name, title: `Own ${name} of the evaluated domain` },
          ]
        : [{ id: name, title: `The domain's ${name}` }],
    ),
  ];
}

/** What a slider offers, and in which steps. */
export function sliderOf({ slider, range, isInteger }: FormParameter & { kind: 'number' }): {
  readonly min: number;
  readonly max: number;
  readonly step: number;
} {
  const [min, max] = slider ?? [Math.max(range[0], -2), Math.min(range[1], 2)];
  const step = isInteger === true ? 1 : max - min <= 2 ? 0.005 : (max - min) / 200;
  return { min, max, step };
}
