import type { MergeMethodForm } from '../../lab/merging/merge-forms.ts';
import { isRecord } from './document-edit.ts';
import { restoredOf } from './merge-form-restore.ts';
import {
  initialForm,
  withMethod,
  withOver,
  withParameters,
  type MergeFormState,
} from './merge-form-state.ts';

/**
 * The form of a merge as the document has it, with other parameters where they are given; null when
 * its method is not offered. What cannot be read stays as a new form has it.
 */
export function formOfEntry(
  entry: Readonly<Record<string, unknown>>,
  methods: readonly MergeMethodForm[],
  domains: readonly string[],
  stages: readonly string[],
  parameters?: Readonly<Record<string, unknown>>,
): MergeFormState | null {
  const method = methods.find(({ id }) => id === entry['method']);
  const initial = initialForm(domains, stages, method);
  if (method === undefined || initial === null) return null;
  const over = entry['over'] === 'periods' ? 'periods' : 'domains';
  const named = withOver(withMethod(initial, method), over);
  const used = texts(entry['domains']);
  const merged = texts(entry['stages']);
  const form = {
    ...named,
    name: typeof entry['name'] === 'string' ? entry['name'] : '',
    stage: known(entry['stage'], stages) ?? named.stage,
    base: typeof entry['base'] === 'string' ? entry['base'] : named.base,
    restore: restoredOf(entry['restore']),
    domains: named.domains.map((one) => ({ ...one, used: used?.includes(one.name) ?? true })),
    stages: named.stages.map((one) => ({ ...one, used: merged?.includes(one.name) ?? one.used })),
    gradients: gradientsOf(entry['gradients']),
  };
  const given = parameters ?? (isRecord(entry['parameters']) ? entry['parameters'] : {});
  return withParameters(form, given);
}

function gradientsOf(value: unknown): Record<string, readonly number[]> {
  if (!isRecord(value)) return {};
  const plain: Record<string, readonly number[]> = {};
  for (const [name, values] of Object.entries(value)) {
    if (!Array.isArray(values)) continue;
    const numbers = values.filter((one) => typeof one === 'number');
    if (numbers.length === values.length) plain[name] = numbers;
  }
  return plain;
}

function known(value: unknown, among: readonly string[]): string | null {
  return typeof value === 'string' && among.includes(value) ? value : null;
}

function texts(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;
}
