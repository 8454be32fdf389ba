import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { checkParameters } from '../../../src/merge/parameters.ts';
import { MERGE_METHODS, methodById } from '../../../src/merge/registry/registry.ts';
import { arena, fineTuned, tensorsOf } from '../suites/arenas.ts';

describe('merge methods', () => {
  it('have unique ids and can be found by them', () => {
    const ids = MERGE_METHODS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const method of MERGE_METHODS) expect(methodById(method.id)).toBe(method);
  });

  it.each(MERGE_METHODS.map((method) => [method.id, method] as const))(
    '%s accepts its defaults and documents itself',
    (_, method) => {
      const check = checkParameters(method.parameters, {}, method.models.min);
      expect(check).toMatchObject({ ok: true });
      expect(method.source).not.toBe('');
      expect(method.summary).toMatch(/\.$/);
      for (const parameter of method.parameters) {
        expect(parameter.doc).toMatch(/\.$/);
        if (parameter.kind !== 'number') continue;
        const [low, high] = parameter.slider ?? parameter.range;
        expect(low).toBeGreaterThanOrEqual(parameter.range[0]);
        expect(high).toBeLessThanOrEqual(parameter.range[1]);
        expect(parameter.default).toBeGreaterThanOrEqual(low);
        expect(parameter.default).toBeLessThanOrEqual(high);
      }
    },
  );

  const elementwise = MERGE_METHODS.filter(({ linear, isElementwise, parameters, models }) => {
    const check = checkParameters(parameters, {}, Math.max(2, models.min));
    return linear !== undefined || (check.ok && isElementwise?.(check.values) === true);
  });
  it.each(elementwise.map((method) => [method.id, method] as const))(
    '%s gives the same for parts of a tensor: it calls itself elementwise',
    async (_, { id, models: { min, max } }) => {
      const whole = tensorsOf([256]);
      const half = tensorsOf([128]);
      const base = arena(whole, 1, { steps: 1024 });
      const count = Math.min(max, Math.max(2, min));
      const models = Array.from({ length: count }, (_k, k) => fineTuned(whole, base, 10 + k));
      const executor = createCpuExecutor();
      const request = { method: id, parameters: {} };
      const expected = await mergeArenas(executor, whole, { ...request, base, models });
      for (const start of [0, 128]) {
        const part = (values: Float32Array) => values.subarray(start, start + 128);
        const operands = { base: part(base), models: models.map(part) };
        const got = await mergeArenas(executor, half, { ...request, ...operands });
        expect(got).toEqual(expected.slice(start, start + 128));
      }
    },
  );

  it('take one number for all models or one a model', () => {
    const { parameters } = methodById('ties');
    const check = checkParameters(parameters, { density: 0.2, weight: [1, 2, 3] }, 3);
    if (!check.ok) throw new Error('The parameters are right.');
    expect(check.values.perModel('density')).toEqual([0.2, 0.2, 0.2]);
    expect(check.values.perModel('weight')).toEqual([1, 2, 3]);
    expect(() => check.values.number('scope')).toThrow(/defines no such parameter/);
  });

  it('put the place of the recipe before each fault', () => {
    const { parameters } = methodById('linear');
    const check = checkParameters(parameters, { weight: [1, 2] }, 3, 'merges[2].parameters');
    expect(check).toEqual({
      ok: false,
      faults: [{ place: 'merges[2].parameters.weight', message: 'Has 2 values for 3 models.' }],
    });
  });
});
