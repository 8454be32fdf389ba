import type { KernelFunction } from './instance.ts';

/** A kernel call with everything but `part` and `parts` fixed. */
export interface KernelCall {
  /** Place in `KernelInstance.functions`; -1 = the first thread runs a twin meanwhile. */
  readonly place: number;
  readonly parameters: readonly number[];
}

/** Calls as words of the shared memory, for threads that cannot take messages while they wait. */
export function encodedLength(calls: readonly KernelCall[]): number {
  return calls.reduce((words, call) => words + 2 + 2 * call.parameters.length, 1);
}

/**
 * Per call: place, number of parameters, then each parameter as a float64 in two words (addresses
 * need 32 bits, scalars their full float32).
 */
export function encodeCalls(calls: readonly KernelCall[], words: Int32Array): void {
  const pair = new Float64Array(1);
  const halves = new Int32Array(pair.buffer);
  let at = 0;
  words[at++] = calls.length;
  for (const { place, parameters } of calls) {
    words[at++] = place;
    words[at++] = parameters.length;
    for (const value of parameters) {
      pair[0] = value;
      words[at++] = halves[0] ?? 0;
      words[at++] = halves[1] ?? 0;
    }
  }
}

export function decodeCalls(words: Int32Array): KernelCall[] {
  const pair = new Float64Array(1);
  const halves = new Int32Array(pair.buffer);
  let at = 0;
  const next = (): number => words[at++] ?? 0;
  return Array.from({ length: next() }, () => {
    const place = next();
    const parameters = Array.from({ length: next() }, () => {
      halves[0] = next();
      halves[1] = next();
      return pair[0] ?? 0;
    });
    return { place, parameters };
  });
}

/** Binds a call to one thread's functions and share. */
export function bindCall(
  call: KernelCall,
  functions: readonly KernelFunction[],
  part: number,
  parts: number,
): () => void {
  const run = functions[call.place];
  if (run === undefined) return () => undefined;
  const parameters = [...call.parameters, part, parts];
  return () => {
    run(...parameters);
  };
}
