import { describe, expect, it } from 'vitest';
import { defineKernel, type KernelVariant } from '../../src/compute/kernel.ts';
import { chooseVariant } from '../../src/compute/webgpu/variants.ts';

const variant = (name: string, more: Partial<KernelVariant> = {}): KernelVariant => ({
  name,
  wgsl: () => `// ${name}`,
  entry: name,
  groups: () => [2, 1, 1],
  suits: ({ isSoftware }) => !isSoftware,
  ...more,
});

const KERNEL = defineKernel({
  name: 'product',
  wgsl: '// own',
  entry: 'own',
  bindings: [],
  uniforms: [],
  groups: () => [1, 1, 1],
  twin: () => undefined,
  variants: [
    variant('half', { features: ['shader-f16'] }),
    variant('wide', { limits: { storage: 100 }, constants: { TILE: 8 } }),
    variant('even', { handles: ({ M = 0 }) => M % 2 === 0 }),
    variant('basic'),
  ],
});

const SOFTWARE = { isSoftware: true, features: [], limits: {} };
const HARDWARE = { isSoftware: false, features: [], limits: { storage: 99 } };
const EVEN = { M: 4 };
const ODD = { M: 5 };

const chosen = (...rest: Parameters<typeof chooseVariant> extends [unknown, ...infer R] ? R : []) =>
  chooseVariant(KERNEL, ...rest).variant;

describe('the choice of a variant', () => {
  it('takes the kernel’s own shader on software adapters', () => {
    expect(chosen(EVEN, SOFTWARE)).toBe('plain');
    expect(chooseVariant(KERNEL, EVEN, SOFTWARE).kernel).toBe(KERNEL);
  });

  it('takes the first that suits and whose features, limits and sizes fit', () => {
    expect(chosen(EVEN, HARDWARE)).toBe('even');
    expect(chosen(ODD, HARDWARE)).toBe('basic');
    expect(chosen(ODD, { ...HARDWARE, limits: { storage: 100 } })).toBe('wide');
    expect(chosen(ODD, { ...HARDWARE, features: ['shader-f16'] })).toBe('half');
  });

  it('gives a kernel with the shader, entry, groups and constants of the variant', () => {
    const profile = { ...HARDWARE, limits: { storage: 100 } };
    const { kernel, constants } = chooseVariant(KERNEL, ODD, profile);
    expect(constants).toEqual({ TILE: 8 });
    expect(kernel.name).toBe('product');
    expect([kernel.wgsl, kernel.entry, kernel.groups({})]).toEqual(['// wide', 'wide', [2, 1, 1]]);
    expect(kernel.constants).toEqual(['TILE']);
  });

  it('prefers what a calibration found, unless it does not handle the sizes', () => {
    const options = { calibrated: { product: 'even' } };
    expect(chosen(EVEN, { ...HARDWARE, features: ['shader-f16'] }, options)).toBe('even');
    expect(chosen(ODD, HARDWARE, options)).toBe('basic');
    expect(chosen(EVEN, HARDWARE, { calibrated: { product: 'plain' } })).toBe('plain');
    expect(chosen(EVEN, HARDWARE, { calibrated: { other: 'plain' } })).toBe('even');
  });

  it('obeys force before calibration', () => {
    const calibrated = { product: 'even' };
    expect(chosen(EVEN, HARDWARE, { variants: 'plain', calibrated })).toBe('plain');
    expect(chosen(EVEN, HARDWARE, { variants: 'software', calibrated })).toBe('plain');
    expect(chosen(EVEN, SOFTWARE, { variants: 'basic', calibrated })).toBe('basic');
    expect(chosen(ODD, SOFTWARE, { variants: 'hardware', calibrated })).toBe('basic');
  });

  it('refuses by type what does not exist or cannot run', () => {
    const refused = (name: string, uniforms = EVEN) => {
      const error = expect.objectContaining({
        name: 'AppError',
        code: 'invalid-argument',
      }) as unknown;
      expect(() => chosen(uniforms, HARDWARE, { variants: name })).toThrow(error);
      return expect(() => chosen(uniforms, HARDWARE, { variants: name }));
    };
    refused('fast').toThrowError(/"product" has no variant "fast"/);
    refused('half').toThrowError(/the adapter lacks shader-f16/);
    refused('wide').toThrowError(/needs storage 100, the adapter allows 99/);
    refused('even', ODD).toThrowError(/does not handle these sizes/);
  });

  it('has nothing to choose for a kernel without variants', () => {
    const { kernel, variant: name } = chooseVariant({ ...KERNEL, variants: [] }, EVEN, HARDWARE, {
      variants: 'anything',
    });
    expect(name).toBeNull();
    expect(kernel.wgsl).toBe('// own');
  });
});
