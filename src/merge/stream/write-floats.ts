import { AppError } from '../../core/errors.ts';
import type { OutputFile } from '../../io/output-folder.ts';
import { encodeFloats } from '../../io/safetensors-encode.ts';
import { decodeFloats, isReadable, type ReadableType } from '../../io/safetensors-decode.ts';
import type { MemoryMeter } from './memory-meter.ts';
import type { PlannedTensor } from './planned-tensor.ts';
import { nonFinite } from './tensor-floats.ts';

/**
 * Writes values in the tensor's type, rounded to nearest even.
 * @errors non-finite where a value is, or becomes so because the type ends before it
 */
export async function writeFloats(
  meter: MemoryMeter,
  { name, dtype }: PlannedTensor,
  values: Float32Array<ArrayBuffer>,
  file: OutputFile,
): Promise<void> {
  const type = floatType(dtype);
  await meter.holding(values.byteLength * 2, async () => {
    const bytes = encodeFloats(values, type);
    const before = nonFinite(values);
    const after = type === 'F32' ? before : nonFinite(decodeFloats(bytes, type, values.length));
    if (after > 0) throw outsideType(name, type, before, after);
    await file.write(bytes);
  });
}

function floatType(dtype: string): ReadableType {
  if (isReadable(dtype)) return dtype;
  throw new AppError('internal', `Numbers cannot be written as ${dtype}.`);
}

/** The error of a result whose values are not finite, or become so in its type. */
export function outsideType(name: string, type: string, before: number, after: number): AppError {
  const place = `tensor "${name}"`;
  const message =
    before > 0
      ? `${before} values of the result are not finite.`
      : `${after} values are too large for ${type}.`;
  return new AppError('non-finite', `The result cannot be written: ${place}: ${message}`, {
    hint: 'Nothing was written. Use smaller weights, or out_dtype bfloat16 or float32.',
    faults: [{ place, message }],
  });
}
