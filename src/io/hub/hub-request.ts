import { AppError } from '../../core/errors.ts';

/** How requests are made; everything that touches the world comes from outside. */
export interface HubConnection {
  /** `https://huggingface.co` or a mirror that speaks the same. */
  readonly endpoint: string;
  readonly token: string | null;
  readonly fetch: typeof fetch;
  /** Resolves after so many milliseconds, rejects when the signal aborts. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Failures in a row after which a download is given up. */
  readonly attempts: number;
}

/** A longer wait is left to the user. */
const MAX_WAIT = 60_000;
const FIRST_WAIT = 1000;

/** A failure that the next attempt may not meet. */
export class TransientFailure extends Error {
  readonly error: AppError;
  /** Milliseconds that the server asked for; null leaves it to us. */
  readonly retryAfter: number | null;

  constructor(error: AppError, retryAfter: number | null = null) {
    super(error.message);
    this.error = error;
    this.retryAfter = retryAfter;
  }
}

/**
 * Runs `attempt` until it succeeds: after a TransientFailure again, each time after twice the wait
 * or what the server asks for. An attempt that got further starts the count anew.
 * @throws the AppError of the last failure
 */
export async function withRetries<T>(
  connection: HubConnection,
  attempt: (madeProgress: () => void) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await attempt(() => (failures = 0));
    } catch (failure) {
      signal?.throwIfAborted();
      if (!(failure instanceof TransientFailure)) throw failure;
      failures += 1;
      const pause = failure.retryAfter ?? FIRST_WAIT * 2 ** (failures - 1);
      if (failures >= connection.attempts || pause > MAX_WAIT) throw failure.error;
      await connection.wait(pause, signal);
    }
  }
}

/**
 * One request, redirects followed.
 * @param what names the thing asked for, in messages
 * @throws AppError access-denied for 401 and 403, not-found for 404, network-failed for other
 *   refusals; TransientFailure for 429, 5xx, 408 and a broken connection
 */
export async function hubRequest(
  connection: HubConnection,
  url: string,
  what: string,
  init: RequestInit,
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (connection.token !== null) headers.set('Authorization', `Bearer ${connection.token}`);
  let response: Response;
  try {
    response = await connection.fetch(url, { ...init, headers });
  } catch (cause) {
    throw new TransientFailure(
      new AppError('network-failed', `${new URL(url).host} did not answer for ${what}.`, {
        hint: 'Check the connection and the address of the server; it must allow other origins.',
        cause,
      }),
    );
  }
  if (response.ok || (response.status === 416 && headers.has('Range'))) return response;
  await response.body?.cancel().catch(() => undefined);
  throw refusal(connection, response, what);
}

function refusal(connection: HubConnection, response: Response, what: string): Error {
  const { status } = response;
  const reason = response.headers.get('x-error-code');
  const details = { status, ...(reason === null ? {} : { reason }) };
  if (status === 401 || status === 403) {
    const hint =
      connection.token === null
        ? 'It is gated or private, or it does not exist: check the name, or give an access token.'
        : 'The token does not open it: accept the conditions on its page, or use another token.';
    return new AppError('access-denied', `The server refuses ${what} (${String(status)}).`, {
      hint,
      details,
    });
  }
  if (status === 404) {
    return new AppError('not-found', `The server has no ${what}.`, {
      hint: 'Check the name of the model, the revision and the address of the server.',
      details,
    });
  }
  const retryAfter = waitOf(response);
  if (status === 429) {
    const asked = retryAfter === null ? '' : ` It asks for ${String(retryAfter / 1000)} s.`;
    const error = new AppError('rate-limited', `The server has had too many requests.${asked}`, {
      hint: 'Try again later; what was downloaded is kept. A token raises the limit.',
      details,
    });
    return new TransientFailure(error, retryAfter);
  }
  const error = new AppError('network-failed', `${what} failed with status ${String(status)}.`, {
    hint: 'Try again later; what was downloaded is kept.',
    details,
  });
  return status >= 500 || status === 408 ? new TransientFailure(error, retryAfter) : error;
}

/** Retry-After in milliseconds; a date counts from the server's own clock. */
function waitOf(response: Response): number | null {
  const value = response.headers.get('retry-after');
  if (value === null) return null;
  if (/^\d+$/.test(value)) return 1000 * Number(value);
  const wait = Date.parse(value) - Date.parse(response.headers.get('date') ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}
