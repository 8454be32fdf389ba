import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import type { ParameterLayout } from '../../../src/core/layout.ts';
import type { MergeContext } from '../../../src/merge/method.ts';
import { ParameterValues } from '../../../src/merge/parameters.ts';

export interface ContextOperands {
  readonly layout: ParameterLayout;
  readonly models: readonly Float32Array[];
  readonly base: Float32Array | null;
}

/** Runs device code that no method of the registry offers; frees everything. Yields the output. */
export async function inContext(
  executor: Executor,
  { layout, models, base }: ContextOperands,
  use: (context: MergeContext) => Promise<void>,
): Promise<Float32Array<ArrayBuffer>> {
  const scope = new BufferScope(executor);
  const upload = (arena: Float32Array) => {
    const buffer = scope.floats('operand', layout.length);
    executor.write(buffer, arena);
    return buffer;
  };
  try {
    const output = scope.floats('output', layout.length);
    await use({
      executor,
      layout,
      values: new ParameterValues(new Map()),
      models: models.map(upload),
      base: base === null ? null : upload(base),
      output,
      scratch: (label, type, length) => scope.allocate(label, type, length),
      statistics: {},
      report: () => undefined,
      run: async (steps) => {
        const program = await executor.prepare('test', steps);
        executor.run(program);
        await executor.idle();
        program.destroy();
      },
    });
    return await executor.readFloats(output);
  } finally {
    scope.destroy();
  }
}
