import type { AdapterProfile, DeviceBuffer, Executor, Program, Step } from '../executor.ts';
import type { Kernel, Uniforms } from '../kernel.ts';
import { chooseVariant, OWN_VARIANT, variantKey, type VariantTable } from './variants.ts';

/** A kernel at sizes that stand for their class, with the elements each binding needs. */
export interface CalibrationCase {
  readonly kernel: Kernel;
  readonly uniforms: Uniforms;
  readonly lengths: Readonly<Record<string, number>>;
}

/** What a calibration found: plain data, kept per adapter and recorded with a run. */
export interface Calibration {
  readonly schema: 'mmgrid-calibration/1';
  readonly chosen: VariantTable;
  /** Milliseconds a dispatch, by `variantKey` and variant. */
  readonly timings: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Where calibrations are kept; this layer knows no storage. */
export interface CalibrationMemory {
  load(key: string): Promise<unknown>;
  save(key: string, calibration: Calibration): Promise<void>;
}

export interface CalibrationParts {
  readonly cases: readonly CalibrationCase[];
  readonly memory: CalibrationMemory;
  /** Name and version of the browser: another one compiles the same shader differently. */
  readonly browser: string;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Measuring stops after this long; classes not reached keep their choice by profile. */
const BUDGET_MS = 300;
const DISPATCHES = 4;
const ROUNDS = 3;
/** Another variant must be this much faster than the one chosen by profile: noise does not decide. */
const WORTH = 0.95;

/**
 * The fastest variants on this adapter: remembered, or measured now and remembered. A memory that
 * fails costs only the next measurement, so it is no error.
 * @errors device-lost, gpu-out-of-memory, shader-compile
 */
export async function calibrate(executor: Executor, parts: CalibrationParts): Promise<Calibration> {
  const key = calibrationKey(executor.profile, parts);
  const stored = await parts.memory.load(key).catch(() => undefined);
  if (isCalibration(stored)) return stored;
  const calibration = await measure(executor, parts);
  await parts.memory.save(key, calibration).catch(() => undefined);
  return calibration;
}

/** Operations a millisecond in the fastest case measured; 0 when none was. */
export function measuredSpeed(
  { timings }: Pick<Calibration, 'timings'>,
  cases: readonly CalibrationCase[],
): number {
  const speeds = cases.map(({ kernel, uniforms }) => {
    const times = Object.values(timings[variantKey(kernel, uniforms)] ?? {});
    return (kernel.work?.(uniforms).flops ?? 0) / Math.min(Infinity, ...times);
  });
  return Math.max(0, ...speeds);
}

/** Adapter, browser and candidates: any of them changed means measuring again. */
function calibrationKey(profile: AdapterProfile, parts: CalibrationParts): string {
  const candidates = parts.cases.map(({ kernel, uniforms }) => {
    return `${variantKey(kernel, uniforms)}: ${candidatesOf(kernel).join(' ')}`;
  });
  const { vendor, architecture, description } = profile;
  return [vendor, architecture, description, parts.browser, ...candidates].join(' | ');
}

function isCalibration(value: unknown): value is Calibration {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { schema?: unknown }).schema === 'mmgrid-calibration/1'
  );
}

function candidatesOf(kernel: Kernel): string[] {
  return [...(kernel.variants ?? []).map(({ name }) => name), OWN_VARIANT];
}

async function measure(executor: Executor, parts: CalibrationParts): Promise<Calibration> {
  const chosen: Record<string, string> = {};
  const timings: Record<string, Record<string, number>> = {};
  let left = BUDGET_MS;
  for (const one of parts.cases) {
    if (left <= 0) break;
    const times = await timeCandidates(executor, one, parts.now);
    const key = variantKey(one.kernel, one.uniforms);
    timings[key] = Object.fromEntries([...times].map(([name, { best }]) => [name, best]));
    left -= [...times.values()].reduce((sum, { spent }) => sum + spent, 0);
    const usual = chooseVariant(one.kernel, one.uniforms, executor.profile).variant ?? OWN_VARIANT;
    const [fastest] = [...times].sort(([, a], [, b]) => a.best - b.best);
    const bar = (times.get(usual)?.best ?? Infinity) * WORTH;
    if (fastest !== undefined && fastest[1].best < bar) chosen[key] = fastest[0];
  }
  return { schema: 'mmgrid-calibration/1', chosen, timings };
}

interface Timing {
  /** Milliseconds a dispatch in the best round: other work only makes it slower. */
  readonly best: number;
  readonly spent: number;
}

async function timeCandidates(
  executor: Executor,
  one: CalibrationCase,
  now: () => number,
): Promise<Map<string, Timing>> {
  const bind: Record<string, DeviceBuffer> = {};
  const programs = new Map<string, Program>();
  try {
    for (const { name, type } of one.kernel.bindings) {
      bind[name] = executor.allocate(`calibrate ${name}`, type, one.lengths[name] ?? 64);
    }
    const steps = candidateSteps(executor.profile, one, bind);
    await Promise.all(
      [...steps].map(async ([name, step]) => {
        const repeated = Array.from({ length: DISPATCHES }, () => step);
        programs.set(name, await executor.prepare(`calibrate ${name}`, repeated));
      }),
    );
    const times = new Map<string, Timing>();
    for (const name of steps.keys()) {
      const program = programs.get(name);
      if (program !== undefined) times.set(name, await timeProgram(executor, program, now));
    }
    return times;
  } finally {
    for (const program of programs.values()) program.destroy();
    for (const buffer of Object.values(bind)) executor.free(buffer);
  }
}

/** One step for each variant that can run here, with the choice already made. */
function candidateSteps(
  profile: AdapterProfile,
  { kernel, uniforms }: CalibrationCase,
  bind: Step['bind'],
): Map<string, Step> {
  const steps = new Map<string, Step>();
  for (const name of candidatesOf(kernel)) {
    try {
      const chosen = chooseVariant(kernel, uniforms, profile, { variants: name });
      const own = { ...chosen.kernel, variants: [] };
      steps.set(name, { kernel: own, bind, uniforms, constants: chosen.constants });
    } catch {
      // The adapter lacks what it needs, or these sizes are not for it: no candidate.
    }
  }
  return steps;
}

async function timeProgram(
  executor: Executor,
  program: Program,
  now: () => number,
): Promise<Timing> {
  executor.run(program);
  await executor.idle();
  let best = Infinity;
  let spent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = now();
    executor.run(program);
    await executor.idle();
    const ms = now() - start;
    spent += ms;
    best = Math.min(best, ms / DISPATCHES);
  }
  return { best, spent };
}
