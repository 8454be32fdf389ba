import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import { elementCount, layoutOf, type ParameterLayout } from '../../core/layout.ts';
import type { OutputFile } from '../../io/output-folder.ts';
import { alignEmbeddings, type Embedding } from '../align-vocabulary.ts';
import type { MergeMethod } from '../method.ts';
import type { ParameterValues } from '../parameters.ts';
import { mergeOnDevice } from './merge-on-device.ts';
import { neededOnDevice, type NeededMemory } from './needed-memory.ts';
import { parameterValues } from './plan-merge.ts';
import type { Operand } from './planned-tensor.ts';
import type { PlannedTensor, PlannedWork } from './planned-tensor.ts';
import { ownModels, planAlignment, type Alignment } from './align-operands.ts';
import type { RunContext } from './run-context.ts';
import { CHUNK_ELEMENTS } from './tensor-floats.ts';
import { writeFloats } from './write-floats.ts';

type MergeWork = PlannedWork & { readonly kind: 'merge' };

/** Bytes of one range on the device, over all operands. */
const RANGE_BYTES = 16 * 2 ** 20;

/** Bytes of uploads after which the device is waited for: until then it keeps copies of them. */
const QUEUED_BYTES = 32 * 2 ** 20;

/** What a tensor that has to be merged as a whole needs; null where ranges will do. */
export async function neededBytes(
  context: RunContext,
  tensor: PlannedTensor,
): Promise<NeededMemory | null> {
  const { plan, executor } = context;
  const { name, shape, work } = tensor;
  if (work.kind !== 'merge' || elementCount(shape) === 0) return null;
  const { rows } = work;
  const values = parameterValues(plan.method, work);
  if (isElementwise(plan.method, values) && rows === null) return null;
  const needed = await neededOnDevice(executor.profile, {
    ...{ method: plan.method, values, layout: layoutOf([[{ name, shape }]]) },
    modelCount: work.models.length,
    hasBase: work.base !== null,
  });
  const onHost = rows === null ? 0 : alignmentOf(context, tensor, { ...work, rows }).bytes;
  return { ...needed, totalBytes: needed.totalBytes + onHost };
}

/** Merges one tensor, in ranges where the method allows it, and writes it. */
export async function mergeTensor(
  context: RunContext,
  tensor: PlannedTensor,
  work: MergeWork,
  file: OutputFile,
): Promise<void> {
  const { plan, floats, meter } = context;
  const elements = elementCount(tensor.shape);
  const values = parameterValues(plan.method, work);
  if (work.rows !== null) return mergeAligned(context, tensor, { ...work, rows: work.rows }, file);
  const step = isElementwise(plan.method, values) ? rangeElements(work) : elements;
  for (let start = 0; start < elements; start += step) {
    const end = Math.min(start + step, elements);
    const shape = start === 0 && end === elements ? tensor.shape : [end - start];
    await mergeRange(context, { tensor, work, values, file, shape }, async (operand, put) => {
      await floats.pieces(operand, [start, end], put);
    });
    meter.look();
  }
}

interface RangeMerge {
  readonly tensor: PlannedTensor;
  readonly work: MergeWork;
  readonly values: ParameterValues;
  readonly file: OutputFile;
  /** Of the part that is merged now. */
  readonly shape: readonly number[];
}

type Put = (values: Float32Array<ArrayBuffer>, at: number) => Promise<void>;

async function mergeRange(
  context: RunContext,
  { tensor, work, values, file, shape }: RangeMerge,
  read: (operand: Operand, put: Put) => Promise<void>,
): Promise<void> {
  const { executor, plan, floats, meter, signal } = context;
  const layout = layoutOf([[{ name: tensor.name, shape }]]);
  let queued = 0;
  const putInto =
    (buffer: DeviceBuffer): Put =>
    async (piece, at) => {
      if (!floats.bad.isEmpty) return;
      executor.write(buffer, piece, at);
      queued += piece.byteLength;
      if (queued < QUEUED_BYTES) return;
      queued = 0;
      await executor.idle();
    };
  await mergeOnDevice({
    ...{ executor, method: plan.method, values, layout, signal },
    modelCount: work.models.length,
    hasBase: work.base !== null,
    fill: async (which, buffer) => {
      const operand = which === 'base' ? work.base : work.models[which];
      if (operand !== null && operand !== undefined) await read(operand, putInto(buffer));
      return floats.bad.isEmpty;
    },
    drain: (output) => drainTensor(context, output, layout, tensor, file),
    onFull: () => {
      meter.look();
    },
  });
}

/** Reads the only tensor of a layout back in pieces and writes them. */
export async function drainTensor(
  { executor, meter }: Pick<RunContext, 'executor' | 'meter'>,
  output: DeviceBuffer,
  layout: ParameterLayout,
  tensor: PlannedTensor,
  file: OutputFile,
): Promise<void> {
  const entry = layout.entries.find(({ name }) => name === tensor.name);
  const { offset, size } = entry ?? { offset: 0, size: 0 };
  for (let start = 0; start < size; start += CHUNK_ELEMENTS) {
    const count = Math.min(CHUNK_ELEMENTS, size - start);
    await meter.holding(count * 4, async () => {
      const piece = await executor.readFloats(viewOf(output, offset + start, count));
      await writeFloats(meter, tensor, piece, file);
    });
  }
}

/** Embeddings whose rows have to be brought to one vocabulary first, which needs all of them. */
async function mergeAligned(
  context: RunContext,
  tensor: PlannedTensor,
  work: MergeWork & { readonly rows: readonly Operand[] },
  file: OutputFile,
): Promise<void> {
  const { floats, meter, plan } = context;
  const values = parameterValues(plan.method, work);
  const alignment = alignmentOf(context, tensor, work);
  const { bytes } = alignment;
  await meter.holding(bytes, async () => {
    const aligned = await readAligned(context, alignment);
    const range = { tensor, work, values, file, shape: tensor.shape };
    await mergeRange(context, range, async ({ reference }, put) => {
      const rows = aligned.get(reference);
      if (rows !== undefined && floats.bad.isEmpty) await put(rows, 0);
    });
  });
}

export function alignmentOf(
  { plan, floats }: RunContext,
  tensor: PlannedTensor,
  work: MergeWork & { readonly rows: readonly Operand[] },
): Alignment {
  const shapeOf = (operand: Operand): readonly number[] => floats.shapeOf(operand);
  return planAlignment(plan, tensor, work.rows, ownModels(work), shapeOf);
}

/** Reads embeddings and brings them to the vocabulary of the result. */
export async function readAligned(
  { floats }: RunContext,
  { request, operands, sizes }: Alignment,
): Promise<ReadonlyMap<string, Float32Array<ArrayBuffer>>> {
  const embeddings = new Map<string, Embedding>();
  for (const [reference, operand] of operands) {
    const { rows, width } = sizes.get(reference) ?? { rows: 0, width: 0 };
    const values = new Float32Array(rows * width);
    await floats.pieces(operand, [0, values.length], (piece, at) => {
      values.set(piece, at);
    });
    embeddings.set(reference, { values, width });
  }
  return floats.bad.isEmpty ? alignEmbeddings(request, embeddings) : new Map();
}

function isElementwise(method: MergeMethod, values: ParameterValues): boolean {
  return method.linear !== undefined || method.isElementwise?.(values) === true;
}

/** A multiple of 64, the more models the shorter. */
function rangeElements({ models }: MergeWork): number {
  return Math.max(64, Math.floor(RANGE_BYTES / 4 / (models.length + 2) / 64) * 64);
}
