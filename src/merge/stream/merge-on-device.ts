import type { DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import type { ElementType } from '../../compute/kernel.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { stopIfAborted } from '../merge-checks.ts';
import type { MergeMethod } from '../method.ts';
import type { ParameterValues } from '../parameters.ts';

/** A merge whose operands come in pieces and whose result leaves in pieces. */
export interface DeviceMerge {
  readonly executor: Executor;
  readonly method: MergeMethod;
  readonly values: ParameterValues;
  readonly layout: ParameterLayout;
  readonly modelCount: number;
  readonly hasBase: boolean;
  /** Writes an operand; false when it turned out that nothing shall be merged. */
  readonly fill: (operand: 'base' | number, buffer: DeviceBuffer) => Promise<boolean>;
  readonly drain: (output: DeviceBuffer) => Promise<void>;
  /** Called whenever the device may hold the most. */
  readonly onFull: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Merges without an arena on the host. The executor's memory is as before when it returns or throws.
 * @errors aborted, and the executor's and the method's
 */
export async function mergeOnDevice(merge: DeviceMerge): Promise<void> {
  const { executor, method, layout, values, signal } = merge;
  const buffers: DeviceBuffer[] = [];
  const programs: Program[] = [];
  const scratch = (label: string, type: ElementType, length: number) => {
    const buffer = executor.allocate(`merge ${label}`, type, length);
    buffers.push(buffer);
    return buffer;
  };
  const run = async (steps: readonly Step[]) => {
    const program = await executor.prepare(`merge ${method.id}`, steps);
    programs.push(program);
    stopIfAborted(signal);
    merge.onFull();
    executor.run(program);
  };
  try {
    const base = merge.hasBase ? scratch('base', 'f32', layout.length) : null;
    const models = Array.from({ length: merge.modelCount }, (_, index) =>
      scratch(`model ${index}`, 'f32', layout.length),
    );
    let isWanted = base === null || (await merge.fill('base', base));
    for (const [index, model] of models.entries()) {
      // All operands are read even then: what is wrong with them shall be listed.
      isWanted = (await merge.fill(index, model)) && isWanted;
    }
    if (!isWanted) return;
    const output = scratch('result', 'f32', layout.length);
    const report = (): void => undefined;
    const operands = { layout, values, models, base, output, statistics: {} };
    await method.apply({ executor, ...operands, scratch, run, report });
    merge.onFull();
    await merge.drain(output);
  } finally {
    for (const program of programs) program.destroy();
    for (const buffer of buffers) executor.free(buffer);
  }
}
