import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathParts, startServer, type LocalServer } from '../../scripts/local-server.ts';

let folder = '';
let server: LocalServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-server-'));
  for (const name of ['root', 'data', 'base', 'out']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'root', 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'root', '.hidden'), 'secret');
  writeFileSync(join(folder, 'data', 'ratings.csv'), 'a,b\n');
  writeFileSync(join(folder, 'base', 'config.json'), '{}');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  server = await startServer({
    root: join(folder, 'root'),
    dataDir: join(folder, 'data'),
    baseDir: join(folder, 'base'),
    outDir: join(folder, 'out'),
    task: { executor: 'cpu' },
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

/** Raw paths and headers: `fetch` would tidy `..` away and refuse to forge `Host`. */
function send(
  method: string,
  path: string,
  options: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answer> {
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
      { name: 'ratings.csv', size: 4 },
    ]);
    expect((await send('GET', '/__data/ratings.csv')).text).toBe('a,b\n');
    expect((await send('GET', '/__data/other.csv')).status).toBe(404);
    expect((await send('GET', '/__base/config.json')).text).toBe('{}');
    expect((await send('GET', '/__base/ratings.csv')).status).toBe(404);
    expect((await send('GET', '/__run/task.json')).text).toBe('{"executor":"cpu"}');
  });

  it('writes files into the out folder, through a temporary one', async () => {
    const answer = await send('PUT', '/__out/checkpoints/a%20b/x.json', { body: '{}' });
    expect(answer.status).toBe(204);
    const path = join(folder, 'out', 'checkpoints', 'a b', 'x.json');
    expect(readFileSync(path, 'utf8')).toBe('{}');
    expect(existsSync(`${path}.part`)).toBe(false);
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
});

describe('pathParts', () => {
  it('decodes segments and drops the query', () => {
    expect(pathParts('/a%20b//c.csv?x=../..')).toEqual(['a b', 'c.csv']);
  });
});
