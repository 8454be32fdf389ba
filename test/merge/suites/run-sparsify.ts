import type { DeviceBuffer, Executor } from '../../../src/compute/executor.ts';
import type { ParameterLayout } from '../../../src/core/layout.ts';
import type { MergeContext } from '../../../src/merge/method.ts';
import { ParameterValues } from '../../../src/merge/parameters.ts';
import { workspaceOf } from '../../../src/merge/sparse/delta-workspace.ts';
import { sparsify, type Drop, type Rescale } from '../../../src/merge/sparse/sparsify.ts';

/** Calls `use` with a merge's context around the arenas and frees what it made. */
export async function withContext<T>(
  executor: Executor,
  layout: ParameterLayout,
  arenas: readonly Float32Array[],
  use: (context: MergeContext) => Promise<T>,
): Promise<T> {
  const buffers: DeviceBuffer[] = [];
  const scratch = (label: string, type: 'f32' | 'u32' | 'i32', length: number) => {
    const buffer = executor.allocate(label, type, length);
    buffers.push(buffer);
    return buffer;
  };
  try {
    return await use({
      executor,
      layout,
      values: new ParameterValues(new Map()),
      models: arenas.map((arena) => {
        const buffer = scratch('operand', 'f32', layout.length);
        executor.write(buffer, arena);
        return buffer;
      }),
      base: null,
      output: scratch('output', 'f32', layout.length),
      scratch,
      statistics: {},
      report: () => undefined,
      run: async (steps) => {
        const program = await executor.prepare('test', steps);
        executor.run(program);
        program.destroy();
      },
    });
  } finally {
    await executor.idle();
    for (const buffer of buffers) executor.free(buffer);
  }
}

/** What stays of task vectors. */
export function sparsifiedOn(
  executor: Executor,
  layout: ParameterLayout,
  deltas: readonly Float32Array[],
  drop: Drop,
  rescale: Rescale,
): Promise<Float32Array<ArrayBuffer>[]> {
  return withContext(executor, layout, deltas, async (context) => {
    const workspace = workspaceOf(context, context.models);
    await sparsify(workspace, drop, rescale);
    return Promise.all(workspace.deltas.map((delta) => executor.readFloats(delta)));
  });
}
