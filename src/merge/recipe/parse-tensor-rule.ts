import type { CheckedValue } from './checked-value.ts';
import type { TensorAction, TensorRule } from './recipe.ts';

const FORMS = 'merge, base, skip, or { model: i } with the place i of a model from 0';

/** One entry of `tensors`. */
export function parseTensorRule(item: CheckedValue): TensorRule | null {
  const entries = item.entries(['filter', 'rule']);
  if (entries === null) return null;
  const filter = entries.get('filter')?.text(1024) ?? null;
  const rule = entries.get('rule');
  const action = rule === undefined ? item.refuse(`Lacks "rule": ${FORMS}.`) : parseAction(rule);
  return action === null ? null : { filter, action };
}

function parseAction(rule: CheckedValue): TensorAction | null {
  const { value } = rule;
  if (value === 'merge' || value === 'base' || value === 'skip') return { kind: value };
  const spelt = typeof value === 'string' ? /^model:?\s*(\d{1,2})$/.exec(value)?.[1] : undefined;
  if (spelt !== undefined) return { kind: 'model', index: Number(spelt) };
  if (typeof value !== 'object') return rule.refuse(`Must be ${FORMS}.`);
  const entries = rule.entries(['model']);
  if (entries === null) return null;
  const index = entries.get('model')?.whole(0, 63);
  if (index === undefined) return rule.refuse(`Must be ${FORMS}.`);
  return index === null ? null : { kind: 'model', index };
}
