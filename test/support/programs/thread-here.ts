import { EventEmitter } from 'node:events';

/** A thread as who starts it sees it. */
export interface OuterPort {
  on(type: 'message', listener: (message: never) => void): unknown;
  on(type: 'error', listener: (error: Error) => void): unknown;
  on(type: 'exit', listener: () => void): unknown;
  postMessage(message: unknown): void;
  terminate(): Promise<unknown>;
}

/** The inner end of a thread. */
export interface InnerPort {
  postMessage(message: unknown): void;
  on(type: 'message', listener: (message: unknown) => void): unknown;
  close(): void;
}

/**
 * What a program starts in a thread of its own, in this one: nothing is loaded and compiled again, which is most
 * of what a small run takes. Messages are copied, as between threads.
 * @param serve the body of the thread, until its end
 */
export function threadHere(serve: (port: InnerPort) => Promise<void>): OuterPort {
  const outer = new EventEmitter();
  const inner = new EventEmitter();
  let isClosed = false;
  const port: InnerPort = {
    postMessage: (message) => {
      if (!isClosed) outer.emit('message', structuredClone(message));
    },
    on: (type, listener) => inner.on(type, listener),
    close: () => inner.removeAllListeners(),
  };
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    outer.emit('exit');
  };
  // Whoever starts it listens only then.
  setImmediate(() => {
    void serve(port)
      .catch((error: unknown) => outer.emit('error', error))
      .finally(close);
  });
  return {
    on: (type: string, listener: (value: never) => void) =>
      outer.on(type, listener as (value: unknown) => void),
    postMessage: (message) => {
      setImmediate(() => inner.emit('message', structuredClone(message)));
    },
    terminate: () => {
      close();
      return Promise.resolve();
    },
  };
}
