import type { DeviceBuffer } from '../../compute/executor.ts';
import { elementCount, layoutOf, type ParameterLayout } from '../../core/layout.ts';
import { AppError } from '../../core/errors.ts';
import type { OutputFile } from '../../io/output-folder.ts';
import { mergeOnDevice } from './merge-on-device.ts';
import { alignmentOf, drainTensor, readAligned } from './merge-tensor.ts';
import { neededOnDevice, type NeededMemory } from './needed-memory.ts';
import { parameterValues, type MergePlan } from './plan-merge.ts';
import type { Operand, PlannedTensor, PlannedWork } from './planned-tensor.ts';
import type { RunContext } from './run-context.ts';

type MergeWork = PlannedWork & { readonly kind: 'merge' };

interface Part {
  readonly tensor: PlannedTensor;
  readonly work: MergeWork;
}

/** A merge of all tensors at once, for methods that look at the whole model. */
export class GlobalMerge {
  private readonly context: RunContext;
  private readonly parts: readonly Part[];
  private readonly layout: ParameterLayout;
  private result: DeviceBuffer | null = null;

  constructor(context: RunContext) {
    this.context = context;
    this.parts = partsOf(context.plan);
    this.layout = layoutOf(this.parts.map(({ tensor: { name, shape } }) => [{ name, shape }]));
  }

  async neededBytes(): Promise<NeededMemory> {
    const { executor, plan } = this.context;
    const [first] = this.parts;
    if (first === undefined) return { totalBytes: 0, bufferElements: 0 };
    const needed = await neededOnDevice(executor.profile, {
      ...{ method: plan.method, values: parameterValues(plan.method, first.work) },
      layout: this.layout,
      modelCount: first.work.models.length,
      hasBase: first.work.base !== null,
      // The operands are freed before it is written.
      keepsResult: true,
    });
    // Tables of tokens are brought to one vocabulary on the host, one after the other.
    const aligned = this.parts.map(({ tensor, work }) => {
      const { rows } = work;
      return rows === null ? 0 : alignmentOf(this.context, tensor, { ...work, rows }).bytes;
    });
    return { ...needed, totalBytes: needed.totalBytes + Math.max(0, ...aligned) };
  }

  /** Reads everything, merges it and keeps the result on the device. */
  async merge(): Promise<void> {
    const { executor, plan, meter, floats, signal } = this.context;
    const [first] = this.parts;
    if (first === undefined) return;
    await mergeOnDevice({
      ...{ executor, method: plan.method, layout: this.layout, signal },
      values: parameterValues(plan.method, first.work),
      modelCount: first.work.models.length,
      hasBase: first.work.base !== null,
      fill: async (which, buffer) => {
        for (const [index, { work, tensor }] of this.parts.entries()) {
          const operand = which === 'base' ? work.base : work.models[which];
          const offset = this.layout.entries[index]?.offset ?? 0;
          if (operand === null || operand === undefined) continue;
          await this.read(tensor, work, operand, async (piece, at) => {
            executor.write(buffer, piece, offset + at);
            await executor.idle();
          });
        }
        return floats.bad.isEmpty;
      },
      drain: async (output) => {
        const result = executor.allocate('merged model', 'f32', this.layout.length);
        this.result = result;
        const whole = { offset: 0, length: this.layout.length };
        executor.copy({ buffer: output, ...whole }, { buffer: result, ...whole });
        meter.look();
      },
      onFull: () => {
        meter.look();
      },
    });
    floats.bad.throwIfAny();
  }

  /** Hands a tensor of one model over, in the result's vocabulary. */
  private async read(
    tensor: PlannedTensor,
    work: MergeWork,
    operand: Operand,
    take: (values: Float32Array<ArrayBuffer>, at: number) => Promise<void>,
  ): Promise<void> {
    const { floats, meter } = this.context;
    if (work.rows === null) {
      return floats.pieces(operand, [0, elementCount(tensor.shape)], take);
    }
    const alignment = alignmentOf(this.context, tensor, { ...work, rows: work.rows });
    await meter.holding(alignment.bytes, async () => {
      const values = (await readAligned(this.context, alignment)).get(operand.reference);
      if (values !== undefined && floats.bad.isEmpty) await take(values, 0);
    });
  }

  /** Writes a tensor of the result. */
  async write(tensor: PlannedTensor, file: OutputFile): Promise<void> {
    if (this.result === null) throw new AppError('internal', 'The model has not been merged.');
    await drainTensor(this.context, this.result, this.layout, tensor, file);
  }

  free(): void {
    if (this.result !== null) this.context.executor.free(this.result);
    this.result = null;
  }
}

function partsOf({ tensors }: MergePlan): Part[] {
  return tensors.flatMap((tensor): Part[] => {
    const { work } = tensor;
    return work.kind === 'merge' ? [{ tensor, work }] : [];
  });
}
