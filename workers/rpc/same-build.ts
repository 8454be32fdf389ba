import { expose } from 'comlink';
import { AppError, toAppError } from '../../src/core/errors.ts';
import { BUILD_ID } from './build-id.ts';
import { withDeadline } from './rpc.ts';

/** What every worker can be asked first, whatever else it does. */
export interface OfBuild {
  buildId(): Promise<string>;
}

const ANSWER_MS = 30_000;

/** Offers an object to the page, with the build that it is of. */
export function exposeOfBuild(api: object): void {
  expose(Object.assign(api, { buildId: () => Promise.resolve(BUILD_ID) }));
}

/**
 * Resolves when a worker is of the page's own build. Where the app was updated while its page stayed
 * open, a worker that starts later is of the new one: what both say to each other may then mean
 * different things, and nothing is said.
 * @param remote a comlink remote; its calls reject when the worker dies
 * @errors version-mismatch; worker-died when it does not come up
 */
export async function checkBuild(
  remote: OfBuild,
  name: string,
  own = BUILD_ID,
  answerMs = ANSWER_MS,
): Promise<void> {
  let id: string;
  try {
    id = await withDeadline(remote.buildId(), answerMs, `the start of the ${name} worker`);
  } catch (error) {
    // One of before this question knows no answer.
    if (toAppError(error).code === 'worker-died') throw error;
    throw otherBuild(name);
  }
  if (id !== own) throw otherBuild(name);
}

/** The same remote, whose calls wait for the check and are not made when it fails. */
export function afterCheck<Remote extends object>(remote: Remote, check: Promise<void>): Remote {
  // Whoever calls hears of it; nobody else waits for it.
  check.catch(() => undefined);
  return new Proxy(remote, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      // comlink's own symbols (releaseProxy) are no calls to the worker; a remote is no promise.
      if (typeof key === 'symbol' || key === 'then' || typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await check;
        return Reflect.apply(member, undefined, args) as unknown;
      };
    },
  });
}

function otherBuild(name: string): AppError {
  return new AppError(
    'version-mismatch',
    `This page and its ${name} worker are of different versions of the app.`,
    {
      hint:
        'The app was updated while this page was open. Nothing was started, finished jobs are stored: ' +
        'reload the page.',
    },
  );
}
