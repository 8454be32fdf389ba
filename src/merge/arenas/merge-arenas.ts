import type { DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import type { ElementType } from '../../compute/kernel.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { checkArena, checkFinite, clearPadding } from '../arena-checks.ts';
import { checkMergeOperands, stopIfAborted, usesBase } from '../merge-checks.ts';
import type { MergeMethod, MergeStatistics } from '../method.ts';
import { resolveParameters } from '../parameters.ts';
import { methodById } from '../registry/registry.ts';

/** One merge: what, with which parameters, of which arenas (all in the same layout). */
export interface MergeRequest {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly base: Float32Array | null;
  readonly models: readonly Float32Array[];
  readonly statistics?: MergeStatistics;
  /** Called with what the method reports of itself. */
  readonly onReport?: (name: string, values: ArrayLike<number>) => void;
  /** Also reports what is as large as the model, tensor by tensor: `mask_m0.w`. */
  readonly reportsArenas?: boolean;
}

/**
 * Merges arenas on the executor and reads the result back. The executor's memory is as before
 * when it returns or throws.
 * @errors invalid-argument (method, parameters, number of models, missing base), layout-mismatch,
 *         non-finite (an operand or the result, naming the tensor), aborted, and the executor's
 */
export async function mergeArenas(
  executor: Executor,
  layout: ParameterLayout,
  request: MergeRequest,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const method = methodById(request.method);
  checkOperands(method, layout, request);
  const values = resolveParameters(method.parameters, request.parameters, request.models.length);
  stopIfAborted(signal);

  const buffers: DeviceBuffer[] = [];
  const programs: Program[] = [];
  const scratch = (label: string, type: ElementType, length: number) => {
    const buffer = executor.allocate(`merge ${label}`, type, length);
    buffers.push(buffer);
    return buffer;
  };
  const upload = (label: string, arena: Float32Array) => {
    const buffer = scratch(label, 'f32', layout.length);
    executor.write(buffer, arena);
    return buffer;
  };
  const run = async (steps: readonly Step[]) => {
    const program = await executor.prepare(`merge ${method.id}`, steps);
    programs.push(program);
    stopIfAborted(signal);
    executor.run(program);
  };
  try {
    const given = usesBase(method) ? request.base : null;
    const base = given === null ? null : upload('base', given);
    const models = request.models.map((arena, index) => upload(`model ${index}`, arena));
    const output = scratch('result', 'f32', layout.length);
    const statistics = request.statistics ?? {};
    const report = request.onReport ?? (() => undefined);
    const reportsArenas = request.reportsArenas ?? false;
    const operands = { layout, values, models, base, output, statistics };
    await method.apply({ executor, ...operands, scratch, run, report, reportsArenas });
    const merged = await executor.readFloats(output);
    stopIfAborted(signal);
    clearPadding(layout, merged);
    checkFinite(layout, merged, 'The merged model');
    return merged;
  } finally {
    for (const program of programs) program.destroy();
    for (const buffer of buffers) executor.free(buffer);
  }
}

function arenaStatistics(given: MergeStatistics = {}): Record<string, readonly Float32Array[]> {
  return {
    ...(given.masks !== undefined && { masks: given.masks }),
    ...(given.fisher !== undefined && { 'Fisher arenas': given.fisher }),
  };
}

function checkOperands(method: MergeMethod, layout: ParameterLayout, request: MergeRequest): void {
  const count = request.models.length;
  checkMergeOperands(method, count, request.base !== null, request.statistics);
  for (const [name, arenas] of Object.entries(arenaStatistics(request.statistics))) {
    if (arenas.length !== count) {
      throw new AppError(
        'invalid-argument',
        `There are ${arenas.length} ${name} for ${count} models.`,
      );
    }
    arenas.forEach((arena, index) => {
      checkArena(layout, arena, `Number ${index + 1} of the ${name}`);
      checkFinite(layout, arena, `Number ${index + 1} of the ${name}`);
    });
  }
  const operands = request.models.map((arena, index) => ({ arena, name: `Model ${index + 1}` }));
  if (usesBase(method) && request.base !== null) {
    operands.push({ arena: request.base, name: 'The base' });
  }
  for (const { arena, name } of operands) {
    checkArena(layout, arena, name);
    checkFinite(layout, arena, name);
  }
}
