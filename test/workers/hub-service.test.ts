import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { DownloadStore } from '../../src/store/download-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { HubService } from '../../workers/hub/hub-service.ts';
import { errorOf } from '../support/error-of.ts';
import { COMMIT, HubServer } from '../support/hub-server.ts';
import { baseFolder } from '../support/models/tiny-checkpoint.ts';

let server: HubServer;
let reference = { endpoint: '', repo: 'org/tiny' };
let service: HubService;
const folder = baseFolder();

beforeEach(async () => {
  server = new HubServer();
  for (const [name, bytes] of folder) server.files.set(name, Buffer.from(bytes));
  reference = { endpoint: await server.start(), repo: 'org/tiny' };
  const store = new DownloadStore(new MemoryStore());
  service = new HubService({ openStore: () => Promise.resolve(store), fetch });
});

afterEach(() => server.stop());

describe('a download for the page', () => {
  it('gives the files as they are on the server, and keeps them', async () => {
    const seen: string[] = [];
    const { title, files } = await service.download(reference, (done, total, file) => {
      seen.push(`${file} ${String(done)}/${String(total)}`);
    });
    expect(title).toBe(`org/tiny@${COMMIT.slice(0, 7)}`);
    expect(files.map(({ name }) => name).sort()).toEqual([...folder.keys()].sort());
    for (const { name, blob } of files) {
      expect(new Uint8Array(await blob.arrayBuffer()), name).toEqual(folder.get(name));
    }
    const total = [...folder.values()].reduce((sum, { length }) => sum + length, 0);
    expect(seen.at(-1)).toBe(`model.safetensors ${String(total)}/${String(total)}`);
    const id = `${reference.endpoint}/org/tiny/resolve/${COMMIT}`;
    expect(await service.kept()).toEqual([{ id, title, keptBytes: total, isWhole: true }]);
    await service.download(reference);
    expect(server.ranges('model.safetensors')).toEqual([null]);
    await service.forget(id);
    expect(await service.kept()).toEqual([]);
  });

  it('refuses a model that cannot be a base before its weights come', async () => {
    server.files.set('config.json', Buffer.from('{"model_type":"gpt2"}'));
    expect(await errorOf(service.download(reference))).toMatchObject({ code: 'layout-mismatch' });
    server.files.delete('tokenizer.json');
    server.files.set('config.json', Buffer.from(folder.get('config.json') ?? []));
    expect(await errorOf(service.download(reference))).toMatchObject({
      code: 'checkpoint-missing',
    });
    expect(server.ranges('model.safetensors')).toEqual([]);
  });

  it('ends when it is cancelled, with what has come kept for the next time', async () => {
    const cancelled = service.download(reference, (_done, _total, file) => {
      if (file === 'tokenizer.json') void service.cancel();
    });
    expect(await errorOf(cancelled)).toMatchObject({ name: 'AbortError' });
    const [kept] = await service.kept();
    expect(kept).toMatchObject({ isWhole: false });
    expect(server.ranges('model.safetensors')).toEqual([]);
    expect((await service.download(reference)).files).toHaveLength(folder.size);
    expect(server.ranges('config.json')).toEqual([null]);
    expect(await service.kept()).toMatchObject([{ isWhole: true }]);
  });

  it.each([
    [401, 'access-denied', /gated or private/],
    [403, 'access-denied', /gated or private/],
    [404, 'not-found', /Check the name of the model/],
  ] as const)('status %i is %s', async (status, code, hint) => {
    server.troubles.set('', [{ kind: 'status', status }]);
    const error = await errorOf(service.download(reference));
    expect(error).toMatchObject({ code, hint: expect.stringMatching(hint) as string });
  });

  it('says for how long the server wants to be left alone', async () => {
    const headers = { 'retry-after': '600' };
    server.troubles.set('', [{ kind: 'status', status: 429, headers }]);
    expect(await errorOf(service.download(reference))).toMatchObject({
      code: 'rate-limited',
      message: expect.stringContaining('600 s') as string,
    });
  });
});

it('a storage that was deleted under the page, or could not be opened, is opened anew', async () => {
  const opened: DownloadStore[] = [];
  let fails = true;
  const hub = new HubService({
    openStore: async () => {
      if (fails) throw new AppError('version-mismatch', 'Another tab keeps it.');
      const store = await DownloadStore.open('deleted-downloads');
      opened.push(store);
      return store;
    },
    fetch,
  });
  expect(await errorOf(hub.kept())).toMatchObject({ code: 'version-mismatch' });
  fails = false;
  expect(await hub.kept()).toEqual([]);
  await new Promise((resolve) => {
    indexedDB.deleteDatabase('deleted-downloads').onsuccess = resolve;
  });
  expect(opened.map(({ isEnded }) => isEnded)).toEqual([true]);
  expect(await hub.kept()).toEqual([]);
  expect(opened.map(({ isEnded }) => isEnded)).toEqual([true, false]);
});
