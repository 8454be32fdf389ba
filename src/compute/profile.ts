import { workOf } from './buffers.ts';
import type { DispatchTimes, Executor, Program, Step } from './executor.ts';

/** All dispatches of one kernel at one size, added up over one run of the program. */
export interface KernelProfile {
  /** With the chosen shader where there are several: "matmul_nt (hardware)". */
  readonly kernel: string;
  /** Sizes by which the kernel was called: "M 1024, N 192, K 64". */
  readonly shape: string;
  readonly calls: number;
  readonly ms: number;
  /** 0 when the kernel does not count its operations. */
  readonly flops: number;
  readonly bytes: number;
}

/** Where the time of a program goes. Plain data; everything is per run of the program. */
export interface Profile {
  readonly program: string;
  readonly executor: 'webgpu' | 'cpu';
  readonly adapter: string;
  readonly method: DispatchTimes['method'];
  readonly runs: number;
  readonly dispatches: number;
  /** Of all dispatches, added. */
  readonly ms: number;
  /** Of one whole run as submitted in earnest, by the clock on the wall. */
  readonly wallMs: number;
  /** Longest first. */
  readonly kernels: readonly KernelProfile[];
}

/** What the machine reaches at best, measured in the same session. */
export interface Ceilings {
  readonly flopsPerSecond: number;
  /** Bytes read plus bytes written by a copy. */
  readonly bytesPerSecond: number;
}

/** Times a program on any executor. It runs `2 * runs` times for it, and its effects are real. */
export async function profileProgram(
  executor: Executor,
  program: Program,
  runs: number,
): Promise<Profile> {
  const { method, ms, variants } = await executor.timeDispatches(program, runs);
  await executor.idle();
  const start = performance.now();
  for (let run = 0; run < runs; run++) executor.run(program);
  await executor.idle();
  const wallMs = (performance.now() - start) / runs;
  const groups = new Map<string, KernelProfile>();
  program.steps.forEach((step, index) => {
    const one = dispatchProfile(step, ms[index] ?? 0, variants?.[index] ?? null);
    const key = `${one.kernel}|${one.shape}`;
    const sum = groups.get(key);
    groups.set(key, sum === undefined ? one : added(sum, one));
  });
  const { kind, name } = executor.profile;
  return {
    program: program.label,
    executor: kind,
    adapter: name,
    method,
    runs,
    dispatches: program.steps.length,
    ms: ms.reduce((sum, time) => sum + time, 0),
    wallMs,
    kernels: [...groups.values()].toSorted((a, b) => b.ms - a.ms),
  };
}

function dispatchProfile(step: Step, ms: number, variant: string | null): KernelProfile {
  return {
    kernel: variant === null ? step.kernel.name : `${step.kernel.name} (${variant})`,
    shape: shapeOf(step),
    calls: 1,
    ms,
    ...workOf(step),
  };
}

/** Sizes and switches that are on, as the kernel names them. */
function shapeOf({ kernel, uniforms = {}, constants = {} }: Step): string {
  const integers = kernel.uniforms.filter(({ type }) => type === 'u32').map(({ name }) => name);
  const sizes = { ...uniforms, ...constants };
  return [...integers, ...(kernel.constants ?? [])]
    .filter((name) => (sizes[name] ?? 0) !== 0)
    .map((name) => `${name} ${String(sizes[name] ?? 0)}`)
    .join(', ');
}

function added(a: KernelProfile, b: KernelProfile): KernelProfile {
  return {
    ...a,
    calls: a.calls + b.calls,
    ms: a.ms + b.ms,
    flops: a.flops + b.flops,
    bytes: a.bytes + b.bytes,
  };
}

/**
 * Speed of a device-to-device copy, the most that a kernel bound by memory can reach. Best of
 * `rounds`, since a busy machine only makes it slower.
 */
export async function measureCopy(
  executor: Executor,
  bytes: number,
  rounds: number,
): Promise<number> {
  const length = bytes / 4;
  const source = executor.allocate('copy source', 'f32', length);
  const target = executor.allocate('copy target', 'f32', length);
  const whole = { offset: 0, length };
  const COPIES = 4;
  let best = 0;
  try {
    for (let round = 0; round <= rounds; round++) {
      await executor.idle();
      const start = performance.now();
      for (let i = 0; i < COPIES; i++) {
        executor.copy({ ...whole, buffer: source }, { ...whole, buffer: target });
      }
      await executor.idle();
      const seconds = (performance.now() - start) / 1000;
      // The first round touches the memory for the first time.
      if (round > 0) best = Math.max(best, (2 * COPIES * bytes) / seconds);
    }
  } finally {
    executor.free(source);
    executor.free(target);
  }
  return best;
}

/** Share of what the machine could do at best in the kernel's time, 0…1; by its tighter limit. */
export function shareOfCeiling(
  { ms, flops, bytes }: Pick<KernelProfile, 'ms' | 'flops' | 'bytes'>,
  ceilings: Ceilings,
): number {
  if (ms <= 0) return 0;
  const seconds = ms / 1000;
  return Math.max(
    flops / seconds / ceilings.flopsPerSecond,
    bytes / seconds / ceilings.bytesPerSecond,
  );
}
