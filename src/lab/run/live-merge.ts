import type { Executor } from '../../compute/executor.ts';
import { canonicalJson } from '../../core/hash.ts';
import { AppError } from '../../core/errors.ts';
import { mergeArenas } from '../../merge/arenas/merge-arenas.ts';
import { MergeSession } from '../../merge/arenas/merge-session.ts';
import { testSamples } from '../../rec/data/split.ts';
import type { Dataset, DomainData } from '../../rec/data/types.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import type { Experiment, MergePlan } from '../experiment/experiment-types.ts';
import type { Restored } from '../experiment/restored.ts';
import { prepareDomain } from '../work/prepare-domain.ts';
import type { LabStore, StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { AVERAGE_METHOD } from '../merging/merge-methods.ts';
import {
  numbersOf,
  probeChange,
  type ProbeAnswer,
  type ProbeChange,
  type ProbeNumbers,
} from '../../rec/evaluation/probe-numbers.ts';
import { isJobOf } from '../job/job.ts';
import type { CellWork, LiveProbe } from '../paradigms/contract/paradigm.ts';
import { paradigmOf, paradigmOfModel } from '../paradigms/paradigm-list.ts';
import { chainOf } from '../plan/plan.ts';
import { mergeVersions, type MergeVersion } from '../plan/plan-merges.ts';

/** Users of a probe: enough to see a change, few enough for a slider. */
const PROBE_USERS = { hardware: 256, software: 24 } as const;

/** A probe of one merge on the domains that it is evaluated on. */
export interface ProbeResult {
  /** Where the users come from. */
  readonly split: 'validation' | 'test';
  readonly places: readonly (ProbeNumbers & {
    readonly domain: string;
    /** The domain's own checkpoint on the same users. */
    readonly parent: ProbeNumbers;
    /** From that checkpoint to the merge, paired by user. */
    readonly change: ProbeChange;
  })[];
  readonly ms: { readonly merge: number; readonly evaluate: number; readonly total: number };
}

export interface LiveParts {
  readonly executor: Executor;
  readonly store: LabStore;
  readonly dataset: Dataset;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

/**
 * Merges of one experiment's checkpoints while a slider moves: operands, merged weights and probes
 * stay on the device. Only what a request needs is loaded, once. One request at a time.
 */
export class LiveMerge {
  private readonly experiment: Experiment;
  private readonly parts: LiveParts;
  private readonly openProbe: NonNullable<CellWork['openLiveProbe']>;
  private readonly probes = new Map<string, LiveProbe>();
  private readonly parents = new Map<string, ProbeAnswer>();
  private planned: Awaited<ReturnType<typeof chainOf>> | null = null;
  private session: MergeSession | null = null;
  private first: StoredCheckpoint | null = null;

  /** @errors invalid-argument for paradigms whose models are not measured in one pass */
  constructor(experiment: Experiment, parts: LiveParts) {
    const open = paradigmOf(experiment).cells?.openLiveProbe;
    if (open === undefined) {
      throw new AppError(
        'invalid-argument',
        `Live probes measure semantic ids; this experiment has the paradigm ${experiment.paradigm.kind}.`,
        { hint: 'Let go of the slider and merge: the full evaluation measures every paradigm.' },
      );
    }
    this.openProbe = open;
    this.experiment = experiment;
    this.parts = parts;
  }

  /** What two experiments must share to share a live session. */
  static keyOf(experiment: Experiment): string {
    return canonicalJson({ ...experiment, name: '', merges: [], searches: [] });
  }

  /**
   * @errors checkpoint-missing when a cell is not trained yet; aborted; those of merging
   */
  async probe(merge: MergePlan, signal: AbortSignal): Promise<ProbeResult> {
    const { clock, executor } = this.parts;
    const start = clock();
    let mergeMs = 0;
    const places: ProbeResult['places'][number][] = [];
    for (const version of await this.versions(merge)) {
      const session = await this.load(version, signal);
      const { method, parameters, gradients } = merge;
      const { base, models } = version;
      // Parents first: they are measured from operands, and only the first time.
      for (const { domain, rows } of version.own) {
        const probe = await this.probeOf(domain);
        await this.parentOf(session, probe, domain, version, rows);
      }
      const before = clock();
      const more = gradients === undefined ? {} : { gradients };
      await session.merge({ method, parameters, ...more, base, models }, signal);
      await executor.idle();
      mergeMs += clock() - before;
      for (const { domain, rows, restore } of version.own) {
        const probe = await this.probeOf(domain);
        const parent = await this.parentOf(session, probe, domain, version, rows);
        // The rows of one domain take the place of all those of the one before.
        if (rows !== null && restore !== 'nothing') this.restoreRows(session, rows, restore);
        probe.weights.copyFrom(session.result);
        const merged = await probe.measure();
        const change = probeChange(merged, parent);
        places.push({ domain, parent: numbersOf(parent), change, ...numbersOf(merged) });
        if (signal.aborted) throw new AppError('aborted', 'A newer probe replaced this one.');
      }
    }
    const total = clock() - start;
    const ms = { merge: mergeMs, evaluate: total - mergeMs, total };
    return { split: this.window().split, places, ms };
  }

  destroy(): void {
    for (const probe of this.probes.values()) probe.destroy();
    this.session?.destroy();
    this.probes.clear();
    this.session = null;
  }

  private window() {
    const { validation, test } = this.experiment.contexts;
    return validation === null
      ? ({ period: test, split: 'test' } as const)
      : ({ period: validation, split: 'validation' } as const);
  }

  private async versions(merge: MergePlan): Promise<MergeVersion[]> {
    const { builder, chain } = await this.plan();
    return mergeVersions(builder, chain, merge);
  }

  private async plan(): ReturnType<typeof chainOf> {
    this.planned ??= await chainOf(this.experiment, this.parts.dataset.digest);
    return this.planned;
  }

  /** Sends what is not on the device yet. */
  private async load({ base, models }: MergeVersion, signal: AbortSignal): Promise<MergeSession> {
    for (const id of models) {
      const held = this.session?.holds(id) === true;
      if (!held) this.put(id, await this.checkpoint(id));
    }
    const session = this.opened();
    if (base !== null && !session.holds(base)) {
      const stored = await this.parts.store.getCheckpoint(base);
      if (stored !== null) this.put(base, stored);
      else session.load(base, await this.meanBase(base, signal), 'The base');
    }
    return session;
  }

  private put(id: string, checkpoint: StoredCheckpoint): void {
    this.first ??= checkpoint;
    this.session ??= new MergeSession(this.parts.executor, layoutOf(this.first.meta));
    this.session.load(id, checkpoint.parameters, checkpoint.meta.name);
  }

  /** A mean of cells that no run has stored yet. */
  private async meanBase(id: string, signal: AbortSignal): Promise<Float32Array> {
    const job = this.planned?.jobs.get(id);
    const cells = isJobOf(job, 'merge') ? job.inputs.models : [id];
    const models = await Promise.all(cells.map((cell) => this.checkpoint(cell)));
    return mergeArenas(
      this.parts.executor,
      this.opened().layout,
      {
        method: AVERAGE_METHOD,
        parameters: {},
        base: null,
        models: models.map(({ parameters }) => parameters),
      },
      signal,
    );
  }

  private async checkpoint(id: string): Promise<StoredCheckpoint> {
    const checkpoint = await this.parts.store.getCheckpoint(id);
    if (checkpoint !== null) return checkpoint;
    throw new AppError('checkpoint-missing', 'A model of this merge is not trained yet.', {
      hint: 'Train the grid first; then sliders merge what is there.',
    });
  }

  private restoreRows(session: MergeSession, rows: string, what: Restored | undefined): void {
    const meta = this.firstMeta();
    for (const range of paradigmOfModel(meta).restored?.(meta, what) ?? []) {
      session.restoreRows(rows, range);
    }
  }

  private async probeOf(domain: string): Promise<LiveProbe> {
    const known = this.probes.get(domain);
    if (known !== undefined) return known;
    const { executor } = this.parts;
    const { chain } = await this.plan();
    const meta = this.firstMeta();
    const { isSoftware } = executor.profile;
    const { history, minEarlier } = this.experiment.contexts;
    const samples = testSamples(this.dataOf(domain), this.window().period, {
      history,
      minEarlier,
      maxUsers: isSoftware ? PROBE_USERS.software : PROBE_USERS.hardware,
      seed: 0,
    });
    const probe = await this.openProbe(this.parts, { domain, meta, samples, chain });
    this.probes.set(domain, probe);
    return probe;
  }

  /** Over domains the domain's own cell, over periods the newest. */
  private async parentOf(
    session: MergeSession,
    probe: LiveProbe,
    domain: string,
    { models }: MergeVersion,
    rows: string | null,
  ): Promise<ProbeAnswer> {
    const id = rows ?? models.at(-1) ?? '';
    const key = `${domain} ${id}`;
    const known = this.parents.get(key);
    if (known !== undefined) return known;
    probe.weights.copyFrom(session.operand(id));
    const numbers = await probe.measure();
    this.parents.set(key, numbers);
    return numbers;
  }

  private dataOf(domain: string): DomainData {
    const { minCount, startMs } = this.experiment.contexts.filter;
    return prepareDomain(this.parts.dataset, { domain, minCount, startMs }).data;
  }

  private opened(): MergeSession {
    if (this.session !== null) return this.session;
    throw new AppError('internal', 'A live merge has no models.');
  }

  private firstMeta(): StoredCheckpoint['meta'] {
    if (this.first !== null) return this.first.meta;
    throw new AppError('internal', 'A live merge has no models.');
  }
}
