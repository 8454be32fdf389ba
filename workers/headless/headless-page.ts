import { proxy, transfer } from 'comlink';
import demoDocument from '../../experiments/demo.yaml?raw';
import { AppError, toAppError, type Fault } from '../../src/core/errors.ts';
import { namingBroken } from '../../src/io/import/broken-source.ts';
import { parseExperiment } from '../../src/lab/document/experiment.ts';
import { refuseBrokenTables, splitBroken } from './broken-files.ts';
import type { RunEvent, SessionReport } from '../../src/lab/job/events.ts';
import type { Dataset } from '../../src/rec/data/types.ts';
import type { Inspection } from '../lab/api.ts';
import { startLab, type LabSession } from '../client.ts';
import { writeOutputs } from './headless-outputs.ts';
import type {
  DataFile,
  HeadlessBridge,
  HeadlessMessage,
  HeadlessTask,
} from './headless-messages.ts';
import { isRefusal, NO_IMPORT, wrongDocument, wrongInput } from '../lab/refusal.ts';
import { withDeadline } from '../rpc/rpc.ts';
import { RunRecorder } from '../lab/run-recorder.ts';

const LAST_EVENTS_MS = 10_000;

const bridge = globalThis as HeadlessBridge;

/** Tells are queued: the terminal sees them in the order in which they were sent. */
let told: Promise<void> = Promise.resolve();
function tell(message: HeadlessMessage): Promise<void> {
  told = told.then(() => bridge.mmgridTell?.(message));
  return told;
}

try {
  await runTask();
} catch (error) {
  const { code, message, hint, faults } = toAppError(error);
  const type = isRefusal(code) ? 'refused' : 'failed';
  await tell({ type, error: { code, message, hint }, faults });
}

async function runTask(): Promise<void> {
  const task = await fetchJson<HeadlessTask>('__run/task.json');
  const document = task.document ?? demoDocument;
  const { data: source, isBaseImported } = neededBy(document);
  const session = await startLab();
  try {
    const stop = { isAsked: false };
    bridge.mmgridStop = () => {
      stop.isAsked = true;
      return session.lab.stop();
    };
    const report = await session.lab.open(task.executor);
    await tell({ type: 'session', report });
    const dataset = source === null ? null : await importData(session, source);
    if (!(await openBase(session, isBaseImported))) return;
    const inspection = await session.lab.inspect(document, dataset);
    if (!inspection.ok) throw wrongInput(inspection.faults);
    await tell({ ...plannedOf(inspection), type: 'planned' });
    // Asked for during import or inspection, when the worker had nothing to stop yet.
    if (stop.isAsked) return await tell({ type: 'ended', status: 'stopped', seconds: 0, rows: [] });
    await runPlan(session, document, dataset, inspection, report);
  } finally {
    await session.close();
  }
}

/** The `data` section as JSON where data come from files, null for the simulator; and the base. */
function neededBy(document: string): { data: string | null; isBaseImported: boolean } {
  const parsed = parseExperiment(document);
  if (!parsed.ok) throw wrongDocument(parsed.faults);
  const { data, base } = parsed.experiment;
  return {
    data: 'importer' in data ? JSON.stringify(data) : null,
    isBaseImported: base.text?.source === 'import' || base.behaviour !== undefined,
  };
}

/** False when the checkpoint cannot be a base: the run is then refused with the reason. */
async function openBase(session: LabSession, isImported: boolean): Promise<boolean> {
  const listed = await fetchJson<readonly DataFile[]>('__base/index.json');
  // An import without files is a fault that the inspection finds.
  if (listed.length === 0) return true;
  if (!isImported) throw wrongDocument([NO_IMPORT]);
  const { usable, broken } = splitBroken(listed);
  try {
    // Of the other files, which may be large, only the names matter: in messages.
    const files = await fetchFiles('__base', usable, (name) => /\.(json|safetensors)$/.test(name));
    const summary = await session.lab
      .openBase(files, importProgress('base'))
      .catch((error: unknown) => {
        throw namingBroken(error, broken);
      });
    await tellLeftOut(broken);
    await tell({ type: 'base', summary });
    return true;
  } catch (error) {
    const { code, message, hint, faults } = toAppError(error);
    await tell({ type: 'refused', error: { code, message, hint }, faults });
    return false;
  }
}

async function importData(session: LabSession, source: string): Promise<Dataset> {
  const listed = await fetchJson<readonly DataFile[]>('__data/index.json');
  if (listed.length === 0) {
    throw new AppError(
      'data-missing',
      'The experiment reads its data from files; none are given.',
      {
        hint: 'Name their folder: --data DIR.',
      },
    );
  }
  const { usable, broken } = splitBroken(listed);
  refuseBrokenTables(source, broken);
  const files = await fetchFiles('__data', usable, () => true);
  const dataset = await session.importer
    .importFiles(source, files, importProgress('data'))
    .catch((error: unknown) => {
      throw namingBroken(error, broken);
    });
  await tellLeftOut(broken);
  return dataset;
}

async function tellLeftOut(broken: readonly Fault[]): Promise<void> {
  for (const { place, message } of broken) {
    await tell({ type: 'note', text: `${place} ${message}: left out.` });
  }
}

function fetchFiles(
  folder: string,
  listed: readonly DataFile[],
  isRead: (name: string) => boolean,
): Promise<{ name: string; blob: Blob }[]> {
  return Promise.all(
    listed.map(async ({ name }) => {
      const path = `${folder}/file?name=${encodeURIComponent(name)}`;
      return { name, blob: isRead(name) ? await (await fetchOk(path)).blob() : new Blob() };
    }),
  );
}

function importProgress(what: 'data' | 'base') {
  return proxy((doneBytes: number, totalBytes: number): void => {
    void tell({ type: 'importing', what, doneBytes, totalBytes });
  });
}

async function runPlan(
  session: LabSession,
  document: string,
  dataset: Dataset | null,
  inspection: Inspection & { ok: true },
  report: SessionReport,
): Promise<void> {
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
  const outcome = await session.lab.run(document, dataset, transfer(port2, [port2]));
  // The outcome and the events travel on two ports: the last events may arrive after it.
  await withDeadline(allEvents, LAST_EVENTS_MS, 'the last events of the run');
  const { status, seconds, rows } = outcome;
  if (status === 'done') {
    const record = recorder.record({
      inspection,
      report,
      document,
      rows,
      seconds,
      startedAt,
      finishedAt: new Date().toISOString(),
      browser: navigator.userAgent,
    });
    await writeOutputs(session.lab, record, outcome, (path) => tell({ type: 'written', path }));
  }
  await tell({ type: 'ended', status, seconds, rows });
}

function plannedOf(inspection: Inspection & { ok: true }) {
  const { name, jobs, leaks, parameters, notes } = inspection;
  return { name, jobs, leaks, parameters, notes, finished: inspection.finished.length };
}

async function fetchJson<T>(path: string): Promise<T> {
  return (await (await fetchOk(path)).json()) as T;
}

async function fetchOk(path: string): Promise<Response> {
  const response = await fetch(path);
  if (response.ok) return response;
  throw new AppError('internal', `The local server answered ${response.status} for ${path}.`);
}
