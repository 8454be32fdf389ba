import lanesWgsl from '../../../shaders/column-sums-lanes.wgsl?raw';
import wgsl from '../../../shaders/column-sums.wgsl?raw';
import type { BufferView, DeviceBuffer } from '../../compute/executor.ts';
import { viewOf } from '../../compute/executor.ts';
import { defineKernel, linearGroups, type TwinArray } from '../../compute/kernel.ts';
import { alignUp } from '../../core/layout.ts';
import {
  slice,
  valueOf,
  type Graph,
  type GraphStep,
  type Operand,
  type Value,
} from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { COLUMN_SUM } from './column-sum.ts';

/** Columns that a line of the table names. */
const BLOCK = 64;

/**
 * Column sums of many matrices of equal height, added to ranges of one buffer. A line of `blocks`
 * names 64 columns of a matrix, or what is left of it: where they begin in `partial`, where in
 * `out`, columns left, width of the matrix.
 */
export const COLUMN_SUMS = defineKernel({
  name: 'column_sums',
  wgsl,
  entry: 'column_sums',
  bindings: [...write('out'), ...read('partial'), ...readU32('blocks')],
  uniforms: u32('rows', 'count'),
  groups: (uniforms) => linearGroups(uniform(uniforms, 'count'), 1),
  variants: [
    {
      name: 'lanes',
      wgsl: () => lanesWgsl,
      entry: 'column_sums',
      groups: (uniforms) => linearGroups(uniform(uniforms, 'count'), 1),
      suits: ({ isSoftware }) => !isSoftware,
    },
  ],
  // As if all blocks were full.
  work: ({ rows = 0, count = 0 }) => ({
    flops: rows * count * BLOCK,
    bytes: 4 * BLOCK * count * (rows + 2),
  }),
  twin: (buffers, uniforms) => {
    const { out, partial, blocks } = buffers as Record<'out' | 'partial' | 'blocks', TwinArray>;
    for (let block = 0; block < uniform(uniforms, 'count'); block++) {
      const from = blocks[block * 4]!;
      const to = blocks[block * 4 + 1]!;
      for (let column = 0; column < Math.min(BLOCK, blocks[block * 4 + 2]!); column++) {
        let sum = 0;
        for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
          sum += partial[from + row * blocks[block * 4 + 3]! + column]!;
        }
        out[to + column] = out[to + column]! + sum;
      }
    }
  },
});

/** One `column_sum` of the graph, with operands as the merged kernel takes them. */
interface Sum {
  readonly step: GraphStep;
  readonly out: BufferView;
  readonly partial: Value;
  readonly rows: number;
  readonly width: number;
}

/**
 * Replaces the graph's `column_sum` steps by one dispatch at its end for each gradient buffer (and
 * height). Their inputs become slices of one value, which lives until then.
 * @param table makes a device copy that lives as long as the graph's program
 */
export function mergeColumnSums(graph: Graph, table: (data: Uint32Array) => Operand): void {
  const groups = new Map<DeviceBuffer, Map<number, Sum[]>>();
  const shared = readElsewhere(graph.steps);
  for (const step of graph.steps) {
    const sum = sumOf(step);
    if (sum === null || shared.has(sum.partial)) continue;
    const byRows = groups.get(sum.out.buffer) ?? new Map<number, Sum[]>();
    groups.set(sum.out.buffer, byRows.set(sum.rows, [...(byRows.get(sum.rows) ?? []), sum]));
  }
  for (const [buffer, byRows] of groups) {
    for (const [rows, sums] of byRows) {
      // Two sums into one place would race: such sums stay as they are.
      const places = new Set(sums.map(({ out }) => out.offset));
      if (sums.length > 1 && places.size === sums.length) merge(graph, buffer, rows, sums, table);
    }
  }
}

/**
 * Values that a step reads which is no column sum. Such a step may write the matrix of another sum,
 * and no dispatch may read and write one value, be it in different places.
 */
function readElsewhere(steps: readonly GraphStep[]): ReadonlySet<Value | null> {
  const others = steps.filter(({ kernel }) => kernel !== COLUMN_SUM);
  return new Set(
    others.flatMap(({ kernel, bind }) =>
      kernel.bindings.flatMap(({ name, access }) => {
        const operand = bind[name];
        return access === 'read' && operand !== undefined ? [valueOf(operand)] : [];
      }),
    ),
  );
}

function sumOf(step: GraphStep): Sum | null {
  const { out, partial } = step.bind;
  if (step.kernel !== COLUMN_SUM || out === undefined || partial === undefined) return null;
  if ('kind' in out || !('kind' in partial) || partial.kind !== 'value') return null;
  const { uniforms } = step;
  return { step, out, partial, rows: uniform(uniforms, 'rows'), width: uniform(uniforms, 'width') };
}

function merge(
  graph: Graph,
  buffer: DeviceBuffer,
  rows: number,
  sums: readonly Sum[],
  table: (data: Uint32Array) => Operand,
): void {
  const lines: number[] = [];
  const starts = new Map<Value, number>();
  let length = 0;
  for (const { out, partial, width } of sums) {
    starts.set(partial, length);
    for (let column = 0; column < width; column += BLOCK) {
      lines.push(length + column, out.offset + column, width - column, width);
    }
    length += alignUp(partial.length, 64);
  }
  const all = graph.value('weight partials', length);
  const dropped = new Set(sums.map(({ step }) => step));
  graph.steps = graph.steps
    .filter((step) => !dropped.has(step))
    .map((step) => moved(step, starts, all));
  graph.emit(
    COLUMN_SUMS,
    { out: viewOf(buffer), partial: all, blocks: table(Uint32Array.from(lines)) },
    { rows, count: lines.length / 4 },
  );
}

/** The step with operands that moved into `all` as slices of it; the same step when none did. */
function moved(step: GraphStep, starts: ReadonlyMap<Value, number>, all: Value): GraphStep {
  let hasMoved = false;
  const entries = Object.entries(step.bind).map(([name, operand]): [string, Operand] => {
    const isWhole = 'kind' in operand && operand.kind === 'value';
    const start = isWhole ? starts.get(operand) : undefined;
    if (start === undefined) return [name, operand];
    hasMoved = true;
    return [name, slice(all, start, operand.length)];
  });
  // Other groups know their steps by identity.
  return hasMoved ? { ...step, bind: Object.fromEntries(entries) } : step;
}
