import type { DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { checkArena, checkFinite } from '../arena-checks.ts';
import type { Session } from './workspace.ts';

/** Device memory and programs of work that is no merge; what `use` leaves is freed. */
export interface OwnSession extends Session {
  readonly layout: ParameterLayout;
  readonly base: DeviceBuffer;
  readonly models: readonly DeviceBuffer[];
  readonly allocate: (label: string, length: number) => DeviceBuffer;
}

/**
 * Uploads checked operands, runs `use` and frees everything, however it ends.
 * @errors layout-mismatch, non-finite, aborted, and the executor's
 */
export async function withSession<Result>(
  executor: Executor,
  layout: ParameterLayout,
  operands: { readonly base: Float32Array; readonly models: readonly Float32Array[] },
  use: (session: OwnSession) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const named = operands.models.map((arena, k) => ({ arena, name: `Model ${k + 1}` }));
  for (const { arena, name } of [...named, { arena: operands.base, name: 'The base' }]) {
    checkArena(layout, arena, name);
    checkFinite(layout, arena, name);
  }
  const buffers: DeviceBuffer[] = [];
  const programs: Program[] = [];
  const allocate = (label: string, length: number) => {
    const buffer = executor.allocate(label, 'f32', Math.max(1, length));
    buffers.push(buffer);
    return buffer;
  };
  const upload = (arena: Float32Array, label: string) => {
    const buffer = allocate(label, layout.length);
    executor.write(buffer, arena);
    return buffer;
  };
  const run = async (steps: readonly Step[]) => {
    if (signal?.aborted === true) throw new AppError('aborted', 'The work was stopped.');
    const program = await executor.prepare('matrices', steps);
    programs.push(program);
    executor.run(program);
  };
  try {
    const base = upload(operands.base, 'base');
    const models = operands.models.map((arena, k) => upload(arena, `model ${k}`));
    return await use({ executor, layout, base, models, allocate, run });
  } finally {
    for (const program of programs) program.destroy();
    for (const buffer of buffers) executor.free(buffer);
  }
}
