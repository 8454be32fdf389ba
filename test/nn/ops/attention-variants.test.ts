import { describe, expect, it } from 'vitest';
import { chooseVariant } from '../../../src/compute/webgpu/variants.ts';
import { ATTENTION_KERNELS } from '../../../src/nn/ops/attention.ts';

/** The limits that WebGPU guarantees. */
const LEAST = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16384 };
const HARDWARE = { isSoftware: false, features: [], limits: LEAST };

const sizes = (headWidth: number) => ({
  ...{ rows: 70, heads: 6, kv_heads: 2, causal: 1 },
  ...{ D4: headWidth / 4, TILE: headWidth <= 32 ? 4 : 1 },
});

describe.each(ATTENTION_KERNELS.map((kernel) => [kernel.name, kernel] as const))(
  '%s',
  (_, kernel) => {
    it('has a block for every head width, within the limits of every adapter', () => {
      for (let headWidth = 4; headWidth <= 128; headWidth += 4) {
        const { variant, constants } = chooseVariant(kernel, sizes(headWidth), HARDWARE);
        const widest = Number(/^flash(\d+)$/.exec(variant ?? '')?.[1]);
        expect(widest, `width ${headWidth}`).toBeGreaterThanOrEqual(headWidth);
        const { COLUMNS = 0, OWN_COLUMNS = 0, OWN_KEYS = 0, KEYS = 0 } = constants;
        expect(4 * COLUMNS * OWN_COLUMNS).toBeGreaterThanOrEqual(headWidth);
        expect(COLUMNS * OWN_KEYS).toBeGreaterThanOrEqual(KEYS);
      }
    });

    it('covers all rows of all heads', () => {
      const chosen = chooseVariant(kernel, sizes(16), HARDWARE);
      const heads = kernel.name === 'attention_keys' ? 2 : 6;
      expect(chosen.kernel.groups({ ...sizes(16), ...chosen.constants })).toEqual([
        3 * heads,
        1,
        1,
      ]);
    });

    it('keeps the shader without barriers on software adapters', () => {
      const profile = { ...HARDWARE, isSoftware: true };
      expect(chooseVariant(kernel, sizes(16), profile).variant).toBe('plain');
    });
  },
);
