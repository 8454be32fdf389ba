import { afterAll, describe, expect, it } from 'vitest';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { checkKernel } from '../../support/ops/check-kernel.ts';
import { KERNEL_CASES } from '../../support/ops/kernel-cases.ts';
import { kernelDiffers } from '../../support/machine/shader-choice.ts';

const software = await sharedGpu({ variants: 'software' });
const hardware = await sharedGpu({ variants: 'hardware' });
const HARDWARE_CASES = KERNEL_CASES.filter((one) => kernelDiffers(hardware.profile, one));

afterAll(() => {
  software.destroy();
  hardware.destroy();
});

describe.each([
  { name: 'software', executor: software, cases: KERNEL_CASES },
  { name: 'hardware', executor: hardware, cases: HARDWARE_CASES },
])('kernels outside of the ops, $name shaders', ({ executor, cases }) => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await checkKernel(executor, one);
  });
});

it('has shaders of its own for hardware', () => {
  expect(HARDWARE_CASES.length).toBeGreaterThan(0);
  expect(HARDWARE_CASES.length).toBeLessThan(KERNEL_CASES.length);
});
