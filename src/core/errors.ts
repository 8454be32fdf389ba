/**
 * The one error type of the project. A message says what happened, `hint` says what is safe and
 * what to do. `code` is a closed union so that every place that reacts to an error is checked by
 * the compiler. `details` must survive structured cloning: it crosses worker boundaries.
 */
export type ErrorCode =
  | 'internal'
  | 'invalid-argument'
  | 'shape-mismatch'
  | 'limit-exceeded'
  | 'webgpu-unavailable'
  | 'wasm-unavailable'
  | 'adapter-unavailable'
  | 'device-lost'
  | 'stale-device'
  | 'gpu-validation'
  | 'gpu-out-of-memory'
  | 'shader-compile'
  | 'readback-failed'
  | 'non-finite'
  | 'experiment-invalid'
  | 'recipe-invalid'
  | 'data-invalid'
  | 'data-missing'
  | 'safetensors-invalid'
  | 'checkpoint-corrupt'
  | 'checkpoint-missing'
  | 'storage-unavailable'
  | 'quota-exceeded'
  | 'version-mismatch'
  | 'lock-lost'
  | 'layout-mismatch'
  | 'worker-died'
  | 'network-failed'
  | 'access-denied'
  | 'not-found'
  | 'rate-limited'
  | 'checksum-mismatch'
  | 'aborted';

/** One fault of an input document or file, with the place where it stands. */
export interface Fault {
  /** Path, line or tensor: `data.domains[1]`, `ratings.csv:17`, `tensor "model.norm.weight"`. */
  readonly place: string;
  readonly message: string;
}

export interface AppErrorOptions {
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly faults?: readonly Fault[];
  readonly cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.details = options.details ?? {};
    this.faults = options.faults ?? [];
  }
}

/** Any thrown value as an AppError; an unknown one becomes `internal` with its text kept. */
export function toAppError(value: unknown): AppError {
  if (value instanceof AppError) return value;
  if (value instanceof DOMException && value.name === 'AbortError') {
    return new AppError('aborted', value.message, { cause: value });
  }
  const message = value instanceof Error ? value.message : String(value);
  return new AppError('internal', message, { cause: value });
}
