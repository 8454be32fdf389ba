import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { toAppError } from '../../../src/core/errors.ts';
import { RangeMachine } from '../../../src/merge/ranges/range-machine.ts';
import type { RowGather } from '../../../src/merge/ranges/row-gather.ts';
import {
  widthOf,
  type CopyTask,
  type RangeDone,
  type RangeInput,
  type RangePlace,
  type RangeTask,
} from '../../../src/merge/ranges/range-task.ts';

/**
 * Elements that are read, merged and written at a time: those of two models and of the result stay in
 * a core's own cache between the three.
 */
const TILE_ELEMENTS = 2 ** 18;
const COPY_BYTES = 2 ** 19;
/** Between two rows: as much is read in the time of another call. */
const GAP_BYTES = 4096;

/** What a range thread is started with. */
export interface RangeThreadData {
  readonly module: WebAssembly.Module;
}

export interface RangeOrder {
  readonly id: number;
  /** Its files are descriptors, which all threads of a process share. */
  readonly task: RangeTask | CopyTask;
}

export type RangeAnswer =
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly done: RangeDone;
      readonly memoryBytes: number;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: RangeFailure };

/** Why a task did not get through, for the session to say with the file's name. */
export type RangeFailure =
  | {
      readonly at: 'read' | 'write';
      readonly file: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly at: 'compute';
      readonly code: string;
      readonly message: string;
      readonly hint: string;
    };

/** Body of a range thread: reads, computes and writes one task after the other. */
export function serveRangeThread(
  { module }: RangeThreadData = workerData as RangeThreadData,
): void {
  const port = parentPort;
  const machine = new RangeMachine(module);
  port?.on('message', ({ id, task }: RangeOrder) => {
    const answer = (told: RangeAnswer): void => {
      // Sums are this task's own: they change hands uncopied.
      port.postMessage(told, told.kind === 'done' ? buffersOf(told.done.sums) : []);
    };
    try {
      const done = task.kind === 'copy' ? copy(machine, task) : pass(machine, task);
      answer({ kind: 'done', id, done, memoryBytes: machine.memoryBytes });
    } catch (error) {
      answer({ kind: 'failed', id, failure: failureOf(error) });
    }
  });
}

function buffersOf(sums: RangeDone['sums']): ArrayBuffer[] {
  return Object.values(sums).flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? buffer : []));
}

function pass(machine: RangeMachine, task: RangeTask): RangeDone {
  const run = machine.begin(task, TILE_ELEMENTS);
  let bytesRead = 0;
  let bytesWritten = 0;
  for (const tile of run.tiles) {
    for (const k of run.reads) {
      const input = task.inputs[k];
      const gather = run.gather(k, tile);
      if (gather !== null) bytesRead += gatherRows(gather);
      if (input === undefined || 'gathered' in input) continue;
      const view = run.input(k, tile);
      readWhole(input, bytesOf(input.dtype, tile.start), view);
      bytesRead += view.length;
    }
    run.compute(tile);
    if (task.output === null) continue;
    const bytes = run.output(tile);
    writeWhole(task.output, bytesOf(task.output.dtype, tile.start), bytes);
    bytesWritten += bytes.length;
  }
  return { ...run.result(), bytesRead, bytesWritten };
}

function gatherRows(gather: RowGather): number {
  let bytesRead = 0;
  for (const batch of gather.batches(GAP_BYTES)) {
    for (const read of batch.reads) readWhole(read, 0, gather.view(batch, read));
    gather.place(batch);
    bytesRead += batch.bytes;
  }
  return bytesRead;
}

function bytesOf(dtype: RangeInput['dtype'], elements: number): number {
  return widthOf(dtype) * elements;
}

function copy(machine: RangeMachine, task: CopyTask): RangeDone {
  for (let done = 0; done < task.bytes; done += COPY_BYTES) {
    const bytes = machine.copyView(task, Math.min(COPY_BYTES, task.bytes - done));
    readWhole(task.input, done, bytes);
    writeWhole(task.output, done, bytes);
  }
  const none = { nonFinite: [], outside: { before: 0, after: 0 }, sums: {} };
  return { ...none, bytesRead: task.bytes, bytesWritten: task.bytes };
}

class FileFailure extends Error {
  readonly failure: RangeFailure;

  constructor(at: 'read' | 'write', file: number, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message);
    this.failure = { at, file, code: codeOf(cause), message };
  }
}

function readWhole({ file, position }: RangePlace, offset: number, into: Uint8Array): void {
  for (let done = 0; done < into.length;) {
    let count = 0;
    try {
      count = readSync(file, into, done, into.length - done, position + offset + done);
    } catch (cause) {
      throw new FileFailure('read', file, cause);
    }
    if (count === 0) throw new FileFailure('read', file, new Error('The file has become shorter.'));
    done += count;
  }
}

function writeWhole({ file, position }: RangePlace, offset: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(file, bytes, done, bytes.length - done, position + offset + done);
    } catch (cause) {
      throw new FileFailure('write', file, cause);
    }
  }
}

function failureOf(error: unknown): RangeFailure {
  if (error instanceof FileFailure) return error.failure;
  const { code, message, hint } = toAppError(error);
  return { at: 'compute', code, message, hint };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
