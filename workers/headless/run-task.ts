import demoDocument from '../../experiments/demo.yaml?raw';
import { AppError, toAppError, type Fault } from '../../src/core/errors.ts';
import { shownNotes } from '../../src/core/notes.ts';
import { namingBroken } from '../../src/io/import/broken-source.ts';
import { parseExperiment } from '../../src/lab/document/experiment.ts';
import type { Experiment } from '../../src/lab/experiment/experiment-types.ts';
import { referenceFault } from '../../src/lab/plan/measured-models.ts';
import type { RunEvent, SessionReport } from '../../src/lab/job/events.ts';
import type { Dataset } from '../../src/rec/data/types.ts';
import type { FileSource } from '../../src/rec/importers/source.ts';
import type { Inspection, LabApi, NamedBlob } from '../lab/api.ts';
import { isRefusal, NO_IMPORT, wrongDocument, wrongInput } from '../lab/refusal.ts';
import { RunRecorder } from '../lab/run-recorder.ts';
import { withDeadline } from '../rpc/rpc.ts';
import { refuseBrokenTables, splitBroken } from './broken-files.ts';
import type { DataFile, HeadlessMessage, HeadlessTask } from './headless-messages.ts';
import { writeOutputs, type OutFolder, type PiecewiseExport } from './headless-outputs.ts';
import { checkLimits, purposeOf } from './task-limits.ts';

const LAST_EVENTS_MS = 10_000;

export type HeadlessLab = Pick<
  LabApi,
  'open' | 'openBase' | 'baseNeed' | 'inspect' | 'run' | 'runData' | 'stop'
> &
  PiecewiseExport;

/** A folder of files that the user named; an empty one where none was. */
export interface GivenFolder {
  list(): Promise<readonly DataFile[]>;
  read(name: string): Promise<Blob>;
}

/** What a host of headless runs has: a page with its workers, or Node. */
export interface HeadlessHost {
  readonly lab: HeadlessLab;
  /** As the record of the run names it. */
  readonly name: string;
  /** As the first line names it. */
  readonly title: string;
  importFiles(
    source: FileSource,
    files: readonly NamedBlob[],
    onProgress: (doneBytes: number, totalBytes: number) => void,
  ): Promise<Dataset>;
  readonly data: GivenFolder;
  /** A checkpoint's. */
  readonly base: GivenFolder;
  readonly out: OutFolder;
  /** Upper bounds of the jobs' seconds, in the order of the plan; absent where nobody exports. */
  estimate?(document: string, dataset: Dataset | null): Promise<readonly number[]>;
}

/** Asked for by the terminal; the run ends at its next safe point. */
export interface StopRequest {
  isAsked: boolean;
}

type Tell = (message: HeadlessMessage) => Promise<void>;

/** One headless run on any host, from its document to its files. Everything is told, nothing thrown. */
export async function runTask(
  task: HeadlessTask,
  host: HeadlessHost,
  stop: StopRequest,
  tell: Tell,
): Promise<void> {
  try {
    await new TaskRun(task, host, stop, tell).run();
  } catch (error) {
    await tell(endedBy(error));
  }
}

/** How a run that threw ends: refused for what the user gave wrongly, else failed. */
export function endedBy(thrown: unknown): HeadlessMessage {
  const { code, message, hint, faults } = toAppError(thrown);
  const type = isRefusal(code) ? 'refused' : 'failed';
  return { type, error: { code, message, hint }, faults };
}

class TaskRun {
  private readonly task: HeadlessTask;
  private readonly host: HeadlessHost;
  private readonly stop: StopRequest;
  private readonly tell: Tell;

  constructor(task: HeadlessTask, host: HeadlessHost, stop: StopRequest, tell: Tell) {
    this.task = task;
    this.host = host;
    this.stop = stop;
    this.tell = tell;
  }

  async run(): Promise<void> {
    const { task, host, tell } = this;
    const document = task.document ?? demoDocument;
    const experiment = experimentIn(document);
    const report = await host.lab.open(machineFor(task));
    await tell({ type: 'session', report, host: host.title });
    if (task.requireGpu === true && task.isPlanOnly !== true) requireGpu(report);
    const dataset = await this.importData(experiment);
    if (!(await this.openBase(experiment, document))) return;
    const inspection = await host.lab.inspect(document, dataset, purposeOf(this.task));
    if (!inspection.ok) {
      // A table that was left out may be just what is missing.
      for (const text of shownNotes(dataset?.notes ?? [])) await tell({ type: 'note', text });
      throw wrongInput(inspection.faults);
    }
    if (task.reference !== undefined) checkReference(task.reference, inspection.models);
    const { name, jobs, leaks, parameters, notes, finished, memoryBytes = 0 } = inspection;
    const counts = { leaks, parameters, finished: finished.length, memoryBytes };
    // A step that does not fit here cannot be timed here.
    const mayTime = task.isPlanOnly === true && inspection.lacksMemory !== true;
    const jobSeconds = mayTime ? await host.estimate?.(document, dataset) : undefined;
    const estimates = jobSeconds !== undefined && { jobSeconds };
    await tell({ type: 'planned', name, jobs, notes, ...counts, ...estimates });
    if (task.isPlanOnly === true) return;
    checkLimits(inspection, task.limits);
    // Asked for during import or inspection, when there was nothing to stop yet.
    if (this.stop.isAsked) return tell({ type: 'ended', status: 'stopped', seconds: 0, rows: [] });
    await this.runPlan(document, dataset, inspection, report, experiment.results);
  }

  private async importData({ data }: Experiment): Promise<Dataset | null> {
    if (!('importer' in data)) return null;
    const { host } = this;
    const listed = await host.data.list();
    if (listed.length === 0) {
      throw new AppError(
        'data-missing',
        'The experiment reads its data from files; none are given.',
        { hint: 'Name their folder: --data DIR.' },
      );
    }
    const { usable, broken } = splitBroken(listed);
    refuseBrokenTables(JSON.stringify(data), broken);
    const files = await readFiles(host.data, usable, () => true);
    const dataset = await host
      .importFiles(data, files, this.importProgress('data'))
      .catch((error: unknown) => {
        throw namingBroken(error, broken);
      });
    await this.tellLeftOut(broken);
    return dataset;
  }

  /** False when the checkpoint cannot be a base: the run is then refused with the reason. */
  private async openBase({ base }: Experiment, document: string): Promise<boolean> {
    const { host } = this;
    const listed = await host.base.list();
    // An import without files is a fault that the inspection finds.
    if (listed.length === 0) return true;
    const isImported =
      base.text?.source === 'import' || base.behaviour !== undefined || base.compact !== undefined;
    if (!isImported) throw wrongDocument([NO_IMPORT]);
    const { usable, broken } = splitBroken(listed);
    try {
      // Of the other files, which may be large, only the names matter: in messages.
      const isRead = (name: string) => /\.(json|safetensors)$/.test(name);
      const files = await readFiles(host.base, usable, isRead);
      if (!(await this.hasMemory(files, document))) return false;
      const summary = await host.lab
        .openBase(files, this.importProgress('base'))
        .catch((error: unknown) => {
          throw namingBroken(error, broken);
        });
      await this.tellLeftOut(broken);
      await this.tell({ type: 'base', summary });
      return true;
    } catch (thrown) {
      const { code, message, hint, faults } = toAppError(thrown);
      await this.tell({ type: 'refused', error: { code, message, hint }, faults });
      return false;
    }
  }

  /** Tells what the run needs before the weights are read; false where this machine lacks it. */
  private async hasMemory(files: readonly NamedBlob[], document: string): Promise<boolean> {
    const { notes, faults } = await this.host.lab.baseNeed(files, document);
    for (const text of [...notes, ...faults.map(({ message }) => message)]) {
      await this.tell({ type: 'note', text });
    }
    const { isPlanOnly, job } = purposeOf(this.task);
    if (faults.length === 0 || isPlanOnly === true || job !== undefined) return true;
    const message = 'This machine does not have the memory for this base.';
    const hint = 'None of its weights was read, and nothing was run.';
    await this.tell({ type: 'refused', error: { code: 'limit-exceeded', message, hint }, faults });
    return false;
  }

  private async tellLeftOut(broken: readonly Fault[]): Promise<void> {
    for (const { place, message } of broken) {
      await this.tell({ type: 'note', text: `${place} ${message}: left out.` });
    }
  }

  private importProgress(what: 'data' | 'base') {
    return (doneBytes: number, totalBytes: number): void => {
      void this.tell({ type: 'importing', what, doneBytes, totalBytes });
    };
  }

  private async runPlan(
    document: string,
    dataset: Dataset | null,
    inspection: Inspection & { ok: true },
    report: SessionReport,
    { reference, users }: Experiment['results'],
  ): Promise<void> {
    const { host, tell, task } = this;
    const startedAt = new Date().toISOString();
    const recorder = new RunRecorder(inspection.jobs);
    const { port1, port2 } = new MessageChannel();
    let hasAllEvents: () => void = () => undefined;
    const allEvents = new Promise<void>((resolve) => {
      hasAllEvents = resolve;
    });
    port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>): void => {
      data.forEach((event) => {
        recorder.add(event);
      });
      void tell({ type: 'events', events: data });
      if (data.some(({ type }) => type === 'finished' || type === 'stopped')) hasAllEvents();
    };
    const outcome = await host.lab.run(document, dataset, port2, task.limits);
    // The outcome and the events travel on two ports: the last events may arrive after it.
    await withDeadline(allEvents, LAST_EVENTS_MS, 'the last events of the run');
    const { status, seconds, rows } = outcome;
    let compared: (HeadlessMessage & { type: 'ended' })['compared'];
    // One job of many has no results of its own to write: they are collected when all are there.
    if (status === 'done' && task.limits?.job === undefined) {
      const record = recorder.record({
        inspection,
        report,
        document,
        rows,
        seconds,
        startedAt,
        finishedAt: new Date().toISOString(),
        browser: host.name,
        reference: task.reference ?? reference ?? null,
      });
      const { contexts } = inspection;
      const { differences } = record;
      if (record.reference !== null) compared = { reference: record.reference, differences };
      const data =
        (task.users ?? users)
          ? { files: await host.lab.runData(document, dataset), contexts }
          : null;
      await writeOutputs(host.lab, record, { ...outcome, data }, host.out, (path) =>
        tell({ type: 'written', path }),
      );
    }
    await tell({ type: 'ended', status, seconds, rows, ...(compared && { compared }) });
  }
}

/** Files that are not read have no bytes. */
function readFiles(
  folder: GivenFolder,
  listed: readonly DataFile[],
  isRead: (name: string) => boolean,
): Promise<NamedBlob[]> {
  return Promise.all(
    listed.map(async ({ name }) => {
      return { name, blob: isRead(name) ? await folder.read(name) : new Blob() };
    }),
  );
}

function experimentIn(document: string): Experiment {
  const parsed = parseExperiment(document);
  if (parsed.ok) return parsed.experiment;
  throw wrongDocument(parsed.faults);
}

/** @errors experiment-invalid before anything is run */
function checkReference(reference: string, models: readonly string[]): void {
  const fault = referenceFault(reference, models);
  if (fault === null) return;
  throw new AppError('experiment-invalid', 'The results have no such reference.', {
    hint: 'Nothing was run. Name a model as the results will call it.',
    faults: [{ place: '--reference', message: fault }],
  });
}

/** A plan is for other machines: the one where it is made need not have their GPU. */
function machineFor({ executor, isPlanOnly }: HeadlessTask): HeadlessTask['executor'] {
  return isPlanOnly === true && executor === 'webgpu' ? 'auto' : executor;
}

/** @errors adapter-unavailable where no hardware GPU computes */
function requireGpu({ profile, reason }: SessionReport): void {
  if (profile.kind === 'webgpu' && !profile.isSoftware) return;
  throw new AppError('adapter-unavailable', `No hardware GPU computes here. ${reason}`.trim(), {
    hint: `Nothing was run; without --require-gpu it would be ${profile.name}.`,
  });
}
