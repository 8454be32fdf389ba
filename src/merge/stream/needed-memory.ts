import { toView } from '../../compute/buffers.ts';
import { DryExecutor } from '../../compute/dry-executor.ts';
import type {
  AdapterProfile,
  BufferView,
  DeviceBuffer,
  HostArray,
} from '../../compute/executor.ts';
import { boundless } from '../../compute/limits.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import type { MergeMethod } from '../method.ts';
import type { ParameterValues } from '../parameters.ts';
import { mergeOnDevice } from './merge-on-device.ts';
import { CHUNK_ELEMENTS } from './tensor-floats.ts';

/** What a merge holds at most. */
export interface NeededMemory {
  readonly totalBytes: number;
  /** Of the largest buffer, which has to be bound as a whole. */
  readonly bufferElements: number;
}

/** Merges of one shape with the same settings need the same. */
export interface DeviceNeed {
  readonly method: MergeMethod;
  readonly values: ParameterValues;
  readonly layout: ParameterLayout;
  readonly modelCount: number;
  readonly hasBase: boolean;
  /** True where the result is copied once more before it is written. */
  readonly keepsResult?: boolean;
}

/** Of a piece that is written: the numbers, their bytes and the check of what became of them. */
const BYTES_A_WRITTEN_ELEMENT = 12;

/**
 * What `mergeOnDevice` will hold, operands, result, work buffers and tables together, by running the
 * method on an executor that only counts. So no method has to say what it needs, and none can say it
 * wrong: its own code allocates.
 * @numeric never below what a merge takes; above it by tables of cases that these models avoid
 */
export async function neededOnDevice(
  profile: AdapterProfile,
  { layout, keepsResult = false, ...merge }: DeviceNeed,
): Promise<NeededMemory> {
  const executor = new CountingExecutor(boundless(profile));
  let [totalBytes, bufferElements] = [0, 0];
  await mergeOnDevice({
    ...{ ...merge, executor, layout, signal: undefined },
    fill: () => Promise.resolve(true),
    drain: () => {
      bufferElements = executor.largestBytes / 4;
      const { liveBytes, peakBytes } = executor.memory();
      const kept = keepsResult ? 4 * layout.length : 0;
      const written = BYTES_A_WRITTEN_ELEMENT * Math.min(CHUNK_ELEMENTS, layout.length);
      totalBytes = Math.max(peakBytes, liveBytes + Math.max(kept, written));
      return Promise.resolve();
    },
    onFull: () => undefined,
  });
  return { totalBytes, bufferElements };
}

/** No cosine, residual or norm that a method would stop at; a power of two would need no scaling. */
const UNSETTLED = 3;

/**
 * Counts what a method allocates whose steps depend on what it reads back. Its answers are those that
 * lead to the most work: every matrix has full rank, needs to be scaled and converges by the longer
 * way. Numbers that are read again have come to rest, so that iterations end.
 */
class CountingExecutor extends DryExecutor {
  private readonly seen = new WeakSet<DeviceBuffer>();

  override read(target?: BufferView | DeviceBuffer): Promise<HostArray> {
    if (target === undefined) return super.read();
    const { buffer, length } = toView(target);
    const value = this.answer(buffer);
    const values = buffer.type === 'f32' ? new Float32Array(length) : new Uint32Array(length);
    return Promise.resolve(values.fill(value));
  }

  override async readFloats(
    target?: BufferView | DeviceBuffer,
  ): Promise<Float32Array<ArrayBuffer>> {
    if (target === undefined) return super.readFloats();
    return new Float32Array(await this.read(target));
  }

  private answer(buffer: DeviceBuffer): number {
    if (this.seen.has(buffer)) return 0;
    this.seen.add(buffer);
    return UNSETTLED;
  }
}
