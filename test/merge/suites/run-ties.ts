import type { DeviceBuffer, Executor } from '../../../src/compute/executor.ts';
import type { ParameterLayout } from '../../../src/core/layout.ts';
import { ParameterValues } from '../../../src/merge/parameters.ts';
import { runTies, type TiesOptions } from '../../../src/merge/ties/ties.ts';

/** TIES with any options, also combinations that no method offers. Frees what it made. */
export async function tiesOnExecutor(
  executor: Executor,
  layout: ParameterLayout,
  base: Float32Array,
  models: readonly Float32Array[],
  options: TiesOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const buffers: DeviceBuffer[] = [];
  const scratch = (label: string, type: 'f32' | 'u32' | 'i32', length: number) => {
    const buffer = executor.allocate(label, type, length);
    buffers.push(buffer);
    return buffer;
  };
  const upload = (arena: Float32Array) => {
    const buffer = scratch('operand', 'f32', layout.length);
    executor.write(buffer, arena);
    return buffer;
  };
  try {
    const output = scratch('output', 'f32', layout.length);
    await runTies(
      {
        executor,
        layout,
        values: new ParameterValues(new Map()),
        models: models.map(upload),
        base: upload(base),
        output,
        scratch,
        statistics: {},
        report: () => undefined,
        run: async (steps) => {
          executor.run(await executor.prepare('ties', steps));
        },
      },
      options,
    );
    return await executor.readFloats(output);
  } finally {
    for (const buffer of buffers) executor.free(buffer);
  }
}
