import type { BufferView } from '../../../src/compute/executor.ts';
import type { Parameter, Table } from '../../../src/nn/graph/graph.ts';

/**
 * A whole table as ranges of `step` rows, as it would lie in several buffers; the table itself
 * where no step is given. Ranges must start at multiples of 64 elements.
 */
export function inRanges(
  table: Parameter,
  { rows, width, step }: { rows: number; width: number; step: number | undefined },
): Table {
  if (step === undefined) return table;
  return Array.from({ length: Math.ceil(rows / step) }, (_, index) => {
    const first = index * step;
    const count = Math.min(step, rows - first);
    const part = (view: BufferView): BufferView => {
      return { ...view, offset: view.offset + first * width, length: count * width };
    };
    const { weight, gradient } = table;
    const views = { weight: part(weight), gradient: gradient === null ? null : part(gradient) };
    return { ...views, first, rows: count };
  });
}
