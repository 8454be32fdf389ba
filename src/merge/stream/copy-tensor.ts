import { elementCount } from '../../core/layout.ts';
import { isReadable } from '../../io/safetensors-decode.ts';
import type { OutputFile } from '../../io/output-folder.ts';
import { stopIfAborted } from '../merge-checks.ts';
import type { Operand, PlannedTensor } from './planned-tensor.ts';
import type { RunContext } from './run-context.ts';
import { CHUNK_ELEMENTS } from './tensor-floats.ts';
import { writeFloats } from './write-floats.ts';

/** Copies a tensor as it is, or rounded to the type of the result. */
export async function copyTensor(
  { floats, meter, signal }: RunContext,
  tensor: PlannedTensor,
  from: Operand,
  file: OutputFile,
): Promise<void> {
  const stored = floats.input(from.reference).tensors.get(from.tensor);
  if (stored !== undefined && (stored.dtype === tensor.dtype || !isReadable(stored.dtype))) {
    const step = CHUNK_ELEMENTS * 4;
    for (let start = 0; start < stored.sizeBytes; start += step) {
      stopIfAborted(signal);
      const end = Math.min(start + step, stored.sizeBytes);
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
