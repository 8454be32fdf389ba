import { BACK_OFF_MS } from '../../workers/lab/surviving-loss.ts';
import { Heartbeat, PATIENCE_S } from '../../workers/rpc/heartbeat.ts';

/** The part of a Node thread that is used. */
export interface Thread {
  on(type: 'message', listener: (message: unknown) => void): unknown;
  on(type: 'error', listener: (error: Error) => void): unknown;
  on(type: 'exit', listener: () => void): unknown;
  postMessage(message: unknown): void;
  terminate(): Promise<unknown>;
}

export interface WatchedThreadParts<Message> {
  readonly start: () => Thread;
  /** Any message is a sign of life. True: the work has come further for good. */
  readonly onMessage: (message: Message) => boolean;
  /** A thread is dead; another one takes its place after this. */
  readonly onRestart: (reason: string) => void;
}

/**
 * Work in a thread that goes on in another one when its thread dies: of an error that nobody caught, or of
 * silence, as a thread in an endless loop or one that waits for a dead helper does. It gives up after
 * `BACK_OFF_MS.length` threads in a row that came no further, and at once where memory ran out: that would
 * happen again.
 */
export class WatchedThread<Message> {
  private readonly parts: WatchedThreadParts<Message>;
  private thread: Thread | null = null;
  private failed = 0;
  private silences = 0;
  private isStopping = false;

  constructor(parts: WatchedThreadParts<Message>) {
    this.parts = parts;
  }

  /** Resolves when a thread has ended by itself: with '' when all is well, else with why it did not go on. */
  async run(): Promise<string> {
    for (;;) {
      const death = await this.live();
      if (death === null) return '';
      const waitMs = BACK_OFF_MS[this.failed++];
      if (death.isFinal || this.isStopping || waitMs === undefined) return death.reason;
      this.parts.onRestart(death.reason);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** A thread that no longer hears it is ended by its silence, and no other one is started. */
  stop(message: unknown): void {
    this.isStopping = true;
    this.thread?.postMessage(message);
  }

  /** One thread, from its start to its end; why it died, null when it did not. */
  private live(): Promise<{ readonly reason: string; readonly isFinal: boolean } | null> {
    const { start, onMessage } = this.parts;
    const thread = start();
    this.thread = thread;
    return new Promise((resolve) => {
      let death: { readonly reason: string; readonly isFinal: boolean } | null = null;
      const patienceS = PATIENCE_S[Math.min(this.silences, PATIENCE_S.length - 1)] ?? 0;
      let heart: Heartbeat | null = null;
      const silent = (): void => {
        this.silences += 1;
        const reason = `it gave no sign of life for ${String(patienceS)} seconds`;
        death ??= { reason, isFinal: false };
        void thread.terminate();
      };
      thread.on('message', (message) => {
        // The first one tells that it has loaded, which may take its time.
        heart ??= new Heartbeat(patienceS, silent);
        heart.hear();
        // What a thread says that was ended belongs to nobody.
        if (death === null && onMessage(message as Message)) this.failed = 0;
      });
      thread.on('error', (error) => {
        const isFinal = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
        death ??= { reason: error.message, isFinal };
      });
      thread.on('exit', () => {
        heart?.end();
        resolve(death);
      });
    });
  }
}
