import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Run } from '../fault-row.ts';
import type { Machine, MachineTrial } from '../machine/machine-trial.ts';
import { LimitedCpu } from '../../support/machine/limited-device.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import type { NodeHost } from './node-host.ts';
import type { PageHost } from './page-host.ts';

/** A trial on the GPU of a page that has the product's kernels, by the name of its file. */
export function onGpu(name: string): Run<PageHost> {
  return async (host, { isInjected, random, isLong, leftMs }) => {
    const probe = await host.probe();
    const seed = String(random.nextInt(2 ** 30));
    return probe.call('trial', name, isInjected, seed, isLong, leftMs());
  };
}

/** The same on the CPU executor of Node. */
export function onCpu(trial: MachineTrial): Run<NodeHost> {
  return (host, asked) => {
    const machine: Machine = {
      isGpu: false,
      open: () => Promise.reject(new Error('There is no device in Node.')),
      shared: () => openWasm(),
      limited: (limits) =>
        Promise.resolve(
          Object.keys(limits).length === 0 ? createCpuExecutor() : new LimitedCpu(limits),
        ),
      toldBy: (action) => host.toldBy(action),
    };
    return trial(machine, asked);
  };
}
