import type { AdapterProfile } from '../../src/compute/executor.ts';
import { toAppError, type AppError } from '../../src/core/errors.ts';
import type { SessionReport } from '../../src/lab/job/events.ts';
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
  ExecutorChoice,
  Inspection,
  InspectionPurpose,
  LabApi,
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
import type { LabParts, LabWorkerApi } from './lab-parts.ts';
import { ProbeQueue } from './queues/probe-queue.ts';
import { RecommendQueue } from './queues/recommend-queue.ts';
import { engineTaken, runInProgress } from './refusal.ts';
import { StoredLab } from './stored-lab.ts';
import { survivingLoss } from './surviving-loss.ts';

type Call<Name extends keyof LabApi> = Parameters<LabApi[Name]>;

/** Seconds that a device may keep a run from stopping without a word. */
const STOP_SILENCE_S = 10;

/** The lab behind the worker's door: one executor, one storage, at most one run at a time. */
export class LabService extends StoredLab implements LabWorkerApi {
  private readonly held: HeldExecutor;
  private readonly base = new HeldBase();
  private running: AbortController | null = null;
  private stopping: ReturnType<typeof setInterval> | undefined;
  private readonly probes = new ProbeQueue();
  private isExecutorTaken = false;
  private readonly documents: LabDocuments;
  private readonly recommending: RecommendQueue;

  constructor(parts: LabParts) {
    super(parts);
    this.held = new HeldExecutor(parts.openExecutor);
    const { base, storage } = this;
    const executor = () => this.held.executor();
    this.documents = new LabDocuments({ base, storage, executor, now: parts.now });
    this.recommending = new RecommendQueue(
      (text, dataset) =>
        this.documents.planned(this.documents.experimentOf(text), dataset, 'shown'),
      executor,
    );
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

  recommendChoices(...[text, dataset, domain]: Call<'recommendChoices'>) {
    return this.recommending.choices(domain, text, dataset);
  }

  /** Also while a run is in progress: it waits for nothing that the run has. */
  async recommend(...[text, dataset, question]: Call<'recommend'>) {
    if (this.isExecutorTaken) throw engineTaken();
    const answers = this.recommending.ask(question, text, dataset);
    return answers.catch((thrown: unknown) => {
      throw this.explained(toAppError(thrown));
    });
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
    await this.recommending.end();
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
      await this.recommending.end();
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
