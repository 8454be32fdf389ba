import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathParts, startServer, type LocalServer } from '../../scripts/server/local-server.ts';

let folder = '';
let server: LocalServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-server-'));
  for (const name of ['root', 'data', 'base', 'out']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'root', 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'root', '.hidden'), 'secret');
  writeFileSync(join(folder, 'data', 'ratings.csv'), 'a,b\n');
  writeFileSync(join(folder, 'base', 'config.json'), '{}');
  writeFileSync(join(folder, 'data', 'a: 100%.csv'), 'x\n');
  symlinkSync('./nowhere', join(folder, 'data', 'gone.csv'));
  symlinkSync('./round.csv', join(folder, 'data', 'round.csv'));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  server = await startServer({
    root: join(folder, 'root'),
    dataDir: join(folder, 'data'),
    baseDir: join(folder, 'base'),
    outDir: join(folder, 'out'),
    task: { executor: 'cpu' },
    compresses: true,
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** As the browser sends what the page itself asks for. */
function send(method: string, path: string, options: Sent = {}): Promise<Answer> {
  const origin = method === 'GET' || method === 'HEAD' ? {} : { origin: 'http://localhost' };
  const headers = { host: 'localhost', 'sec-fetch-site': 'same-origin', ...origin };
  const { path: prefix } = server;
  return sendRaw(method, `${prefix}${path.slice(1)}`, {
    ...options,
    headers: { ...headers, ...options.headers },
  });
}

/** Raw paths and headers: `fetch` would tidy `..` away and refuse to forge `Host`. */
function sendRaw(method: string, path: string, options: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = options.headers ?? {};
    const outgoing = request(
      { host: '127.0.0.1', port: server.port, method, path, headers },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => (text += chunk));
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, text, headers: incoming.headers });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

describe('files of the page', () => {
  const text = 'const answer = 42;\n'.repeat(200);
  const hashed = 'assets/index-B1q_pJXA.js';

  beforeAll(() => {
    mkdirSync(join(folder, 'root', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'root', hashed), text);
    writeFileSync(join(folder, 'root', 'plain.js'), text);
  });

  /** What the client reads, before any decoding. */
  function fetched(path: string, accepted: string): Promise<{ answer: Answer; bytes: Buffer }> {
    return new Promise((done, fail) => {
      const headers = {
        host: 'localhost',
        'sec-fetch-site': 'same-origin',
        'accept-encoding': accepted,
      };
      const { port, path: prefix } = server;
      const sent = request({ port, path: `${prefix}${path}`, headers }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => {
          const answer = { status: response.statusCode ?? 0, text: '', headers: response.headers };
          done({ answer, bytes: Buffer.concat(pieces) });
        });
      });
      sent.on('error', fail);
      sent.end();
    });
  }

  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
  ] as const)('are compressed for who accepts %s', async (accepted, encoding, decode) => {
    const { answer, bytes } = await fetched('plain.js', accepted);
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['content-length']).toBe(String(bytes.byteLength));
    expect(answer.headers['vary']).toBe('Accept-Encoding');
    expect(bytes.byteLength).toBeLessThan(text.length / 10);
    expect(decode(bytes).toString()).toBe(text);
  });

  it('come as they are to everyone else', async () => {
    const { answer, bytes } = await fetched('plain.js', 'identity');
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(bytes.toString()).toBe(text);
  });

  it('are kept by the client for ever where the name has a hash, and never elsewhere', async () => {
    const kept = await fetched(hashed, 'gzip');
    expect(kept.answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const { answer } = await fetched('plain.js', 'gzip');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('are compressed anew when they change', async () => {
    await fetched('plain.js', 'gzip');
    writeFileSync(join(folder, 'root', 'plain.js'), `${text}// more\n`);
    const { bytes } = await fetched('plain.js', 'gzip');
    expect(gunzipSync(bytes).toString()).toBe(`${text}// more\n`);
  });
});

describe('the local server', () => {
  it('lets the worker of downloads alone speak to other hosts', async () => {
    const connects = async (path: string) =>
      /connect-src ([^;]*)/.exec(
        String((await send('GET', path)).headers['content-security-policy']),
      )?.[1];
    expect(await connects('/')).toBe("'self'");
    expect(await connects('/assets/lab.worker-abc.js')).toBe("'self'");
    expect(await connects('/assets/hub.worker-a_b-C.js')).toMatch(/^'self' https: /);
  });

  it('serves the page with its policy and isolation headers', async () => {
    const answer = await send('GET', '/');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  it('lists and serves data files, and the task', async () => {
    expect(JSON.parse((await send('GET', '/__data/index.json')).text)).toEqual([
      { name: 'a: 100%.csv', size: 2 },
      { name: 'gone.csv', size: 0, problem: 'is a link to ./nowhere, which does not exist' },
      { name: 'ratings.csv', size: 4 },
      { name: 'round.csv', size: 0, problem: 'is a link that leads back to itself' },
    ]);
    expect((await send('GET', '/__data/file?name=ratings.csv')).text).toBe('a,b\n');
    expect((await send('GET', '/__data/file?name=a%3A%20100%25.csv')).text).toBe('x\n');
    expect((await send('GET', '/__data/file?name=other.csv')).status).toBe(404);
    expect((await send('GET', '/__data/file?name=..%2Fsecret.txt')).status).toBe(404);
    const gone = await send('GET', '/__data/file?name=gone.csv');
    expect(gone).toMatchObject({ status: 404, text: expect.stringContaining('nowhere') as string });
    expect((await send('GET', '/__base/file?name=config.json')).text).toBe('{}');
    expect((await send('GET', '/__base/file?name=ratings.csv')).status).toBe(404);
    expect((await send('GET', '/__run/task.json')).text).toBe('{"executor":"cpu"}');
  });

  it('writes files into the out folder, through a temporary one', async () => {
    const answer = await send('PUT', '/__out/checkpoints/a%20b/x.json', { body: '{}' });
    expect(answer.status).toBe(204);
    const path = join(folder, 'out', 'checkpoints', 'a b', 'x.json');
    expect(readFileSync(path, 'utf8')).toBe('{}');
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  it('takes a large file in pieces, and a torn one not at all', async () => {
    const path = join(folder, 'out', 'pieces.bin');
    const put = async (query: string, body: string) =>
      (await send('PUT', `/__out/pieces.bin${query}`, { body })).status;
    expect(await put('?at=0&more', 'ab')).toBe(204);
    expect(existsSync(path)).toBe(false);
    expect(await put('?at=3&more', 'x')).toBe(409);
    expect(await put('?at=2&more', 'cd')).toBe(204);
    expect(await put('?at=4', 'e')).toBe(204);
    expect(readFileSync(path, 'utf8')).toBe('abcde');
    expect(await put('?at=5', 'f')).toBe(409);
    // A new one begins anew, whatever an older one has left.
    expect(await put('?at=0&more', 'old')).toBe(204);
    expect(await put('?at=0', 'new')).toBe(204);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it.each([
    ['GET', '/../secret.txt'],
    ['GET', '/%2e%2e/secret.txt'],
    ['GET', '/..%2fsecret.txt'],
    ['GET', '/__data/../secret.txt'],
    ['GET', '/__data/%2e%2e%5csecret.txt'],
    ['GET', '/.hidden'],
    ['PUT', '/__out/../secret.txt'],
    ['PUT', '/__out/%2e%2e/secret.txt'],
    ['PUT', '/__out/.store/Default'],
    ['PUT', '/__out/%zz'],
    ['PUT', '/__out/'],
  ])('refuses %s %s', async (method, path) => {
    const answer = await send(method, path, method === 'PUT' ? { body: 'evil' } : {});
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('secret');
    expect(readFileSync(join(folder, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('writes through no link that leads out of the folder', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(folder, 'out', 'linked'));
    symlinkSync(join(outside, 'part'), join(folder, 'out', 'y.part'));
    const answer = await send('PUT', '/__out/linked/x', { body: 'evil' });
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('is a symbolic link: nothing is written there.');
    expect((await send('PUT', '/__out/y', { body: 'fine' })).status).toBe(204);
    expect(readFileSync(join(folder, 'out', 'y'), 'utf8')).toBe('fine');
    expect(readdirSync(outside)).toEqual([]);
  });

  it('writes nowhere else and for nobody else', async () => {
    expect((await send('PUT', '/index.html', { body: 'evil' })).status).toBe(405);
    expect((await send('DELETE', '/__out/x')).status).toBe(405);
    const foreign = { headers: { origin: 'https://evil.example' }, body: 'evil' };
    expect((await send('PUT', '/__out/x', foreign)).status).toBe(403);
    expect(existsSync(join(folder, 'out', 'x'))).toBe(false);
  });

  it('answers to local names only', async () => {
    expect((await send('GET', '/', { headers: { host: 'evil.example' } })).status).toBe(421);
    expect((await send('GET', '/', { headers: { host: 'mmgrid.localhost' } })).status).toBe(200);
  });

  it('answers under its token only, and never the same one', async () => {
    const headers = { host: 'localhost', 'sec-fetch-site': 'same-origin' };
    const wrong = `/${'0'.repeat(48)}`;
    for (const path of ['/', '/index.html', '/__run/task.json', `${wrong}/__run/task.json`]) {
      expect((await sendRaw('GET', path, { headers })).status, path).toBe(404);
    }
    const put = { headers: { ...headers, origin: 'http://localhost' }, body: 'evil' };
    expect((await sendRaw('PUT', `${wrong}/__out/x`, put)).status).toBe(404);
    expect(existsSync(join(folder, 'out', 'x'))).toBe(false);
    const other = await startServer({ root: folder, outDir: folder });
    expect(other.path).toMatch(/^\/[0-9a-f]{48}\/$/);
    expect(other.path).not.toBe(server.path);
    await other.close();
  });

  it.each<[string, Record<string, string>]>([
    ['without an origin', { origin: '' }],
    ['of another origin', { origin: 'http://evil.localhost' }],
    ['of another port', { origin: 'http://localhost:8080' }],
    ['of nobody', { origin: 'null' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['without a browser', { 'sec-fetch-site': '' }],
  ])('refuses to write %s', async (_, headers) => {
    expect((await send('PUT', '/__out/x', { headers, body: 'evil' })).status).toBe(403);
    expect(existsSync(join(folder, 'out', 'x'))).toBe(false);
  });

  it('reads files of the user for its own page only', async () => {
    const paths = ['/__run/task.json', '/__data/index.json', '/__data/file?name=ratings.csv'];
    for (const path of paths) {
      for (const site of ['cross-site', 'same-site', 'none', '']) {
        const answer = await send('GET', path, { headers: { 'sec-fetch-site': site } });
        expect(answer.status, `${path} ${site}`).toBe(403);
      }
      expect((await send('HEAD', path)).status).toBe(405);
    }
    expect((await send('GET', '/', { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
    expect((await send('GET', '/', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(
      403,
    );
  });

  it('writes by PUT alone', async () => {
    for (const method of ['HEAD', 'GET', 'POST', 'DELETE', 'PATCH']) {
      const answer = await send(method, '/__out/x', {
        headers: { origin: 'http://localhost' },
      });
      expect([method, answer.status, answer.headers['allow']]).toEqual([method, 405, 'PUT']);
    }
  });
});

describe('pathParts', () => {
  it('decodes segments and drops the query', () => {
    expect(pathParts('/a%20b//c.csv?x=../..')).toEqual(['a b', 'c.csv']);
  });
});
