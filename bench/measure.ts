import type { Engine } from './engine.ts';
import { gpuCounts, type GpuCounts } from './gpu-counters.ts';
import type { BenchResult, UnitCounts } from './result.ts';
import { answerFault, summarise, withRatios } from './statistics.ts';
import type { BenchCase, BenchSuite, PreparedCase } from './suite.ts';

export interface MeasureOptions {
  readonly rounds: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly onNote: (text: string) => void;
}

/** Results that every engine must agree on before it is timed: the losses of three steps. */
const ANSWERS = 3;
/** A round repeats short work until it takes about this long. */
const ROUND_MS = 250;
const MAX_REPEATS = 512;
/** An engine that has used this much on a case stops after three rounds. */
const BUDGET_MS = 20_000;
const LEAST_ROUNDS = 3;
/** One unit of work that would take longer than this is skipped. */
const UNIT_LIMIT_S = 20;

interface Entry {
  readonly engine: Engine;
  readonly prepared: PreparedCase;
  readonly setupMs: number;
  readonly values: number[];
  repeats: number;
  spentMs: number;
  firstMs: number | null;
  counts: UnitCounts | null;
  bytes: number | null;
  answers: number[];
}

/**
 * Times one case on all engines side by side. Every engine first does a few units whose results must
 * agree. Then each round runs every engine once, in turn and in alternating direction, so that a
 * machine that slows down meanwhile slows all of them; round 0 warms up and is not counted.
 */
export async function measureCase(
  suite: BenchSuite,
  one: BenchCase,
  engines: readonly Engine[],
  options: MeasureOptions,
): Promise<BenchResult[]> {
  const results = new Map<Engine, BenchResult>();
  const drop = (engine: Engine, status: 'failed' | 'skipped', reason: string): void => {
    options.onNote(`  ${one.name}: ${engine.name} ${status}: ${reason}`);
    results.set(engine, { ...blank(suite, one, engine), status, reason });
  };
  let entries: Entry[] = [];
  const fail = (entry: Entry, error: unknown): void => {
    entries = entries.filter((other) => other !== entry);
    entry.prepared.dispose();
    drop(entry.engine, 'failed', messageOf(error));
  };
  try {
    for (const engine of engines) {
      const reason = tooSlow(one, engine);
      if (reason !== '') drop(engine, 'skipped', reason);
      else {
        const entry = await open(one, engine, options, drop);
        if (entry === null) continue;
        entries.push(entry);
        try {
          const reference = entries.find((other) => other.engine.group === engine.group);
          await warmUp(entry, reference ?? entry, options);
        } catch (error) {
          fail(entry, error);
        }
      }
    }
    for (let round = 0; round <= options.rounds; round++) {
      for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
        if (entry.spentMs > BUDGET_MS && entry.values.length >= LEAST_ROUNDS) continue;
        try {
          await timeRound(one, entry, round, options.now);
        } catch (error) {
          fail(entry, error);
        }
      }
    }
    for (const entry of entries) {
      const { engine, setupMs, firstMs, counts, bytes, values, repeats } = entry;
      const timing = { ...summarise(values), rounds: values, repeats };
      const facts = { setupMs, firstMs, counts, bytes, timing };
      results.set(engine, { ...blank(suite, one, engine), ...facts });
    }
  } finally {
    for (const { prepared } of entries) prepared.dispose();
  }
  return withRatios(engines.flatMap((engine) => results.get(engine) ?? []));
}

async function open(
  one: BenchCase,
  engine: Engine,
  { now }: MeasureOptions,
  drop: (engine: Engine, status: 'failed', reason: string) => void,
): Promise<Entry | null> {
  const bytesBefore = engine.liveBytes();
  const start = now();
  try {
    const prepared = await engine.prepare(one);
    if (prepared === null) return null;
    const setupMs = now() - start;
    const bytes = bytesBefore === null ? null : (engine.liveBytes() ?? 0) - bytesBefore;
    const none = { repeats: 1, spentMs: 0, firstMs: null, counts: null };
    return { engine, prepared, setupMs, bytes, values: [], answers: [], ...none };
  } catch (error) {
    drop(engine, 'failed', messageOf(error));
    return null;
  }
}

/** First units: compared with the reference, timed separately, counted. */
async function warmUp(entry: Entry, reference: Entry, { now }: MeasureOptions): Promise<void> {
  const { prepared, engine } = entry;
  const start = now();
  if (prepared.answer !== undefined) {
    for (let index = 0; index < ANSWERS; index++) {
      entry.answers.push(await prepared.answer(index));
      entry.firstMs ??= now() - start;
    }
    const fault = answerFault(reference.answers, entry.answers);
    if (fault !== '') throw new Error(fault);
  } else {
    await prepared.begin?.(0);
    await prepared.round(1);
    await prepared.end?.();
    entry.firstMs = now() - start;
  }
  if (engine.group !== 'webgpu') return;
  const unit = now();
  const single = await counted(entry, 1);
  if (single === null) return;
  // A second unit tells a step's own calls from those of reading the loss at the end.
  const double = now() - unit < 5000 ? await counted(entry, 2) : null;
  entry.counts = double === null ? single : difference(single, double);
}

/** WebGPU calls of a round. */
async function counted({ prepared }: Entry, repeats: number): Promise<GpuCounts | null> {
  await prepared.begin?.(repeats);
  const before = gpuCounts();
  await prepared.round(repeats);
  const after = gpuCounts();
  await prepared.end?.();
  return before === null || after === null ? null : difference(before, after);
}

function difference(before: GpuCounts, after: GpuCounts): GpuCounts {
  return {
    dispatches: after.dispatches - before.dispatches,
    passes: after.passes - before.passes,
    submits: after.submits - before.submits,
    bindGroups: after.bindGroups - before.bindGroups,
    buffers: after.buffers - before.buffers,
    liveBytes: after.liveBytes - before.liveBytes,
  };
}

async function timeRound(
  one: BenchCase,
  entry: Entry,
  round: number,
  now: () => number,
): Promise<void> {
  const { prepared } = entry;
  await prepared.begin?.(round);
  const start = now();
  const amount = await prepared.round(entry.repeats);
  const ms = now() - start;
  await prepared.end?.();
  if (round === 0) {
    entry.repeats = Math.max(1, Math.min(MAX_REPEATS, Math.floor(ROUND_MS / ms)));
    return;
  }
  entry.spentMs += ms;
  entry.values.push(one.unit === 'ms' ? ms / amount : (amount * 1000) / ms);
}

/** Why a case would keep this engine too long; '' when it would not. */
export function tooSlow(one: BenchCase, engine: Engine): string {
  const seconds = one.flops / engine.expectedFlops;
  if (seconds <= UNIT_LIMIT_S) return '';
  const gigaflops = (engine.expectedFlops / 1e9).toPrecision(2);
  return `one unit would take about ${seconds.toFixed(0)} s at ${gigaflops} GFLOP/s`;
}

function blank(suite: BenchSuite, one: BenchCase, engine: Engine): BenchResult {
  const { name, group, isPeer, adapter } = engine;
  const facts = { case: one.name, size: one.size, unit: one.unit };
  const nothing = { timing: null, setupMs: null, firstMs: null, counts: null, bytes: null };
  const status = { status: 'ok', reason: '', fasterThan: {} } as const;
  // Node has no such word and no such rule: there it is false and jax-js has one thread.
  const isIsolated = globalThis.crossOriginIsolated === true;
  const place = { suite: suite.name, engine: name, group, isPeer, adapter, isIsolated };
  return { ...place, ...facts, ...nothing, ...status };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
