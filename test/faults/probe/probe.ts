import { openDevice, type OpenDevice } from '../../../src/compute/webgpu/device.ts';
import { WebGpuExecutor } from '../../../src/compute/webgpu/webgpu-executor.ts';
import { AppError, toAppError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { limitedGpu } from '../../support/machine/limited-device.ts';
import { sharedDevice, sharedGpu } from '../../support/machine/shared-device.ts';
import type { Outcome } from '../fault-row.ts';
import { goldenRun } from '../hosts/golden-run.ts';
import type { Machine, MachineTrial, OpenOptions } from '../machine/machine-trial.ts';
import { saveModels, storedModels } from './saving.ts';

const TRIALS = import.meta.glob<MachineTrial>('../machine/g*.ts', {
  eager: true,
  import: 'trial',
});

/** What was told that no message may be, for the invariants. */
const odd: string[] = [];

const MACHINE: Machine = {
  isGpu: true,
  open: async (options) => {
    const opened = await openDevice();
    return { device: opened.device, executor: executorOn(opened, options) };
  },
  shared: async (options) => executorOn(await sharedDevice(), options),
  limited: (limits) => limitedGpu(limits),
  async toldBy(action) {
    try {
      await action();
      return '';
    } catch (thrown) {
      const { code, message } = toAppError(thrown);
      if (!(thrown instanceof AppError)) odd.push(String(thrown));
      return `${code}: ${message}`;
    }
  },
};

function executorOn(
  { device, profile }: OpenDevice,
  { replace = (same) => same, silenceS }: OpenOptions = {},
): WebGpuExecutor {
  const options = silenceS === undefined ? {} : { silenceS };
  return new WebGpuExecutor({ device: replace(device), profile }, options);
}

/** What the program in Node calls in this page. */
const PROBE = {
  trial(
    name: string,
    isInjected: boolean,
    seed: string,
    isLong: boolean,
    leftMs: number | null,
  ): Promise<Outcome> {
    const found = Object.entries(TRIALS).find(([path]) => path.endsWith(`/${name}.ts`));
    if (found === undefined) throw new Error(`There is no trial ${name}.`);
    const begun = performance.now();
    return found[1](MACHINE, {
      isInjected,
      random: new RandomStream(1, seed),
      isLong,
      leftMs: () => (leftMs === null ? null : leftMs - (performance.now() - begun)),
      isTimeUp: () => leftMs !== null && performance.now() - begun > leftMs,
    });
  },
  async golden(): Promise<{ bits: string; liveBytes: number; odd: readonly string[] }> {
    const executor = await sharedGpu();
    const bits = await goldenRun(executor);
    const { liveBytes } = executor.memory();
    executor.destroy();
    return { bits, liveBytes, odd: odd.splice(0) };
  },
  saveModels,
  storedModels,
};

export type Probe = typeof PROBE;

Object.assign(globalThis, { probe: PROBE });
