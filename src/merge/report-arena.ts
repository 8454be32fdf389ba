import type { DeviceBuffer } from '../compute/executor.ts';
import type { MergeContext } from './method.ts';

/**
 * Reports an arena tensor by tensor as `name.tensor`, where such large reports are wanted. `rule`
 * turns what the device holds into what is shown.
 */
export async function reportArena(
  context: MergeContext,
  name: string,
  arena: DeviceBuffer,
  rule?: (value: number) => number,
): Promise<void> {
  if (context.reportsArenas !== true) return;
  const read = await context.executor.readFloats(arena);
  const values = rule === undefined ? read : read.map(rule);
  for (const entry of context.layout.entries) {
    context.report(
      `${name}.${entry.name}`,
      values.subarray(entry.offset, entry.offset + entry.size),
    );
  }
}
