import { AppError } from '../../core/errors.ts';
import type { StoredTensor } from '../../io/import/tensor-reader.ts';
import { decodeFloats, isReadable } from '../../io/safetensors-decode.ts';
import { stopIfAborted } from '../merge-checks.ts';
import type { MemoryMeter } from './memory-meter.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Operand } from './planned-tensor.ts';

/** Elements read at a time; a multiple of 64, so that ranges of a buffer start aligned. */
export const CHUNK_ELEMENTS = 2 ** 20;

/** Counts values that are not finite by model and tensor, so that all of them can be listed. */
export class NonFiniteCount {
  private readonly counts = new Map<string, number>();

  add({ reference, tensor }: Operand, count: number): void {
    if (count === 0) return;
    const place = `${reference}: tensor "${tensor}"`;
    this.counts.set(place, (this.counts.get(place) ?? 0) + count);
  }

  get isEmpty(): boolean {
    return this.counts.size === 0;
  }

  /** @errors non-finite with every tensor and its count */
  throwIfAny(): void {
    const [first] = this.counts.keys();
    if (first === undefined) return;
    const faults = [...this.counts].map(([place, count]) => ({
      place,
      message: `${count} value${count === 1 ? ' is' : 's are'} NaN or infinite.`,
    }));
    const more = faults.length === 1 ? '' : ` and ${faults.length - 1} more`;
    throw new AppError('non-finite', `NaN or infinite values in ${first}${more}.`, {
      hint: 'Nothing was written. Leave the model out, or copy these tensors by a rule.',
      faults,
    });
  }
}

/** Reads tensors of checkpoints as f32, piece by piece. */
export class TensorFloats {
  private readonly inputs: ReadonlyMap<string, Checkpoint>;
  private readonly meter: MemoryMeter;
  private readonly signal: AbortSignal | undefined;
  readonly bad = new NonFiniteCount();
  bytesRead = 0;

  constructor(
    inputs: ReadonlyMap<string, Checkpoint>,
    meter: MemoryMeter,
    signal: AbortSignal | undefined,
  ) {
    this.inputs = inputs;
    this.meter = meter;
    this.signal = signal;
  }

  /** The checkpoint that a recipe names. */
  input(reference: string): Checkpoint {
    const input = this.inputs.get(reference);
    if (input === undefined) throw new AppError('internal', `No model "${reference}" was opened.`);
    return input;
  }

  /** @errors internal when the checkpoint has no such tensor: it was planned */
  stored({ reference, tensor }: Operand): StoredTensor {
    const found = this.input(reference).tensors.get(tensor);
    if (found !== undefined) return found;
    throw new AppError('internal', `"${tensor}" was planned and is not there.`);
  }

  shapeOf({ reference, tensor }: Operand): readonly number[] {
    return this.input(reference).tensors.get(tensor)?.shape ?? [];
  }

  /**
   * Hands elements [start, end) of a tensor over in pieces, each with its place within the range.
   * Values that are not finite are counted, not refused.
   * @errors data-missing, aborted
   */
  async pieces(
    operand: Operand,
    [start, end]: readonly [number, number],
    take: (values: Float32Array<ArrayBuffer>, at: number) => Promise<void> | void,
  ): Promise<void> {
    const tensor = this.input(operand.reference).tensors.get(operand.tensor);
    if (tensor === undefined || !isReadable(tensor.dtype)) {
      throw new AppError('internal', `"${operand.tensor}" cannot be read as numbers.`);
    }
    const { dtype } = tensor;
    const width = dtype === 'F32' ? 4 : 2;
    for (let first = start; first < end; first += CHUNK_ELEMENTS) {
      stopIfAborted(this.signal);
      const count = Math.min(CHUNK_ELEMENTS, end - first);
      await this.meter.holding(count * (width + 4), async () => {
        const bytes = await tensor.read(first * width, (first + count) * width);
        this.bytesRead += bytes.length;
        const values = decodeFloats(bytes, dtype, count);
        this.bad.add(operand, nonFinite(values));
        await take(values, first - start);
      });
    }
  }
}

/** How many values are NaN or infinite. */
export function nonFinite(values: Float32Array): number {
  let count = 0;
  for (const value of values) if (!Number.isFinite(value)) count++;
  return count;
}
