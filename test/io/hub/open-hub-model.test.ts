import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { DownloadStore } from '../../../src/store/download-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { openHubModel } from '../../../src/io/hub/open-hub-model.ts';
import type { HubModel, HubOptions } from '../../../src/io/hub/open-hub-model.ts';
import { HubServer } from '../../support/hub-server.ts';
import type { Trouble } from '../../support/hub-server.ts';

const WEIGHTS = 'model.safetensors';
const CHUNK = 1000;
const SIZE = 25_500;

let server: HubServer;
let endpoint = '';
let cache: DownloadStore;
let waits: number[] = [];

beforeEach(async () => {
  server = new HubServer();
  const random = new RandomStream(3, 'weights');
  server.files.set(WEIGHTS, Buffer.from(Array.from({ length: SIZE }, () => random.nextInt(256))));
  server.files.set('config.json', Buffer.from('{"model_type":"qwen3"}'));
  server.files.set('tokenizer.json', Buffer.from('{}'));
  server.files.set('README.md', Buffer.from('# no'));
  server.files.set('pytorch_model.bin', Buffer.from('no'));
  endpoint = await server.start();
  cache = new DownloadStore(new MemoryStore());
  waits = [];
});

afterEach(() => server.stop());

const OPTIONS: HubOptions = {
  chunkBytes: CHUNK,
  wait: (milliseconds) => {
    waits.push(milliseconds);
    return Promise.resolve();
  },
};

function open(extra: { repo?: string; revision?: string; token?: string } = {}): Promise<HubModel> {
  return openHubModel({ endpoint, repo: 'org/tiny', ...extra }, fetch, cache, OPTIONS);
}

function trouble(name: string, ...troubles: Trouble[]): void {
  server.troubles.set(name, troubles);
}

async function weightsOf(model: HubModel): Promise<Buffer> {
  const [source] = await model.fetchFiles({ only: (name) => name === WEIGHTS });
  if (source === undefined) throw new Error('no source');
  return Buffer.from(await source.read(0, source.size));
}

async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error instanceof Error ? error : new Error('it succeeded');
}

function expected(): Buffer {
  return server.files.get(WEIGHTS) ?? Buffer.alloc(0);
}

describe('a download', () => {
  test('fetches the files that a checkpoint needs, once, and reads any part of them', async () => {
    const model = await open();
    expect(model.files.map(({ name }) => name)).toEqual(['config.json', 'tokenizer.json', WEIGHTS]);
    const seen: number[] = [];
    const sources = await model.fetchFiles({ onProgress: (done) => seen.push(done) });
    const weights = sources.find(({ path }) => path === WEIGHTS);
    for (const [start, end] of [
      [0, SIZE],
      [999, 1001],
      [0, 0],
      [25_499, 25_500],
      [3000, 7000],
    ] as const) {
      expect(Buffer.from((await weights?.read(start, end)) ?? [])).toEqual(
        expected().subarray(start, end),
      );
    }
    expect(seen.at(-1)).toBe(model.bytes);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    await (await open()).fetchFiles();
    expect(server.ranges(WEIGHTS)).toEqual([null]);
    expect(waits).toEqual([]);
  });

  test('shards: the index and all of them', async () => {
    server.files.delete(WEIGHTS);
    for (const name of ['model-00002-of-00002', 'model-00001-of-00002', 'other']) {
      server.files.set(`${name}.safetensors`, Buffer.from(name));
    }
    server.files.set('model.safetensors.index.json', Buffer.from('{}'));
    expect((await open()).files.map(({ name }) => name).slice(2)).toEqual([
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
  });

  test('continues after a broken connection with a range, in the same run', async () => {
    trouble(WEIGHTS, { kind: 'cut', after: 7300 }, { kind: 'cut', after: 4100 });
    expect(await weightsOf(await open())).toEqual(expected());
    expect(server.ranges(WEIGHTS)).toEqual([null, 'bytes=7000-', 'bytes=11000-']);
    expect(waits).toEqual([1000, 1000]);
  });

  test('given up, says how much is kept; a later one goes on there', async () => {
    trouble(
      WEIGHTS,
      { kind: 'cut', after: 7300 },
      ...new Array<Trouble>(5).fill({ kind: 'cut', after: 10 }),
    );
    const error = await errorOf(weightsOf(await open()));
    expect(error.code).toBe('network-failed');
    expect(error.details).toMatchObject({ kept: 7000, size: SIZE });
    expect(error.hint).toMatch(/0.0 of 0.0 MB are kept: start again/);
    expect(server.ranges(WEIGHTS)).toHaveLength(5);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    server.troubles.clear();
    expect(await weightsOf(await open())).toEqual(expected());
    expect(server.ranges(WEIGHTS).at(-1)).toBe('bytes=7000-');
  });

  test('starts over where the server ignores the range, and not for ever', async () => {
    trouble(WEIGHTS, { kind: 'cut', after: 7300 }, { kind: 'ignore-range' });
    expect(await weightsOf(await open())).toEqual(expected());
    await cache.remove((await open()).files[2]?.key ?? '');
    const endless = new Array<Trouble>(50).fill({ kind: 'ignore-range', after: 5100 });
    trouble(WEIGHTS, ...endless);
    expect((await errorOf(weightsOf(await open()))).code).toBe('network-failed');
    expect(server.ranges(WEIGHTS)).toHaveLength(2 + 5);
  });

  test('starts over where the file has changed meanwhile', async () => {
    trouble(WEIGHTS, { kind: 'cut', after: 7300 });
    const original = OPTIONS.wait;
    const model = await openHubModel({ endpoint, repo: 'org/tiny' }, fetch, cache, {
      ...OPTIONS,
      wait: (milliseconds) => {
        server.etag = '"v2"';
        return original?.(milliseconds) ?? Promise.resolve();
      },
    });
    expect(await weightsOf(model)).toEqual(expected());
    expect(server.ranges(WEIGHTS)).toEqual([null, 'bytes=7000-', null]);
  });

  test('can be stopped; what was kept stays', async () => {
    const controller = new AbortController();
    const model = await open();
    const stopped = model.fetchFiles({
      signal: controller.signal,
      onProgress: (done) => {
        if (done > 5000) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect((await cache.find(model.files[2]?.key ?? ''))?.kept).toBeGreaterThan(0);
    expect(await weightsOf(await open())).toEqual(expected());
    expect(server.ranges(WEIGHTS).at(-1)).toMatch(/^bytes=\d+000-$/);
  });

  test('empty files and files of whole chunks', async () => {
    server.files.set('tokenizer.json', Buffer.alloc(0));
    server.files.set(WEIGHTS, expected().subarray(0, 3 * CHUNK));
    const sources = await (await open()).fetchFiles();
    expect(sources.map(({ size }) => size)).toEqual([22, 0, 3000]);
    expect(Buffer.from((await sources[2]?.read(0, 3000)) ?? [])).toEqual(expected());
  });
});

describe('checksums', () => {
  const damage = () => {
    // The list is made before the damage, as it would be with a broken file server.
    const bytes = Buffer.from(expected());
    bytes[12_345] = (bytes[12_345] ?? 0) ^ 1;
    server.files.set(WEIGHTS, bytes);
  };

  test('of the list: a wrong file is thrown away', async () => {
    const model = await open();
    damage();
    const error = await errorOf(weightsOf(model));
    expect(error.code).toBe('checksum-mismatch');
    expect(error.message).toBe('model.safetensors has another SHA-256 than the server states.');
    expect(await cache.find(model.files[2]?.key ?? '')).toBeNull();
  });

  test('of the header, where the list has none', async () => {
    server.lfs = false;
    server.linkedEtag = true;
    trouble(WEIGHTS, { kind: 'cut', after: 14_000 });
    const model = await openHubModel({ endpoint, repo: 'org/tiny' }, fetch, cache, {
      ...OPTIONS,
      wait: () => {
        // The rest comes from another file under the same validator.
        server.files.set(WEIGHTS, Buffer.alloc(SIZE, 7));
        return Promise.resolve();
      },
    });
    expect((await errorOf(weightsOf(model))).code).toBe('checksum-mismatch');
  });

  test('a file longer than announced', async () => {
    const model = await open();
    server.files.set(WEIGHTS, Buffer.alloc(SIZE + 1));
    const error = await errorOf(weightsOf(model));
    expect(error.code).toBe('checksum-mismatch');
    expect(await cache.find(model.files[2]?.key ?? '')).toBeNull();
  });

  test('a file shorter than announced is never taken for whole', async () => {
    const model = await open();
    server.files.set(WEIGHTS, expected().subarray(0, 9_500));
    expect((await errorOf(weightsOf(model))).code).toBe('network-failed');
  });

  test('without any checksum the size decides', async () => {
    server.lfs = false;
    expect(await weightsOf(await open())).toEqual(expected());
  });
});

describe('refusals', () => {
  test('401 without a token, 403 with a wrong one, and the right one', async () => {
    server.needsToken = 'hf_good';
    const without = await errorOf(open());
    expect([without.code, without.details['status']]).toEqual(['access-denied', 401]);
    expect(without.hint).toMatch(/give an access token/);
    const wrong = await errorOf(open({ token: 'hf_bad' }));
    expect([wrong.code, wrong.details['status']]).toEqual(['access-denied', 403]);
    expect(wrong.hint).toMatch(/accept the conditions/);
    expect(JSON.stringify(wrong) + wrong.message).not.toContain('hf_bad');
    expect(await weightsOf(await open({ token: 'hf_good' }))).toEqual(expected());
    expect(waits).toEqual([]);
  });

  test('404: the model, the revision, a file', async () => {
    const model = await errorOf(open({ repo: 'org/none' }));
    expect([model.code, model.message]).toEqual([
      'not-found',
      'The server has no model org/none at main.',
    ]);
    expect((await errorOf(open({ revision: 'v9' }))).message).toMatch(/org\/tiny at v9/);
    const opened = await open();
    server.files.delete(WEIGHTS);
    expect((await errorOf(weightsOf(opened))).message).toBe('The server has no model.safetensors.');
    expect((await errorOf(open())).message).toBe('org/tiny has no model.safetensors.');
    expect(waits).toEqual([]);
  });

  test('429: waits as asked, in seconds or by date, then says so', async () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
    const limited = (headers: Record<string, string>): Trouble => ({
      kind: 'status',
      status: 429,
      headers,
    });
    trouble(
      '',
      limited({ 'retry-after': '3' }),
      limited({ date, 'retry-after': 'Sun, 06 Nov 1994 08:49:44 GMT' }),
    );
    await open();
    expect(waits).toEqual([3000, 7000]);
    trouble('', ...Array.from({ length: 9 }, () => limited({})));
    expect((await errorOf(open())).code).toBe('rate-limited');
    expect(waits.slice(2)).toEqual([1000, 2000, 4000, 8000]);
    trouble('', limited({ 'retry-after': '3600' }));
    expect((await errorOf(open())).message).toMatch(/asks for 3600 s/);
    expect(waits).toHaveLength(6);
  });

  test('500 is tried again, 400 is not', async () => {
    trouble(WEIGHTS, { kind: 'status', status: 500 }, { kind: 'status', status: 503 });
    expect(await weightsOf(await open())).toEqual(expected());
    expect(waits).toEqual([1000, 2000]);
    trouble('', { kind: 'status', status: 400 });
    expect((await errorOf(open())).code).toBe('network-failed');
    expect(waits).toHaveLength(2);
  });

  test('a server that is not there', async () => {
    await server.stop();
    const error = await errorOf(open());
    expect(error.code).toBe('network-failed');
    expect(error.message).toContain(new URL(endpoint).host);
    await server.start();
  });

  test('an answer that is no model', async () => {
    for (const listing of ['<html>', '[]', '{"sha":"x"}', '{"sha":"aaaaaaaa","siblings":[{}]}']) {
      server.listing = listing;
      expect((await errorOf(open())).code).toBe('data-invalid');
    }
    server.listing =
      '{"sha":"aaaaaaaa","siblings":[{"rfilename":"config.json"},{"rfilename":"model.safetensors"}]}';
    expect((await errorOf(open())).message).toMatch(/no size of config.json/);
  });

  test('bad names and addresses, a token over http', async () => {
    for (const repo of ['', '../x', 'a/b/c', 'a b', 'https://x.org/a']) {
      expect((await errorOf(open({ repo }))).code).toBe('invalid-argument');
    }
    const at = (address: string, token = 't') =>
      errorOf(openHubModel({ endpoint: address, repo: 'a/b', token }, fetch, cache, OPTIONS));
    expect((await at('ftp://x.org')).message).toMatch(/no web address/);
    expect((await at('nonsense')).message).toMatch(/no web address/);
    expect((await at('http://example.org')).message).toMatch(/not sent over http/);
    expect(server.requests).toEqual([]);
  });
});
