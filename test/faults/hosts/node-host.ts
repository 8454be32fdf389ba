import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor } from '../../../src/compute/executor.ts';
import { AppError, toAppError } from '../../../src/core/errors.ts';
import type { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import type { Invariants } from '../fault-row.ts';
import { goldenRun } from './golden-run.ts';

/** A line of a stack, which no message may carry. */
export const STACK = /\n\s+at .+:\d+/;

/** Node as a host: the CPU executor, stores of files and memory, processes that the row starts. */
export class NodeHost {
  readonly name = 'node';
  readonly executor: Executor;
  private readonly golden: string;
  private readonly folders: string[] = [];
  private readonly stray: string[] = [];
  private messages: string[] = [];
  private stores: (() => Promise<string>)[] = [];
  private liveBytes = 0;

  private constructor(executor: Executor, golden: string) {
    this.executor = executor;
    this.golden = golden;
    process.on('unhandledRejection', this.onStray);
  }

  static async open(): Promise<NodeHost> {
    const executor = await openWasm();
    return new NodeHost(executor, await goldenRun(executor));
  }

  /** A fresh folder, deleted when the host closes. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'mmgrid-fault-'));
    this.folders.push(folder);
    return folder;
  }

  /**
   * What was thrown, as `code: message`, which a row gives as seen. It is held against what every message
   * has to be: of our own kind, without a stack.
   */
  told(thrown: unknown): string {
    const { code, message } = toAppError(thrown);
    if (!(thrown instanceof AppError)) this.messages.push(`no error of ours: ${String(thrown)}`);
    if (message.trim() === '' || STACK.test(message)) this.messages.push(`no message: ${message}`);
    return `${code}: ${message}`;
  }

  /** The same of what an action throws; empty where it succeeds. */
  async toldBy(action: () => unknown): Promise<string> {
    try {
      await action();
      return '';
    } catch (thrown) {
      return this.told(thrown);
    }
  }

  /** All checkpoints of this store have to verify when the row is over, those put aside excepted. */
  keeps(store: CheckpointStore): void {
    this.stores.push(async () => {
      for (const { id } of await store.list()) {
        try {
          if ((await store.get(id)) === null) return `${id} is listed and not there`;
        } catch (error) {
          return `${id}: ${toAppError(error).message}`;
        }
      }
      return '';
    });
  }

  before(): Promise<void> {
    this.messages = [];
    this.stores = [];
    this.stray.length = 0;
    this.liveBytes = this.executor.memory().liveBytes;
    return Promise.resolve();
  }

  async after(): Promise<Invariants> {
    // Rejections that nobody took are told in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve));
    const verified = await Promise.all(this.stores.map((verify) => verify()));
    const left = this.executor.memory().liveBytes - this.liveBytes;
    const bits = await goldenRun(this.executor);
    return {
      // Nobody clicks here.
      usable: null,
      'one message': this.messages.join('; '),
      'checkpoints verify': this.stores.length === 0 ? null : verified.join(''),
      'no stray error': this.stray.join('; '),
      'no memory left': left === 0 ? '' : `${String(left)} bytes`,
      'same bits': bits === this.golden ? '' : 'ten steps have another hash than before',
    };
  }

  close(): void {
    process.off('unhandledRejection', this.onStray);
    this.executor.destroy();
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }

  private readonly onStray = (reason: unknown): void => {
    this.stray.push(String(reason));
  };
}
