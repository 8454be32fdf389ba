import { wrap } from 'comlink';
import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { DeathWatch, guardRemote } from '../../workers/rpc/guard-remote.ts';
import { installErrorTransfer } from '../../workers/rpc/rpc.ts';
import { afterCheck, checkBuild, type OfBuild } from '../../workers/rpc/same-build.ts';
import { remoteEnd } from '../support/remote-end.ts';

installErrorTransfer();

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A worker as the page sees it; `build` undefined is one of before builds were asked for. */
function worker(build: string | undefined) {
  const calls: string[] = [];
  const api = {
    work(what: string): string {
      calls.push(what);
      return `${what} done`;
    },
    ...(build !== undefined && { buildId: () => build }),
  };
  const { port, end } = remoteEnd(api);
  ends.push(end);
  const watch = new DeathWatch();
  const remote = guardRemote(wrap<typeof api & OfBuild>(port), watch);
  return { remote, watch, calls };
}

const MISMATCH = {
  name: 'AppError',
  code: 'version-mismatch',
  message: 'This page and its hub worker are of different versions of the app.',
  hint: expect.stringContaining('reload the page') as string,
};

describe('a worker', () => {
  test('of the same build is worked with', async () => {
    const { remote, calls } = worker('abc');
    await checkBuild(remote, 'hub', 'abc');
    const checked = afterCheck(remote, checkBuild(remote, 'hub', 'abc'));
    expect(await checked.work('a')).toBe('a done');
    expect(calls).toEqual(['a']);
  });

  test.each([
    ['another build', 'abd'],
    ['a build that knew no such question', undefined],
  ])('of %s asks for a reload, and nothing is said to it', async (_, build) => {
    const { remote, calls } = worker(build);
    await expect(checkBuild(remote, 'hub', 'abc')).rejects.toMatchObject(MISMATCH);
    const checked = afterCheck(remote, checkBuild(remote, 'hub', 'abc'));
    await expect(checked.work('a')).rejects.toMatchObject(MISMATCH);
    expect(calls).toEqual([]);
  });

  test('that dies before it answers has died', async () => {
    const watch = new DeathWatch();
    const never = { buildId: () => new Promise<string>(() => undefined) };
    const remote = guardRemote(never, watch);
    const checking = checkBuild(remote, 'hub', 'abc');
    watch.report(new AppError('worker-died', 'The hub worker stopped.'));
    await expect(checking).rejects.toMatchObject({ code: 'worker-died' });
    await expect(checkBuild(never, 'hub', 'abc', 5)).rejects.toMatchObject({
      code: 'worker-died',
      message: expect.stringContaining('the start of the hub worker') as string,
    });
  });

  test('that nobody calls leaves its failure to nobody', async () => {
    const { remote } = worker('other');
    afterCheck(remote, checkBuild(remote, 'hub', 'abc'));
    // An unhandled rejection would end this process.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
