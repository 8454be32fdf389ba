import { proxy } from 'comlink';
import { AppError } from '../../core/errors.ts';
import { hubTitle } from '../../io/hub/hub-name.ts';
import type { HubReference, NamedBlob } from '../../../workers/lab/api.ts';
import type { LabSession } from '../../../workers/client.ts';
import type { BaseLoading } from '../state/base-state.ts';
import type { FileAtPath } from '../state/events.ts';
import { formatBytes } from '../text/format.ts';
import { problemOf } from '../text/problem.ts';
import type { Store } from '../state/store.ts';

/** Brings a language model into the worker, from files or from a hub; failures go to the state. */
export class BaseSession {
  private readonly store: Store;
  private readonly connected: () => LabSession;
  private readonly inspect: () => Promise<unknown>;
  private isCancelled = false;

  /**
   * @param connected the workers; throws while the engine is not running
   * @param inspect checks the document anew: what it says depends on the base
   */
  constructor(store: Store, connected: () => LabSession, inspect: () => Promise<unknown>) {
    this.store = store;
    this.connected = connected;
    this.inspect = inspect;
  }

  openFiles(files: readonly FileAtPath[]): Promise<void> {
    return this.loading(async () => {
      const blobs = files.map(({ path, file }) => ({ name: path, blob: file }));
      await this.read(blobs, titleOf(files));
    });
  }

  download(reference: HubReference): Promise<void> {
    return this.loading(async () => {
      const asked = { step: 'ask', title: hubTitle(reference), totalBytes: 0 } as const;
      this.show({ ...asked, doneBytes: 0, file: '' });
      const onProgress = proxy((doneBytes: number, totalBytes: number, file: string): void => {
        this.advance({ ...asked, step: 'download', doneBytes, totalBytes, file });
      });
      const hub = this.connected().hub();
      try {
        const { title, files } = await hub.download(reference, onProgress);
        await this.read(files, title);
      } finally {
        await this.list();
      }
    });
  }

  /** Ends reading or downloading. */
  async cancel(): Promise<void> {
    const { loading } = this.store.state.base;
    if (loading === null) return;
    this.isCancelled = true;
    const connection = this.connected();
    await (loading.step === 'read' ? connection.lab.closeBase() : connection.hub().cancel());
  }

  async close(): Promise<void> {
    await this.connected().lab.closeBase();
    this.store.dispatch({ type: 'ui-base-closed' });
    await this.inspect();
  }

  /** Deletes a kept download; what the worker has read of it stays. */
  async forget(id: string): Promise<void> {
    await this.connected().hub().forget(id);
    await this.list();
  }

  /** Shows what earlier downloads have left. */
  async list(): Promise<void> {
    const kept = await this.connected().hub().kept();
    this.store.dispatch({ type: 'ui-base-kept', kept });
  }

  private async read(files: readonly NamedBlob[], title: string): Promise<void> {
    const start = { step: 'read', title, file: '', doneBytes: 0, totalBytes: 0 } as const;
    this.show(start);
    const need = await this.need(files);
    // There was nothing in the worker to end yet.
    if (this.isCancelled) throw new AppError('aborted', 'Stopped.');
    const asked = { ...start, ...(need !== '' && { need }) };
    this.show(asked);
    const onProgress = proxy((doneBytes: number, totalBytes: number): void => {
      this.advance({ ...asked, doneBytes, totalBytes });
    });
    const summary = await this.connected().lab.openBase(files, onProgress);
    this.store.dispatch({ type: 'ui-base-opened', title, summary });
  }

  /** Told before gigabytes are read. What is wrong with files and document is for others to say. */
  private async need(files: readonly NamedBlob[]): Promise<string> {
    const { lab } = this.connected();
    try {
      const { notes, faults } = await lab.baseNeed(files, this.store.state.document.text);
      return [...notes, ...faults.map(({ message }) => message)].join(' ');
    } catch {
      return '';
    }
  }

  private show(loading: BaseLoading): void {
    this.store.dispatch({ type: 'ui-base-loading', loading });
  }

  /** Progress travels on a port of its own: it may arrive after the step that it belongs to. */
  private advance(next: BaseLoading): void {
    const { loading } = this.store.state.base;
    if (loading !== null && (loading.step !== 'read' || next.step === 'read')) this.show(next);
  }

  private async loading(action: () => Promise<void>): Promise<void> {
    if (this.store.state.base.loading !== null) return;
    this.isCancelled = false;
    try {
      await action();
    } catch (error) {
      const problem = problemOf(error);
      const { loading } = this.store.state.base;
      const stopped = { ...problem, message: 'Stopped.', hint: leftOf(loading) };
      this.store.dispatch({
        type: 'ui-base-failed',
        problem: problem.code === 'aborted' ? stopped : problem,
      });
    }
    try {
      await this.inspect();
    } catch (error) {
      this.store.dispatch({ type: 'ui-problem', problem: problemOf(error) });
    }
  }
}

/** What a stopped download has left. */
function leftOf(loading: BaseLoading | null): string {
  if (loading?.step === 'ask') return 'Nothing was downloaded.';
  if (loading?.step !== 'download') return 'No language model is loaded.';
  const { doneBytes, totalBytes } = loading;
  return `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} are kept: the same download continues there.`;
}

/** The folder, or the file that stands for it. */
function titleOf(files: readonly FileAtPath[]): string {
  const [folder, rest] = files[0]?.path.split('/') ?? [];
  return rest === undefined || folder === undefined ? 'chosen files' : folder;
}
