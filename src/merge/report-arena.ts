import type { DeviceBuffer } from '../compute/executor.ts';
import type { MergeContext } from './method.ts';

/** Reports an arena tensor by tensor as `name.tensor`, where such large reports are wanted. */
export async function reportArena(
  context: MergeContext,
  name: string,
  arena: DeviceBuffer,
): Promise<void> {
  if (context.reportsArenas !== true) return;
  const values = await context.executor.readFloats(arena);
  for (const entry of context.layout.entries) {
    context.report(
      `${name}.${entry.name}`,
      values.subarray(entry.offset, entry.offset + entry.size),
    );
  }
}
