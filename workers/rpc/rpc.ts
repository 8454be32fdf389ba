import { transferHandlers } from 'comlink';
import { within } from '../../src/core/deadline.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import type { ErrorCode, Fault } from '../../src/core/errors.ts';

/** An AppError as it crosses a worker boundary: plain data, always structured-cloneable. */
interface ThrownWire {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
  readonly cause: string | null;
  readonly stack: string | null;
}

/** Comlink wraps what was thrown in `{ value }` and marks it with a private symbol. */
interface ThrownValue {
  readonly value: unknown;
}

/**
 * Replaces comlink's handler of thrown values, on both sides of a channel: its own keeps only
 * message, name and stack, so that an error would lose its code, hint and faults on the way.
 */
export function installErrorTransfer(): void {
  const builtIn = transferHandlers.get('throw');
  if (builtIn === undefined) {
    throw new AppError('internal', 'Comlink has no handler for thrown values.');
  }
  transferHandlers.set('throw', {
    // The marker symbol is private to comlink; only its own predicate can see it.
    canHandle: (value): value is ThrownValue => builtIn.canHandle(value),
    serialize: (thrown: ThrownValue) => [toWire(thrown.value), []],
    deserialize: (wire: ThrownWire) => {
      throw fromWire(wire);
    },
  });
}

/**
 * The result of `promise`, or AppError worker-died once `ms` have passed: a comlink call on a
 * terminated worker never settles by itself.
 * @param what what was waited for, as it reads after "No answer from the worker to"
 */
export function withDeadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return within(promise, ms, () => {
    const message = `No answer from the worker to ${what} within ${String(ms)} ms.`;
    return new AppError('worker-died', message, {
      hint: 'Finished work is stored; restart the worker and run again.',
      details: { timeoutMs: ms },
    });
  });
}

function toWire(value: unknown): ThrownWire {
  const error = toAppError(value);
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    details: cloneable(error.details),
    faults: error.faults.map(({ place, message }) => ({ place, message })),
    cause: error.cause === undefined ? null : causeText(error.cause),
    stack: error.stack ?? null,
  };
}

function fromWire(wire: ThrownWire): AppError {
  const error = new AppError(wire.code, wire.message, {
    hint: wire.hint,
    details: wire.details,
    faults: wire.faults,
    ...(wire.cause === null ? {} : { cause: new Error(wire.cause) }),
  });
  if (wire.stack !== null) error.stack = wire.stack;
  return error;
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/** A value that cannot be cloned must not hide the error that carries it. */
function cloneable(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept: [string, unknown][] = Object.entries(details).map(([key, value]) => {
    try {
      return [key, structuredClone(value)];
    } catch {
      return [key, String(value)];
    }
  });
  return Object.fromEntries(kept);
}
