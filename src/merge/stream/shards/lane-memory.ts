import { formatBytes } from '../../../compute/limits.ts';
import { AppError } from '../../../core/errors.ts';
import { elementCount } from '../../../core/layout.ts';
import { isReadable } from '../../../io/safetensors-decode.ts';
import { SECTION_ELEMENTS } from '../../range-form.ts';
import { defaultCut, type RangeCut } from '../../ranges/range-work.ts';
import { widthOf } from '../../ranges/range-task.ts';
import { bytesOf, placeOf, type PlannedTensor } from '../planned-tensor.ts';
import type { TensorFloats } from '../tensor-floats.ts';
import type { RangeWorks } from './range-works.ts';

/** What a lane takes whatever it is told: scratch memory of the kernels, its first pages, a step more. */
const LANE_BYTES = 4 * 2 ** 20;
/** Of an operand, at most: counts of two digits of a cut or a list no longer than these, blocks. */
const OPERAND_BYTES = 896 * 1024;
/** Rows that are gathered, with what lies between them. */
const GATHERED_BYTES = 3 * 2 ** 20;

interface LaneNeed {
  readonly place: string;
  readonly bytes: number;
}

/**
 * How ranges are cut for as many bytes as there are: shorter ranges first, then fewer lanes.
 * @errors limit-exceeded where one lane with the shortest ranges needs more, with how much it needs
 */
export function cutWithin(
  works: RangeWorks,
  floats: TensorFloats,
  budgetBytes: number,
): (lanes: number) => RangeCut {
  let most: LaneNeed = { place: '', bytes: 0 };
  for (const tensor of works.taken) {
    const bytes = laneBytes(works, floats, tensor);
    if (bytes > most.bytes) most = { place: placeOf(tensor.name), bytes };
  }
  if (most.bytes > budgetBytes) {
    const megabytes = Math.ceil(most.bytes / 1e6);
    const message = `Needs ${formatBytes(most.bytes)} of ${formatBytes(budgetBytes)}, in the shortest ranges.`;
    throw new AppError('limit-exceeded', 'Even the shortest ranges do not fit into the memory.', {
      hint: `Nothing was written. Allow ${megabytes} MB (--memory ${megabytes} on the command line).`,
      faults: [{ place: most.place, message }],
    });
  }
  return (lanes) => defaultCut(lanes, budgetBytes, most.bytes);
}

/** What a lane needs for a section of a tensor: an estimate from above, tested against what it takes. */
function laneBytes(works: RangeWorks, floats: TensorFloats, tensor: PlannedTensor): number {
  const { shape, dtype, work } = tensor;
  const elements = elementCount(shape);
  // Rows that are looked at as a whole are a section each.
  const row = shape.length < 2 ? 0 : elements / Math.max(1, shape[0] ?? 1);
  const section = Math.min(elements, Math.max(SECTION_ELEMENTS, row));
  const widths = works.operandsOf(tensor).map((operand) => {
    const { dtype: type } = floats.stored(operand);
    return work.rows !== null || !isReadable(type) ? 4 : widthOf(type);
  });
  const width = widths.reduce((sum, one) => sum + one, bytesOf(dtype));
  const gathered = work.rows === null ? 0 : GATHERED_BYTES;
  return LANE_BYTES + section * width + widths.length * OPERAND_BYTES + gathered;
}
