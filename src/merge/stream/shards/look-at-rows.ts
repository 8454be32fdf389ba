import type { BlockStep, RangeForm, SumPass } from '../../range-form.ts';
import { isAligned, type AlignedTensor } from '../../ranges/aligned-tensor.ts';
import type { RangeSession } from '../../ranges/range-session.ts';
import type { RangeCut, RangeWork } from '../../ranges/range-work.ts';
import { runRanges } from '../../ranges/run-ranges.ts';
import { columnSection, meanFromSums } from '../../row-map.ts';
import type { Operand, PlannedTensor } from '../planned-tensor.ts';
import type { RunContext } from '../run-context.ts';
import type { RangeWorks } from './range-works.ts';
import { NOWHERE } from './result-file.ts';

/** What tables are looked at with. */
export interface RowsRun {
  readonly context: RunContext;
  readonly session: RangeSession;
  readonly works: RangeWorks;
  readonly cut: RangeCut;
}

/**
 * Looks through tables whose rows are gathered, once and as a whole, for values that are not finite,
 * as `readAligned` does, and finds the rows that paddings take. Nothing is written here.
 * @errors aborted, and the session's
 */
export async function lookAtRows(run: RowsRun): Promise<void> {
  const { context, works, session, cut } = run;
  const { floats, meter, signal } = context;
  const tensors = works.aligned;
  const tables = new Map<string, Operand>();
  for (const operand of tensors.flatMap((tensor) => works.tablesOf(tensor))) {
    tables.set(`${operand.reference}\n${operand.tensor}`, operand);
  }
  const looked = [...tables.values()];
  const scans = looked.map((operand): RangeWork => {
    const stored = floats.stored(operand);
    const content = { kind: 'merge', form: LOOK, operands: [stored] } as const;
    return { ...stored, file: NOWHERE, position: 0, content };
  });
  const sums = tensors.flatMap((tensor) => paddingsOf(run, tensor));
  const all = [...scans, ...sums];
  if (all.length === 0) return;
  const report = await runRanges({ session, works: all, isBad: false, cut, signal });
  meter.look();
  floats.bytesRead += report.bytesRead;
  looked.forEach((operand, index) => {
    floats.bad.add(operand, report.nonFinite[index]?.[0] ?? 0);
  });
}

/** Reads, and only counts. */
const LOOK: RangeForm = {
  operands: [0],
  passes: function* () {
    yield { kind: 'sum', steps: [] };
    return null;
  },
};

/** Sums of columns for the operands of a tensor that has padding. */
function paddingsOf({ context, works }: RowsRun, tensor: PlannedTensor): RangeWork[] {
  const inputs = works.inputsOf(tensor, (operand) => context.floats.stored(operand));
  return works.operandsOf(tensor).flatMap(({ reference }, k): RangeWork[] => {
    const input = inputs[k];
    if (input === undefined || !isAligned(input)) return [];
    const { width, map } = input;
    const rows = map.ends.length;
    if (rows * width === tensor.shape.reduce((size, one) => size * one, 1)) return [];
    const form = columnSums(input, (padding) => {
      works.setPadding(tensor, reference, padding);
    });
    const content = { kind: 'merge', form, operands: [input] } as const;
    return [{ ...tensor, shape: [rows, width], file: NOWHERE, position: 0, content }];
  });
}

function columnSums(
  { width, map }: AlignedTensor,
  take: (padding: Float32Array<ArrayBuffer>) => void,
): RangeForm {
  const add: BlockStep = {
    kernel: 'range_column_sums',
    arguments: [{ sums: 'columns' }, { block: 0 }, 'count', 'within', width],
  };
  const pass: SumPass = {
    kind: 'sum',
    section: columnSection(width),
    sums: { columns: { type: 'f64', length: width, per: 'tensor' } },
    steps: [add],
  };
  return {
    operands: [0],
    passes: function* () {
      const { columns = new Float64Array(width) } = yield pass;
      take(meanFromSums(columns, map.ends.length));
      return null;
    },
  };
}
