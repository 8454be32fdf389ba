import { AppError } from '../../src/core/errors.ts';
import { sizeOf, type FuzzInput, type FuzzKind } from './fuzz-kind.ts';

/** What must never come of an input. */
export interface Finding {
  readonly what: 'threw' | 'broke a promise' | 'slow' | 'memory' | 'polluted' | 'died' | 'hung';
  readonly message: string;
}

export interface Outcome {
  /** `accepted`, or the code of the error. */
  readonly result: string;
  readonly finding: Finding | null;
  /** Processor time of this process while it was read. */
  readonly ms: number;
  readonly extraBytes: number;
}

/** A small input has at most SMALL_BYTES; what is larger may take as much longer. */
const MOST_MS = 50;
const SMALL_BYTES = 8192;
const MOST_EXTRA_BYTES = 64 * 2 ** 20;
/** Other threads, collections of garbage and compilers take time, too, though not each time. */
const TRIES = 3;

/** Reads an input and looks at what came of it and of the process. */
export async function outcomeOf(kind: FuzzKind, input: FuzzInput): Promise<Outcome> {
  const first = await readOnce(kind, input);
  if (first.finding !== null) return first;
  const mostMs = MOST_MS * Math.max(1, sizeOf(input) / SMALL_BYTES);
  if (first.ms <= mostMs && first.extraBytes <= MOST_EXTRA_BYTES) return first;
  let { ms, extraBytes } = first;
  for (let tried = 0; tried < TRIES; tried++) {
    globalThis.gc?.();
    const again = await readOnce(kind, input);
    ms = Math.min(ms, again.ms);
    extraBytes = Math.min(extraBytes, again.extraBytes);
  }
  const best = { ...first, ms, extraBytes };
  if (ms > mostMs) {
    const message = `${ms.toFixed(0)} ms for ${String(sizeOf(input))} bytes`;
    return { ...best, finding: { what: 'slow', message } };
  }
  if (extraBytes > MOST_EXTRA_BYTES) {
    const message = `${String(Math.round(extraBytes / 2 ** 20))} MiB for ${String(sizeOf(input))} bytes`;
    return { ...best, finding: { what: 'memory', message } };
  }
  return best;
}

async function readOnce(kind: FuzzKind, input: FuzzInput): Promise<Outcome> {
  const memory = process.memoryUsage();
  const before = process.cpuUsage();
  let result = 'accepted';
  let finding: Finding | null = null;
  try {
    await kind.read(input);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'internal') {
      result = error.code;
      finding = wrongRefusal(kind, error);
    } else finding = { what: isBroken(error) ? 'broke a promise' : 'threw', message: told(error) };
  }
  const { user, system } = process.cpuUsage(before);
  const extraBytes = moreThan(memory);
  finding ??= pollution();
  return { result, finding, ms: (user + system) / 1000, extraBytes };
}

/** An error has to be one that its readers are known to end with, and has to say what happened and where. */
function wrongRefusal({ refuses }: FuzzKind, { code, message, faults }: AppError): Finding | null {
  const what = 'broke a promise';
  if (!refuses.includes(code)) return { what, message: `refused with ${code}: ${message}` };
  const isSaid = message !== '' && faults.every((fault) => fault.message !== '');
  return isSaid ? null : { what, message: `${code} without words` };
}

function isBroken(error: unknown): boolean {
  return error instanceof Error && error.name === 'BrokenPromise';
}

function told(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** A collection of garbage in one of the two does not hide what was taken in the other. */
function moreThan(before: NodeJS.MemoryUsage): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const buffers = Math.max(0, arrayBuffers - before.arrayBuffers);
  return Math.max(0, heapUsed - before.heapUsed) + buffers;
}

/** What every object, list, text, number and function inherits, by number. */
const PROTOTYPES = [Object, Array, String, Number, Boolean, Function, Map, Set, RegExp].map(
  ({ prototype }): object => prototype as object,
);
const NAMES = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);

/** Names that were added to a prototype; they are taken away again, so that they are found once. */
function pollution(): Finding | null {
  const at = PROTOTYPES.findIndex((own, index) => Reflect.ownKeys(own).length !== NAMES[index]);
  const prototype = PROTOTYPES[at];
  if (prototype === undefined) return null;
  const added = Reflect.ownKeys(prototype).slice(NAMES[at]);
  for (const name of added) Reflect.deleteProperty(prototype, name);
  return { what: 'polluted', message: `a prototype got ${added.map(String).join(', ')}` };
}
