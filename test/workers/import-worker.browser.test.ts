import { proxy, wrap, type Remote } from 'comlink';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import type { ImportApi } from '../../workers/lab/api.ts';
import { installErrorTransfer } from '../../workers/rpc/rpc.ts';

const table = 'u,i,t\nx,a,1700000000\ny,b,1700000001\n';
const source = JSON.stringify({
  importer: 'csv',
  columns: { user: 'u', item: 'i', time: 't' },
  timeUnit: 's',
});

let worker: Worker;
/** One for all tests: when a proxy is collected as garbage, comlink tells the worker to listen no more. */
let remote: Remote<ImportApi>;
beforeAll(() => {
  installErrorTransfer();
  worker = new Worker(new URL('../../workers/import.worker.ts', import.meta.url), {
    type: 'module',
  });
  remote = wrap<ImportApi>(worker);
});
afterAll(() => {
  worker.terminate();
});

async function gzip(text: string): Promise<Blob> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).blob();
}

test('a gzip file becomes a data set in the worker, with progress', async () => {
  const blob = await gzip(table);
  const progress: [number, number][] = [];
  const dataset = await remote.importFiles(
    source,
    [{ name: 'log.csv.gz', blob }],
    proxy((done: number, total: number) => {
      progress.push([done, total]);
    }),
  );
  const [log] = dataset.domains;
  expect(log?.domain).toBe('log');
  expect([...(log?.timesMs ?? [])]).toEqual([1700000000000, 1700000001000]);
  expect(log?.userIds).toEqual(['x', 'y']);
  expect(progress.at(-1)).toEqual([blob.size, blob.size]);
});

test('impressions and side features of MIND arrive whole', async () => {
  const files = {
    'news.tsv': 'N1\tsports\tgolf\tOne\ta\tu\t[]\t[]\nN2\tnews\tx\tTwo\ta\tu\t[]\t[]\n',
    'behaviors.tsv': '1\tU1\t11/9/2019 12:05:06 AM\tN1 N7\tN2-1 N1-0\n',
  };
  const { domains } = await remote.importFiles(
    '{"importer":"mind","impressions":true}',
    Object.entries(files).map(([name, text]) => ({ name, blob: new Blob([text]) })),
  );
  expect(domains[0]).toMatchObject({
    domain: 'News',
    itemIds: ['N1', 'N2', 'N7'],
    features: { category: ['sports', 'news', ''], subcategory: ['golf', 'x', ''] },
    impressions: {
      users: Uint32Array.of(0),
      candidateStarts: Uint32Array.of(0, 2),
      candidates: Uint32Array.of(1, 0),
      clicked: Uint8Array.of(1, 0),
      historyStarts: Uint32Array.of(0, 2),
      history: Uint32Array.of(0, 2),
    },
  });
});

test('faults arrive as AppError with their places, and the worker stays usable', async () => {
  const bad: unknown = await remote
    .importFiles(source, [{ name: 'log.csv', blob: new Blob([`${table}z,,1\n`]) }])
    .catch((error: unknown) => error);
  expect(bad).toBeInstanceOf(AppError);
  expect(bad).toMatchObject({
    code: 'data-invalid',
    faults: [{ place: 'log.csv:4', message: 'no item' }],
  });
  const cut = (await gzip(table)).slice(0, 20);
  await expect(
    remote.importFiles(source, [{ name: 'log.csv.gz', blob: cut }]),
  ).rejects.toMatchObject({ code: 'data-invalid' });
  await expect(remote.importFiles('{"importer":"csv"}', [])).rejects.toMatchObject({
    code: 'experiment-invalid',
  });
  const good = await remote.importFiles(source, [{ name: 'a.csv', blob: new Blob([table]) }]);
  expect(good.domains).toHaveLength(1);
});
