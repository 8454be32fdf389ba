/** Keeps the workers that a page starts, by their names. */
export const KEPT_WORKERS = `{
  const kept = (globalThis.mmgridWorkers ??= []);
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    constructor(url, options) {
      super(url, options);
      kept.push({ name: options?.name ?? '', worker: this });
    }
  };
}`;

/** A lab worker that does at a word what no program should; only the first one that hears it. */
export const FRAGILE_WORKER = `{
  const channel = new BroadcastChannel('mmgrid-fault');
  const FAULTS = {
    throw: () => setTimeout(() => { throw new Error('thrown by a test'); }, 0),
    reject: () => { Promise.reject(new Error('rejected by a test')); },
    wedge: () => { for (;;); },
    memory: () => setTimeout(() => new ArrayBuffer(2 ** 52), 0),
  };
  channel.onmessage = ({ data }) => { FAULTS[data]?.(); };
}`;

/** Says a word to the fragile worker; runs in the page. */
export const SAY = (word: string): string =>
  `new BroadcastChannel('mmgrid-fault').postMessage(${JSON.stringify(word)})`;

/** Ends the newest lab worker without a word, as a browser that is short of memory does. */
export const END_LAB = `globalThis.mmgridWorkers.filter(({ name }) => name === 'lab').at(-1).worker.terminate()`;
