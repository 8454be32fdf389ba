import { stopIfAborted } from '../merge-checks.ts';
import type { RangeLane, RangeSession } from './range-session.ts';
import type { RangeDone } from './range-task.ts';
import type { RangeCut, RangeWork } from './range-work.ts';
import { TensorRun, type Piece } from './tensor-run.ts';

export interface RangeRun {
  readonly session: RangeSession;
  /** In the order of the result. */
  readonly works: readonly RangeWork[];
  /** True where values that are not finite were found before: the rest is only looked through. */
  readonly isBad: boolean;
  readonly cut: RangeCut;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((tensor: string, bytes: number) => void) | undefined;
}

/** What went through. Nothing in it depends on which range came first. */
export interface RangeReport {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Values of inputs that are not finite: one row a tensor, in it one number an operand. */
  readonly nonFinite: readonly (readonly number[])[];
  /** The first tensor whose result does not fit its type, if no input before it is bad. */
  readonly outside: {
    readonly work: RangeWork;
    readonly before: number;
    readonly after: number;
  } | null;
}

/**
 * Runs tensors through the lanes of a session. Ranges are handed out in the order of the result;
 * a lane that would wait for the last range of a pass goes on with the next tensor.
 * @errors aborted, and the session's
 */
export async function runRanges(run: RangeRun): Promise<RangeReport> {
  const queue = new RangeQueue(run);
  let failure: unknown = null;
  const work = async (lane: RangeLane): Promise<void> => {
    try {
      await queue.work(lane);
    } catch (error) {
      failure ??= error;
      queue.stop();
    }
  };
  await Promise.all(run.session.lanes.slice(0, run.cut.lanes).map(work));
  if (failure !== null) throw failure as Error;
  return queue.report();
}

class RangeQueue {
  private readonly run: RangeRun;
  private readonly runs: readonly TensorRun[];
  /** By tensor, then by range. */
  private readonly ready: Piece[] = [];
  private waiting: (() => void)[] = [];
  private next = 0;
  /** Begun and not done. A set: two lanes may both find that their pieces were a tensor's last. */
  private readonly open = new Set<TensorRun>();
  private isStopped = false;
  private badAt: number;
  private outsideAt = Infinity;
  private bytesRead = 0;
  private bytesWritten = 0;

  constructor(run: RangeRun) {
    this.run = run;
    const { works, session, cut } = run;
    this.runs = works.map((work, index) => new TensorRun(work, index, session, cut));
    this.badAt = run.isBad ? -1 : Infinity;
  }

  /** One lane, until nothing is left. */
  async work(lane: RangeLane): Promise<void> {
    for (let piece = await this.take(); piece !== null;) {
      stopIfAborted(this.run.signal);
      const { run } = piece;
      const task = run.task(piece, lane.slot, this.isScan(run));
      const done = await lane.run(task);
      this.bytesRead += done.bytesRead;
      this.bytesWritten += done.bytesWritten;
      if (done.bytesWritten > 0) this.run.onBytes?.(run.work.name, done.bytesWritten);
      piece = (await this.finish(piece, done)) ?? (await this.take());
    }
  }

  stop(): void {
    this.isStopped = true;
    this.run.session.stopWriting();
    this.wake();
  }

  report(): RangeReport {
    const { bytesRead, bytesWritten } = this;
    const first = this.runs[this.outsideAt];
    const isOutside = first !== undefined && this.outsideAt < this.badAt;
    return {
      bytesRead,
      bytesWritten,
      nonFinite: this.runs.map(({ nonFinite }) => nonFinite),
      outside: isOutside ? { work: first.work, ...first.outside } : null,
    };
  }

  /** The next piece; waits where only ends of passes bring new ones. */
  private async take(): Promise<Piece | null> {
    for (;;) {
      if (this.isStopped) return null;
      const piece = this.ready.shift() ?? (await this.startNext());
      if (piece !== null) return piece;
      if (this.open.size === 0) return null;
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
  }

  private async startNext(): Promise<Piece | null> {
    while (this.next < this.runs.length) {
      // What comes after a result that cannot be written is of no use, unless a bad input before it
      // turns up: then all bad inputs are listed.
      if (this.outsideAt < this.badAt) return null;
      const run = this.runs[this.next++];
      if (run === undefined) return null;
      this.open.add(run);
      const [first, ...others] = await run.start(this.isScan(run));
      if (first === undefined) this.open.delete(run);
      else this.insert(others);
      // Others may have seen an empty queue in the meantime.
      this.wake();
      if (first !== undefined) return first;
    }
    return null;
  }

  /** Gives the piece that has to stay in this lane. */
  private async finish(piece: Piece, done: RangeDone): Promise<Piece | null> {
    const { run } = piece;
    const pieces = await run.finish(piece, done, this.isScan(run));
    if (run.isBad && run.index < this.badAt) {
      this.badAt = run.index;
      this.run.session.stopWriting();
    }
    if (run.isDone) {
      this.open.delete(run);
      if (run.outside.after > 0 && !run.isBad) {
        this.outsideAt = Math.min(this.outsideAt, run.index);
      }
    }
    const [first = null] = pieces;
    if (run.isHeld) {
      if (run.isDone) this.wake();
      return first;
    }
    this.insert(pieces);
    if (pieces.length > 0 || run.isDone) this.wake();
    return null;
  }

  private insert(pieces: readonly Piece[]): void {
    const [first] = pieces;
    if (first === undefined) return;
    const after = this.ready.findIndex(({ run }) => run.index > first.run.index);
    this.ready.splice(after < 0 ? this.ready.length : after, 0, ...pieces);
  }

  /** From the first bad input on nothing is merged, but everything is still looked at. */
  private isScan({ index }: TensorRun): boolean {
    return index >= this.badAt;
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}
