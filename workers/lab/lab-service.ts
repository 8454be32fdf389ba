import type { AdapterProfile } from '../../src/compute/executor.ts';
import { toAppError, type AppError } from '../../src/core/errors.ts';
import type { SessionReport, WireError } from '../../src/lab/job/events.ts';
import { checkpointPieces } from '../../src/lab/export/export-checkpoint.ts';
import { runData, type RunDataFile } from '../../src/lab/export/run-data.ts';
import { jobIds } from '../../src/lab/plan/plan.ts';
import { recallPlan } from '../../src/lab/run/recall-plan.ts';
import { runPlan } from '../../src/lab/run/run-plan.ts';
import type { RunLimits } from '../../src/lab/run/claims.ts';
import { profileExperiment } from '../../src/lab/run/profile-experiment.ts';
import type { StepProfile } from '../../src/nn/transformer/profile-step.ts';
import type { Dataset } from '../../src/rec/data/types.ts';
import type { WriterLock } from '../../src/store/writer-lock.ts';
import type {
  BaseNeed,
  BaseSummary,
  CheckpointSummary,
  ExecutorChoice,
  ExportedFile,
  Inspection,
  InspectionPurpose,
  ProbeResult,
  NamedBlob,
  RunOutcome,
  RunResults,
} from './api.ts';
import { baseNeed } from './base-need.ts';
import { toldThrough } from './event-batcher.ts';
import { estimatePlan } from './estimate-plan.ts';
import { inspectDocument } from './inspect-document.ts';
import type { MachineMemory } from './inspected-memory.ts';
import { HeldBase, sourcesOf } from './held-base.ts';
import { LabDocuments } from './lab-documents.ts';
import { HeldExecutor } from './held-executor.ts';
import type { ShownResults } from './held-prebaked.ts';
import { HeldStorage } from './held-storage.ts';
import type { LabParts, LabWorkerApi } from './lab-parts.ts';
import { OpenExports } from './open-exports.ts';
import { ProbeQueue } from './probe-queue.ts';
import { engineTaken, runInProgress } from './refusal.ts';
import { survivingLoss } from './surviving-loss.ts';

/** Seconds that a device may keep a run from stopping without a word. */
const STOP_SILENCE_S = 10;

/** The lab behind the worker's door: one executor, one storage, at most one run at a time. */
export class LabService implements LabWorkerApi {
  private readonly parts: LabParts;
  private readonly held: HeldExecutor;
  private readonly base = new HeldBase();
  private readonly storage: HeldStorage;
  private running: AbortController | null = null;
  private stopping: ReturnType<typeof setInterval> | undefined;
  private readonly probes = new ProbeQueue();
  private isExecutorTaken = false;
  private readonly documents: LabDocuments;
  private readonly exports = new OpenExports();

  constructor(parts: LabParts) {
    this.parts = parts;
    this.held = new HeldExecutor(parts.openExecutor);
    this.storage = new HeldStorage(parts);
    const { base, storage } = this;
    const executor = () => this.held.executor();
    this.documents = new LabDocuments({ base, storage, executor, now: parts.now });
  }

  async resume(choice: ExecutorChoice, profile: AdapterProfile): Promise<void> {
    this.held.resume(choice, profile);
  }

  async open(choice: ExecutorChoice): Promise<SessionReport> {
    return this.alone(() => this.held.change(choice));
  }

  async profileStep(documentText: string): Promise<StepProfile> {
    return this.alone(async () =>
      profileExperiment(this.documents.experimentOf(documentText), await this.held.executor()),
    );
  }

  async openBase(
    files: readonly NamedBlob[],
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<BaseSummary> {
    return this.alone(() => this.base.open(files, onProgress));
  }
  async closeBase(): Promise<void> {
    this.base.close();
  }

  async baseNeed(files: readonly NamedBlob[], documentText: string): Promise<BaseNeed> {
    return baseNeed(documentText, sourcesOf(files), this.machine);
  }

  async inspect(
    documentText: string,
    dataset: Dataset | null,
    purpose: InspectionPurpose = {},
  ): Promise<Inspection> {
    const notice = (await this.storage.opened()).notice();
    let shown: ShownResults | null = null;
    const inspection = await inspectDocument(
      documentText,
      (experiment) => this.documents.dataOf(experiment, dataset),
      async (ids) => (shown = await this.storage.shown(ids)).store.finishedOf(ids),
      this.machine,
      this.base.opened?.model ?? null,
      purpose,
    );
    if (!inspection.ok) return inspection;
    const { prebaked, refusal } = (shown as ShownResults | null) ?? { prebaked: null, refusal: '' };
    const notes = [...inspection.notes, notice, refusal].filter((note) => note !== '');
    return { ...inspection, notes, ...(prebaked !== null && { prebaked }) };
  }

  /** Upper bounds of the jobs' seconds on the open machine, in the order of the plan. */
  estimate(documentText: string, dataset: Dataset | null): Promise<readonly number[]> {
    return this.alone(async () => {
      const {
        experiment,
        dataset: data,
        executor,
      } = await this.documents.opened(documentText, dataset);
      return estimatePlan(experiment, data, executor);
    });
  }

  probeMerge(documentText: string, dataset: Dataset | null, merge: string): Promise<ProbeResult> {
    const result = this.probes.probe(async () => {
      this.refuseWhileRunning();
      return this.documents.probeTask(documentText, dataset, merge);
    });
    return result.catch((thrown: unknown) => {
      throw this.explained(toAppError(thrown));
    });
  }

  endProbes(): Promise<void> {
    return this.probes.end();
  }

  async run(
    documentText: string,
    dataset: Dataset | null,
    port: MessagePort,
    limits: RunLimits = {},
    results: RunResults = 'own',
  ): Promise<RunOutcome> {
    this.refuseWhileRunning();
    const controller = new AbortController();
    this.running = controller;
    await this.probes.end();
    let lock: WriterLock | null = null;
    let planned: ReadonlySet<string> = new Set();
    this.storage.forgetUnsaved();
    try {
      return await toldThrough(port, async (emit) => {
        const experiment = this.documents.experimentOf(documentText);
        lock = await this.storage.becomeWriter();
        const { claims, ended } = await this.storage.opened();
        const { plan, ...given } = await this.documents.planned(experiment, dataset, results);
        planned = jobIds(plan);
        const ends = [controller.signal, lock.signal, ...(ended === undefined ? [] : [ended])];
        const signal = AbortSignal.any(ends);
        const outcome = await survivingLoss({
          open: () => this.held.executor(),
          run: (executor, tell) => {
            const options = { ...given, signal, executor, emit: tell, limits };
            return runPlan(plan, { ...options, ...(claims !== undefined && { claims }) });
          },
          explained: (error) => this.explained(error),
          emit,
          signal,
        });
        return {
          ...outcome,
          checkpoints: await this.storage.storedOnly(plan.checkpoints, given.store),
        };
      });
    } catch (thrown) {
      throw await this.storage.explained(this.explained(toAppError(thrown)), planned);
    } finally {
      (lock as WriterLock | null)?.release();
      this.running = null;
      clearInterval(this.stopping);
    }
  }

  recall(documentText: string, dataset: Dataset | null, port: MessagePort): Promise<RunOutcome> {
    return toldThrough(port, async (emit) => {
      const experiment = this.documents.experimentOf(documentText);
      const { plan, ...given } = await this.documents.planned(experiment, dataset, 'shown');
      const { signal } = new AbortController();
      const outcome = await recallPlan(plan, { ...given, signal, emit });
      return {
        ...outcome,
        checkpoints: await this.storage.storedOnly(plan.checkpoints, given.store),
      };
    });
  }

  runData(documentText: string, dataset: Dataset | null): Promise<readonly RunDataFile[]> {
    return this.alone(async () => {
      const opened = await this.documents.opened(documentText, dataset);
      return runData({ ...opened, imported: this.base.opened, now: this.parts.now });
    });
  }

  async stop(): Promise<void> {
    if (this.running === null) return;
    this.running.abort();
    clearInterval(this.stopping);
    this.stopping = setInterval(() => {
      if (this.held.giveUp(STOP_SILENCE_S)) this.probes.forget();
    }, 1000);
  }

  storageEnded(): Promise<WireError> {
    return this.storage.ended();
  }

  async checkpoints(): Promise<readonly CheckpointSummary[]> {
    return this.storage.summaries();
  }

  /** For a host in the same thread; see `checkpointPieces`. */
  async *exportPieces(id: string): AsyncGenerator<ExportedFile, void> {
    yield* checkpointPieces(await this.storage.holding(id), id);
  }

  async openExport(id: string): Promise<number> {
    return this.exports.add(this.exportPieces(id));
  }

  nextPiece(handle: number): Promise<ExportedFile | null> {
    return this.exports.next(handle);
  }

  closeExport(handle: number): Promise<void> {
    return this.exports.close(handle);
  }

  async deleteCheckpoint(id: string): Promise<void> {
    this.refuseWhileRunning();
    await (await this.storage.opened()).checkpoints.delete(id);
  }

  async deleteOthers(documentText: string, dataset: Dataset | null): Promise<void> {
    this.refuseWhileRunning();
    const { plan } = await this.documents.planned(
      this.documents.experimentOf(documentText),
      dataset,
      'own',
    );
    const lock = await this.storage.becomeWriter();
    try {
      await this.storage.deleteOthers(jobIds(plan));
    } finally {
      lock.release();
    }
  }

  async close(): Promise<void> {
    this.running?.abort();
    await this.probes.end();
    this.held.close();
    this.base.close();
    await this.storage.close();
  }

  private get machine(): MachineMemory {
    return { profile: this.held.profile, freeBytes: this.parts.freeBytes?.() ?? null };
  }

  private refuseWhileRunning(): void {
    if (this.running !== null) throw runInProgress();
    if (this.isExecutorTaken) throw engineTaken();
  }

  /** Keeps everything else off the executor while `action` works with it. */
  private async alone<T>(action: () => Promise<T>): Promise<T> {
    this.refuseWhileRunning();
    this.isExecutorTaken = true;
    try {
      await this.probes.end();
      return await action();
    } catch (thrown) {
      throw this.explained(toAppError(thrown));
    } finally {
      this.isExecutorTaken = false;
    }
  }

  /** After a fault of the device the executor is of no use: the next run opens a new one. */
  private explained(error: AppError): AppError {
    if (this.held.closeAfter(error)) this.probes.forget();
    return error;
  }
}
