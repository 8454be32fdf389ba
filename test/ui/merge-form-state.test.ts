import { describe, expect, it } from 'vitest';
import { MERGE_METHODS as REGISTERED } from '../../src/merge/registry.ts';
import {
  baseIsMoot,
  entryOf,
  formFault,
  initialForm,
  mergeName,
  withMethod,
} from '../../src/ui/merge-form-state.ts';
import type { MergeFormState } from '../../src/ui/merge-form-state.ts';
import { baseCancels, MERGE_METHODS } from '../../src/ui/merge-methods.ts';

const DOMAINS = ['Games', 'Books'];
const STAGES = ['pretrain', 'phase1', 'phase2'];

function form(method: string, change: Partial<MergeFormState> = {}): MergeFormState {
  const initial = initialForm(DOMAINS, STAGES);
  if (initial === null) throw new Error('no form');
  return { ...withMethod(initial, method), ...change };
}

describe('merge form', () => {
  it.each(MERGE_METHODS.map((method) => [method.id, method] as const))(
    'offers %s as the registry defines it',
    (id, method) => {
      const registered = REGISTERED.find((one) => one.id === id);
      expect(registered?.title).toBe(method.title);
      expect(registered?.needsBase).toBe(method.usesBase);
      const names = registered?.parameters.map((parameter) => parameter.name) ?? [];
      const written = entryOf(form(id), STAGES, [])['parameters'] as object;
      expect(names).toEqual(expect.arrayContaining(Object.keys(written)));
      for (const parameter of method.parameters) {
        const definition = registered?.parameters.find(({ name }) => name === parameter.name);
        if (definition?.kind !== 'number') throw new Error(`${parameter.name} is not a number`);
        expect(parameter.min).toBeGreaterThanOrEqual(definition.range[0]);
        expect(parameter.max).toBeLessThanOrEqual(definition.range[1]);
      }
    },
  );

  it('writes the entry that the schema knows', () => {
    expect(entryOf(form('ties', { base: 'pretrain-mean' }), STAGES, [])).toEqual({
      name: 'ties 0.5-0.5 density=0.2 lambda=1 (pretrain-mean)',
      over: 'domains',
      method: 'ties',
      stage: 'phase2',
      domains: DOMAINS,
      base: 'pretrain-mean',
      parameters: { weight: [0.5, 0.5], normalize: true, density: 0.2, lambda: 1 },
    });
    expect(entryOf(form('velocity', { stage: 'phase1' }), STAGES, [])).toMatchObject({
      over: 'periods',
      stages: ['pretrain', 'phase1'],
      parameters: { alpha: 0.25 },
    });
  });

  it('keeps names within what the schema accepts', () => {
    const name = mergeName(form('ties', { name: '' }), STAGES, []);
    expect(name).toMatch(/^[\p{L}\p{N}][\p{L}\p{N} ._+&()=-]{0,63}$/u);
    expect(mergeName(form('ties', { name: ' mine ' }), STAGES, [])).toBe('mine');
  });

  it.each<[string, Partial<MergeFormState>]>([
    ['normalising', { normalize: false }],
    ['the stage', { stage: 'phase1' }],
    [
      'the domains',
      { models: ['Games', 'Food'].map((domain) => ({ domain, used: true, weight: 0.5 })) },
    ],
  ])('never names a merge like one that differs in %s', (_what, change) => {
    const first = entryOf(form('ties'), STAGES, []);
    const second = entryOf(form('ties', change), STAGES, [first]);
    expect(second.name).toBe(`${first.name} 2`);
    const third = form('ties', { ...change, stage: 'pretrain' });
    expect(mergeName(third, STAGES, [first, second])).toBe(`${first.name} 3`);
    // The same settings once more are the same merge, and replace it.
    expect(mergeName(form('ties'), STAGES, [second, first])).toBe(first.name);
    expect(mergeName(form('ties', change), STAGES, [first, second])).toBe(second.name);
  });

  it('numbers also names that are as long as they may be', () => {
    const models = Array.from({ length: 20 }, (_, index) => ({
      domain: `d${String(index)}`,
      used: true,
      weight: 0.125,
    }));
    const first = entryOf(form('ties', { models }), STAGES, []);
    const second = entryOf(form('ties', { models, normalize: false }), STAGES, [first]);
    expect(first.name).toHaveLength(64);
    expect(second.name).toHaveLength(64);
    expect(second.name).toMatch(/ 2$/);
  });

  it('says what is missing', () => {
    const one = form('linear').models.map((model, index) => ({ ...model, used: index === 0 }));
    expect(formFault(form('linear', { models: one }))).toMatch(/two models/);
    expect(formFault(form('velocity', { models: one }))).toBe('');
    const opposite = form('linear').models.map((model, index) => ({
      ...model,
      weight: index - 0.5,
    }));
    expect(formFault(form('linear', { models: opposite }))).toMatch(/sum to zero/);
    expect(formFault(form('ties', { parameters: { density: NaN, lambda: 1 } }))).not.toBe('');
  });
});

describe('base that cancels', () => {
  it('is moot for task arithmetic exactly when λ Σw = 1', () => {
    expect(baseIsMoot(form('task_arithmetic'))).toBe(true);
    expect(baseIsMoot(form('task_arithmetic', { parameters: { lambda: 0.8 } }))).toBe(false);
    expect(baseIsMoot(form('ties'))).toBe(false);
    expect(baseIsMoot(form('linear'))).toBe(false);
  });

  it('agrees with the arithmetic it claims', () => {
    const method = MERGE_METHODS.find(({ id }) => id === 'task_arithmetic');
    if (method === undefined) throw new Error('no task arithmetic');
    const merged = (base: number, weights: readonly number[], lambda: number): number =>
      base + lambda * weights.reduce((sum, weight, k) => sum + weight * (2 * k + 1 - base), 0);
    for (const [weights, lambda] of [
      [[0.5, 0.5], 1],
      [[0.7, 0.3], 0.9],
      [[1, 1], 0.5],
      [[1, 1], 1],
    ] as const) {
      const same = Math.abs(merged(0, weights, lambda) - merged(10, weights, lambda)) < 1e-9;
      expect(baseCancels(method, weights, false, lambda)).toBe(same);
    }
  });
});
