import { elementCount } from '../../core/layout.ts';
import { isReadable } from '../../io/safetensors-decode.ts';
import type { OutputFile } from '../../io/output-folder.ts';
import { stopIfAborted } from '../merge-checks.ts';
import { ownModels, planAlignment } from './align-operands.ts';
import { readAligned } from './merge-tensor.ts';
import type { Operand, PlannedTensor, PlannedWork } from './planned-tensor.ts';
import type { RunContext } from './run-context.ts';
import { CHUNK_ELEMENTS } from './tensor-floats.ts';
import { writeFloats } from './write-floats.ts';

/** Copies a tensor as it is, in the result's vocabulary, or rounded to the type of the result. */
export async function copyTensor(
  context: RunContext,
  tensor: PlannedTensor,
  work: PlannedWork & { readonly kind: 'copy' },
  file: OutputFile,
): Promise<void> {
  const { floats, meter, signal } = context;
  const { from, rows } = work;
  if (rows !== null) return copyAligned(context, tensor, work, rows, file);
  const stored = floats.input(from.reference).tensors.get(from.tensor);
  if (stored !== undefined && (stored.dtype === tensor.dtype || !isReadable(stored.dtype))) {
    const step = CHUNK_ELEMENTS * 4;
    // The result may have fewer rows: they come first.
    for (let start = 0; start < tensor.sizeBytes; start += step) {
      stopIfAborted(signal);
      const end = Math.min(start + step, tensor.sizeBytes);
      await meter.holding(end - start, async () => {
        await file.write(await stored.read(start, end));
      });
      floats.bytesRead += end - start;
    }
    return;
  }
  await floats.pieces(from, [0, elementCount(tensor.shape)], (values) =>
    floats.bad.isEmpty ? writeFloats(meter, tensor, values, file) : undefined,
  );
}

async function copyAligned(
  context: RunContext,
  tensor: PlannedTensor,
  { from, ...work }: PlannedWork & { readonly kind: 'copy' },
  rows: readonly Operand[],
  file: OutputFile,
): Promise<void> {
  const { plan, floats, meter } = context;
  const own = ownModels({ ...work, from });
  const alignment = planAlignment(plan, tensor, rows, own, (one) => floats.shapeOf(one));
  await meter.holding(alignment.bytes, async () => {
    const values = (await readAligned(context, alignment)).get(from.reference);
    if (values !== undefined && floats.bad.isEmpty) await writeFloats(meter, tensor, values, file);
  });
}
