import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadBase } from '../../scripts/headless/download-base.ts';
import { FileChunkCache } from '../../scripts/headless/file-chunk-cache.ts';
import { listFolder } from '../../scripts/server/list-folder.ts';
import { RandomStream } from '../../src/core/rng.ts';
import { openHubModel } from '../../src/io/hub/open-hub-model.ts';
import { errorOf } from '../support/error-of.ts';
import { COMMIT, HubServer, type Trouble } from '../support/hub-server.ts';
import { baseFolder } from '../support/models/tiny-checkpoint.ts';

const WEIGHTS = 'model.safetensors';
const files = baseFolder();
let server: HubServer;
let endpoint = '';
let folder = '';
let lines: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-hub-'));
  server = new HubServer();
  for (const [name, bytes] of files) server.files.set(name, Buffer.from(bytes));
  endpoint = await server.start();
  lines = [];
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function download(reference: { repo?: string; token?: string } = {}): Promise<string> {
  return downloadBase(
    { endpoint, repo: 'org/tiny', ...reference },
    { folder, fetch, now: () => 0, line: (text) => lines.push(text) },
  );
}

describe('a base from a hub in a headless run', () => {
  it('becomes the folder of a checkpoint, once', async () => {
    const path = await download();
    expect(path.endsWith(join('org', 'tiny', 'resolve', COMMIT))).toBe(true);
    // What the page is offered: the bytes of the server, and nothing of the bookkeeping.
    expect((await listFolder(path)).map(({ name }) => name)).toEqual([...files.keys()].sort());
    for (const [name, bytes] of files) {
      expect(new Uint8Array(readFileSync(join(path, name))), name).toEqual(bytes);
    }
    expect(lines.at(-1)).toMatch(/Has org\/tiny@aaaaaaa/);
    await download();
    expect(server.ranges(WEIGHTS)).toEqual([null]);
    rmSync(join(path, WEIGHTS));
    await download();
    expect(new Uint8Array(readFileSync(join(path, WEIGHTS)))).toEqual(files.get(WEIGHTS));
  });

  it('an interrupted download goes on where it broke off, in another process too', async () => {
    const random = new RandomStream(3, 'weights');
    const bytes = Buffer.from(Array.from({ length: 25_500 }, () => random.nextInt(256)));
    server.files.set(WEIGHTS, bytes);
    const cuts = new Array<Trouble>(3).fill({ kind: 'cut', after: 7300 });
    server.troubles.set(WEIGHTS, cuts);
    const options = { chunkBytes: 1000, attempts: 1, wait: () => Promise.resolve() };
    const once = async () => {
      const cache = new FileChunkCache(folder);
      const model = await openHubModel({ endpoint, repo: 'org/tiny' }, fetch, cache, options);
      const [weights] = await model.fetchFiles({ only: (name) => name === WEIGHTS });
      return weights?.read(0, weights.size);
    };
    for (const kept of [7000, 14_000, 21_000]) {
      expect(await errorOf(once())).toMatchObject({ code: 'network-failed', details: { kept } });
    }
    expect(Buffer.from((await once()) ?? [])).toEqual(bytes);
    expect(server.ranges(WEIGHTS)).toEqual([null, 'bytes=7000-', 'bytes=14000-', 'bytes=21000-']);
  });

  it('a file that was damaged on disk is not taken for whole', async () => {
    server.troubles.set(WEIGHTS, [{ kind: 'status', status: 500 }]);
    const cache = new FileChunkCache(folder);
    const options = { chunkBytes: 64, attempts: 1, wait: () => Promise.resolve() };
    const model = await openHubModel({ endpoint, repo: 'org/tiny' }, fetch, cache, options);
    const key = model.files.find(({ name }) => name === WEIGHTS)?.key ?? '';
    server.troubles.set(WEIGHTS, [{ kind: 'cut', after: 1000 }]);
    await errorOf(model.fetchFiles());
    const kept = (await cache.find(key))?.kept ?? 0;
    expect(kept).toBeGreaterThan(0);
    writeFileSync(cache.pathOf(key), new Uint8Array(kept));
    expect(await errorOf(model.fetchFiles())).toMatchObject({ code: 'checksum-mismatch' });
    expect(await cache.find(key)).toBeNull();
    await model.fetchFiles();
    expect(new Uint8Array(readFileSync(cache.pathOf(key)))).toEqual(files.get(WEIGHTS));
  });

  it.each([1, 5, 100])(
    'a bit that flipped in a kept file, byte %i: it comes anew, told',
    async (at) => {
      const path = join(await download(), WEIGHTS);
      const bytes = readFileSync(path);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      lines = [];
      await download();
      expect(lines).toContain(`${WEIGHTS} was damaged since it was downloaded: it comes anew.`);
      expect(new Uint8Array(readFileSync(path))).toEqual(files.get(WEIGHTS));
      lines = [];
      await download();
      expect(lines.join('\n')).not.toContain('damaged');
    },
  );

  it.each(['', '{', 'null', '5', '[]', '{"size":1}', '{"size":1e999}'])(
    'what is known of a file is torn: %j',
    async (text) => {
      const path = await download();
      writeFileSync(join(path, `.${WEIGHTS}.json`), text);
      await download();
      expect(new Uint8Array(readFileSync(join(path, WEIGHTS)))).toEqual(files.get(WEIGHTS));
    },
  );

  it('says what the hub refuses', async () => {
    expect(await errorOf(download({ repo: 'org/none' }))).toMatchObject({ code: 'not-found' });
    server.needsToken = 'secret';
    expect(await errorOf(download())).toMatchObject({ code: 'access-denied' });
    expect(await errorOf(download({ token: 'wrong' }))).toMatchObject({
      code: 'access-denied',
      hint: expect.stringMatching(/The token does not open it/) as string,
    });
    await download({ token: 'secret' });
  });

  it('keeps names of other servers inside its folder', () => {
    const cache = new FileChunkCache(folder);
    const path = cache.pathOf('http://127.0.0.1:80/a/%2e%2e/..%2F../x/resolve/c/config.json');
    expect(path.startsWith(folder)).toBe(true);
    expect(path.slice(folder.length).split(sep)).not.toContain('..');
  });
});
