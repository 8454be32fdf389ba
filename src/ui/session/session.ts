import { proxy, transfer } from 'comlink';
import type { ExecutorChoice, ExportedFile, Inspection } from '../../../workers/lab/api.ts';
import { piecesOf } from '../../../workers/lab/export-pieces.ts';
import type { RunEvent } from '../../lab/job/events.ts';
import { startLab, type LabSession } from '../../../workers/client.ts';
import { withDeadline } from '../../../workers/rpc/rpc.ts';
import { AppError } from '../../core/errors.ts';
import { askToPersist } from './persistence.ts';
import { BaseSession } from './base-session.ts';
import { recall } from './recall.ts';
import { isRecord, readDocument } from '../document/document-edit.ts';
import { LiveSession } from './live-session.ts';
import { RecommendSession } from './recommend-session.ts';
import { invalidDocument, problemOf } from '../text/problem.ts';
import { datasetFor, sourceOf } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';
import type { Store } from '../state/store.ts';

const INSPECT_DELAY_MS = 250;
const LAST_EVENTS_MS = 10_000;

/** The page's side of the lab: calls the workers, turns what they say into events of the store. */
export class Session {
  readonly base: BaseSession;
  readonly live: LiveSession;
  readonly recommend: RecommendSession;
  private readonly store: Store;
  private connection: LabSession | null = null;
  private watched: LabSession | null = null;
  private inspectTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(store: Store) {
    this.store = store;
    this.base = new BaseSession(
      store,
      () => this.connected(),
      () => this.inspect(),
    );
    this.live = new LiveSession(store, () => this.connection);
    this.recommend = new RecommendSession(store, () => this.connection);
  }

  /** Starts the workers, if they are not there yet, and the executor; a failure is shown, never thrown. */
  async open(choice: ExecutorChoice): Promise<void> {
    try {
      const connection = this.connection ?? (await this.connect());
      const report = await connection.lab.open(choice);
      this.store.dispatch({ type: 'ui-session', report });
      this.watchStorage(connection);
      await this.inspect();
    } catch (error) {
      this.store.dispatch({ type: 'ui-session-failed', problem: problemOf(error) });
    }
  }

  /** Tells at once, and not at the next click, that the storage is gone or another build has it. */
  private watchStorage(connection: LabSession): void {
    if (this.watched === connection) return;
    this.watched = connection;
    connection.lab.storageEnded().then(
      (error) => {
        this.watched = null;
        this.store.dispatch({ type: 'ui-problem', problem: { ...error, faults: [] } });
      },
      () => {
        // The engine is gone, or the storage cannot be opened: both are told where they happen.
        this.watched = null;
      },
    );
  }

  private async connect(): Promise<LabSession> {
    const connection = await startLab();
    this.connection = connection;
    return connection;
  }

  /** There is something to lose now. */
  private async keepStorage(): Promise<void> {
    const text = await askToPersist((navigator as Partial<Navigator>).storage);
    if (text !== '') this.store.dispatch({ type: 'note', text });
  }

  /** Changes the machine; when the new one cannot be opened, the old one stays. */
  choose(choice: ExecutorChoice): Promise<void> {
    return this.guarded(async () => {
      const report = await this.connected().lab.open(choice);
      this.store.dispatch({ type: 'ui-session', report });
    });
  }

  /** Times the kernels of one training step of the document's model. */
  profile(): Promise<void> {
    return this.guarded(async () => {
      const { lab } = this.connected();
      const before = this.store.state.profile;
      if (before === 'running') return;
      this.store.dispatch({ type: 'ui-profile', profile: 'running' });
      try {
        const profile = await lab.profileStep(this.store.state.document.text);
        this.store.dispatch({ type: 'ui-profile', profile });
      } catch (error) {
        this.store.dispatch({ type: 'ui-profile', profile: before });
        throw error;
      }
    });
  }

  edit(text: string, preset: string | null): void {
    this.store.dispatch({ type: 'ui-document', text, preset });
    if (this.inspectTimer !== null) clearTimeout(this.inspectTimer);
    this.inspectTimer = setTimeout(() => void this.guarded(() => this.inspect()), INSPECT_DELAY_MS);
  }

  /**
   * Runs the document as it stands now; one that has faults is refused with all of them.
   * @param fresh what came with the page is made here, instead of gone on from
   */
  run(fresh = false): Promise<void> {
    return this.guarded(async () => {
      if (isBusy(this.store.state.run)) return;
      const connection = this.connected();
      this.watchStorage(connection);
      const { text } = this.store.state.document;
      const dataset = datasetFor(this.store.state);
      const inspection = this.store.state.document.inspection ?? (await this.inspect());
      if (inspection?.ok !== true) {
        const problem = invalidDocument(inspection?.faults ?? []);
        this.store.dispatch({ type: 'ui-problem', problem });
        return;
      }
      const results = fresh || this.store.state.run.prebaked === null ? 'own' : 'shown';
      this.store.dispatch({ type: 'ui-run-requested', started: { text, inspection }, results });
      const { port1, port2 } = new MessageChannel();
      let hasAllEvents: () => void = () => undefined;
      const allEvents = new Promise<void>((resolve) => {
        hasAllEvents = resolve;
      });
      port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>): void => {
        this.store.dispatch(...data);
        if (data.some(({ type }) => type === 'finished' || type === 'stopped')) hasAllEvents();
        // The storage was watched by the worker that died.
        if (data.some(({ type }) => type === 'restarted')) this.watchStorage(connection);
        if (data.some((event) => event.type === 'job-done' && !event.cached)) {
          void this.keepStorage();
        }
      };
      try {
        const port = transfer(port2, [port2]);
        const outcome = await connection.lab.run(text, dataset, port, {}, results);
        // The outcome and the events travel on two ports: the last events may arrive after it.
        await withDeadline(allEvents, LAST_EVENTS_MS, 'the last events of the run');
        this.store.dispatch({ type: 'ui-run-settled', outcome });
      } catch (error) {
        this.store.dispatch({ type: 'ui-run-failed', problem: problemOf(error) });
      } finally {
        port1.close();
      }
    });
  }

  stop(): Promise<void> {
    return this.guarded(async () => {
      this.store.dispatch({ type: 'ui-stop-requested' });
      await this.connected().lab.stop();
    });
  }

  /** Reads files as the document's `data` section says; the old data set stays until all is well. */
  async importFiles(files: readonly File[]): Promise<void> {
    try {
      const { text } = this.store.state.document;
      const data = readDocument(text)?.['data'];
      if (!isRecord(data) || !('importer' in data)) {
        throw new AppError('data-invalid', 'The document does not say how to read files.', {
          hint: 'Choose a data source other than the simulator first, then give the files again.',
        });
      }
      this.store.dispatch({ type: 'ui-import-progress', doneBytes: 0, totalBytes: 1 });
      const onProgress = proxy((doneBytes: number, totalBytes: number): void => {
        this.store.dispatch({ type: 'ui-import-progress', doneBytes, totalBytes });
      });
      const dataset = await this.connected().importer.importFiles(
        JSON.stringify(data),
        files.map((file) => ({ name: file.name, blob: file })),
        onProgress,
      );
      this.store.dispatch({ type: 'ui-imported', dataset, source: sourceOf(text) });
      await this.inspect();
    } catch (error) {
      this.store.dispatch({ type: 'ui-import-failed', problem: problemOf(error) });
    }
  }

  forgetData(): Promise<void> {
    return this.guarded(async () => {
      this.store.dispatch({ type: 'ui-imported', dataset: null, source: '' });
      await this.inspect();
    });
  }

  /** The files of a checkpoint, large ones in pieces. */
  exportPieces(id: string): AsyncIterable<ExportedFile> {
    return piecesOf(this.connected().lab, id);
  }

  /** Makes room for the document's results by deleting the models of others. */
  deleteOthers(): Promise<void> {
    return this.guarded(async () => {
      const { text } = this.store.state.document;
      await this.connected().lab.deleteOthers(text, datasetFor(this.store.state));
      this.store.dispatch(
        { type: 'ui-problem', problem: null },
        { type: 'ui-announce', text: 'The checkpoints of other documents were deleted.' },
      );
    });
  }

  /** Shows what an action throws, so that no promise is left without an owner. */
  async guarded(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.store.dispatch({ type: 'ui-problem', problem: problemOf(error) });
    }
  }

  private async inspect(): Promise<Inspection | null> {
    if (this.connection === null) return null;
    const { document } = this.store.state;
    const dataset = datasetFor(this.store.state);
    const base = this.store.state.base.opened;
    const inspection = await this.connection.lab.inspect(document.text, dataset);
    // Data set or base may have changed meanwhile: then a newer inspection is on its way.
    if (datasetFor(this.store.state) === dataset && this.store.state.base.opened === base) {
      this.store.dispatch({ type: 'ui-inspected', text: document.text, inspection });
      if (inspection.ok) {
        const { lab } = this.connection;
        void this.guarded(() => recall(this.store, lab, { text: document.text, inspection }));
      }
    }
    return inspection;
  }

  /** @errors worker-died while the engine is not running */
  private connected(): LabSession {
    if (this.connection !== null) return this.connection;
    throw new AppError('worker-died', 'The engine is not running.', {
      hint: 'Press "Restart engine" in the bar below. Finished cells are stored.',
    });
  }
}
