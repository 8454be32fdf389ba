import type { Executor } from '../../src/compute/executor.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import type { ExecutorChoice, SessionReport } from '../../src/lab/job/events.ts';

export interface OpenedExecutor {
  readonly executor: Executor;
  readonly report: SessionReport;
}

/** The machines that a host has: a page of a browser, or Node. */
export interface Machines {
  readonly webgpu: () => Promise<Executor>;
  readonly cpu: () => Promise<Executor>;
  /** What the host says of a GPU that is only imitated, and what would help. */
  readonly imitation: { readonly reason: string; readonly hint: string };
}

/**
 * Opens the machine that was asked for. 'auto' takes a hardware GPU, else the CPU, else (where the
 * CPU only has the slow reference kernels) a software GPU; the report says why it is no GPU and
 * what the user can do about it. The one rule of all hosts.
 * @errors webgpu-unavailable, adapter-unavailable when 'webgpu' was asked for
 */
export async function chooseMachine(
  choice: ExecutorChoice,
  { webgpu, cpu, imitation }: Machines,
): Promise<OpenedExecutor> {
  const opened = (executor: Executor, reason = '', hint = ''): OpenedExecutor => ({
    executor,
    report: { choice, profile: executor.profile, reason, hint: hint.trim() },
  });
  switch (choice) {
    case 'webgpu':
      return opened(await webgpu());
    case 'cpu':
      return opened(await cpu());
    case 'auto': {
      const gpu = await webgpu().catch(toAppError);
      if (gpu instanceof AppError) {
        const slow = await cpu();
        return opened(slow, gpu.message, `${gpu.hint} Until then the CPU computes${paceOf(slow)}.`);
      }
      if (!gpu.profile.isSoftware) return opened(gpu);
      const compiled = await cpu();
      if (!isCompiled(compiled)) {
        compiled.destroy();
        return opened(gpu);
      }
      gpu.destroy();
      return opened(compiled, imitation.reason, imitation.hint);
    }
  }
}

/** False for the kernels' reference twins in JavaScript, which even a software GPU outruns. */
function isCompiled({ profile }: Executor): boolean {
  return profile.architecture !== 'javascript';
}

function paceOf(cpu: Executor): string {
  return isCompiled(cpu) ? '' : ': slowly';
}
