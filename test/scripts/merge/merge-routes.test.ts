import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type LocalServer } from '../../../scripts/server/local-server.ts';
import { readJobs } from '../../../scripts/merge/merge-job.ts';
import { mergeRoutes, servedJob, type ServedJob } from '../../../scripts/merge/merge-routes.ts';
import { PartFolder } from '../../../workers/merge-files/node/part-folder.ts';

const RECIPE = `
# The model ./secret is not for this merge, nor is org/step.
merge_method: linear
base_model: 'bob''s model'
models:
  - model: { model: { path: ./a } }
  - model: org/step
parameters: { weight: 0.5 }
---
name: org/step
merge_method: linear
models: [{ model: "a\\u0062" }]
parameters: { weight: 1 }
`;

let folder = '';
let out = '';
let server: LocalServer;
let served: ServedJob;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-routes-'));
  out = join(folder, 'out', 'soup');
  for (const name of ['a', "bob's model", 'ab', 'secret', 'out']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'model.safetensors'), `weights of ${name}`);
  }
  writeFileSync(join(folder, 'soup.yaml'), RECIPE);
  const options = { outDir: join(folder, 'out'), mayReplace: true, isCheck: false };
  const [job] = readJobs([join(folder, 'soup.yaml')], options);
  if (job === undefined) throw new Error('There is no job.');
  served = servedJob(job, new PartFolder(job.outDir, true));
  server = await startServer({ root: folder, routes: mergeRoutes([served]) });
});
afterEach(async () => {
  await server.close();
  await served.files.close();
  rmSync(folder, { recursive: true });
});

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const OWN = { host: 'localhost', 'sec-fetch-site': 'same-origin', origin: 'http://localhost' };

function send(method: string, path: string, { headers = {}, body }: Sent = {}) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port: server.port, method },
        path: `${server.path}__merge/0/${path}`,
        headers: { ...OWN, ...headers },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => (text += chunk));
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, text });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const filesOf = (model: string) => send('GET', `files?model=${encodeURIComponent(model)}`);

/** A result of one file, all but committed. */
async function written(text = 'new'): Promise<void> {
  expect(await send('POST', 'open?kind=result')).toMatchObject({ status: 200, text: '0' });
  expect((await send('POST', 'create?output=0&file=mergekit_config.yml')).status).toBe(204);
  const append = 'append?output=0&file=mergekit_config.yml&at=0';
  expect((await send('POST', append, { body: text })).status).toBe(204);
}

describe('models of a recipe', () => {
  it('are served by the names that the parsed recipe has for them', async () => {
    for (const [model, of] of [
      ["bob's model", "bob's model"],
      ['./a', 'a'],
      ['ab', 'ab'],
    ] as const) {
      const size = `weights of ${of}`.length;
      expect(JSON.parse((await filesOf(model)).text)).toEqual([
        { name: 'model.safetensors', size },
      ]);
      const path = `read?model=${encodeURIComponent(model)}&file=model.safetensors`;
      const bytes = await send('GET', path, { headers: { range: `bytes=0-${size - 1}` } });
      expect(bytes).toEqual({ status: 206, text: `weights of ${of}` });
    }
  });

  it.each(['/', '.', '..', './secret', 'secret', 'org/step', 'a', '', 'linear', '0.5'])(
    'are nothing else that stands in its text: %s',
    async (model) => {
      expect((await filesOf(model)).status).toBe(404);
      const path = `read?model=${encodeURIComponent(model)}&file=model.safetensors`;
      expect((await send('GET', path, { headers: { range: 'bytes=0-3' } })).status).toBe(404);
    },
  );

  it.each(['../secret/model.safetensors', '..', '.', '', 'x/../model.safetensors', '/etc/passwd'])(
    'give no file but their own: %s',
    async (file) => {
      const path = `read?model=.%2Fa&file=${encodeURIComponent(file)}`;
      expect((await send('GET', path, { headers: { range: 'bytes=0-3' } })).status).toBe(404);
    },
  );

  it('list links to nothing by name, and say so of a model that is one', async () => {
    symlinkSync('../blobs/123', join(folder, 'a', 'tokenizer.json'));
    expect(JSON.parse((await filesOf('./a')).text)).toEqual([
      { name: 'model.safetensors', size: 12 },
      {
        ...{ name: 'tokenizer.json', size: 0 },
        problem: 'is a link to ../blobs/123, which does not exist',
      },
    ]);
    rmSync(join(folder, 'ab'), { recursive: true });
    expect((await filesOf('ab')).text).toMatch(/^"ab" is no folder or file beside soup\.yaml/);
    symlinkSync('elsewhere', join(folder, 'ab'));
    expect(await filesOf('ab')).toEqual({
      status: 404,
      text: '"ab" is a link to elsewhere, which does not exist.',
    });
  });
});

describe('what another page or program may not do', () => {
  it.each(['HEAD', 'GET', 'PUT', 'DELETE', 'OPTIONS'])('commit by %s', async (method) => {
    await written();
    for (const headers of [
      {},
      { origin: 'http://evil.localhost', 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await send(method, 'commit?output=0', { headers })).status).toBe(405);
    }
    expect(existsSync(out)).toBe(false);
  });

  it.each<[string, Record<string, string>]>([
    ['without an origin', { origin: '' }],
    ['of another origin', { origin: 'http://evil.localhost' }],
    ['from another page, no-cors', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['without a browser', { 'sec-fetch-site': '' }],
  ])('write %s', async (_, headers) => {
    await written();
    for (const action of ['open', 'create', 'append', 'commit', 'discard']) {
      const answer = await send('POST', `${action}?output=0&file=x&at=0`, {
        headers,
        body: 'evil',
      });
      expect([action, answer.status]).toEqual([action, 403]);
    }
    expect(readdirSync(join(folder, 'out')).some((name) => name === 'soup')).toBe(false);
    expect((await send('POST', 'commit?output=0')).status).toBe(204);
    expect(readFileSync(join(out, 'mergekit_config.yml'), 'utf8')).toBe('new');
  });

  it.each(['cross-site', 'same-site', 'none', ''])('read a model (%s)', async (site) => {
    const headers = { 'sec-fetch-site': site, range: 'bytes=0-3' };
    const answer = await send('GET', 'read?model=.%2Fa&file=model.safetensors', { headers });
    expect(answer.status).toBe(403);
  });

  it('ask for anything else', async () => {
    for (const path of [
      'commit/x',
      'commit/0?output=0',
      'remove?output=0',
      '../1/commit?output=0',
    ]) {
      expect([400, 404]).toContain((await send('POST', path)).status);
    }
  });
});

describe('a result', () => {
  it('gets its name as a whole, and nothing is left beside it', async () => {
    await written('old');
    expect(existsSync(out)).toBe(false);
    expect((await send('POST', 'commit?output=0')).status).toBe(204);
    expect(readdirSync(join(folder, 'out'))).toEqual(['model.safetensors', 'soup']);
    expect((await send('POST', 'commit?output=0')).status).toBe(409);
    expect(readFileSync(join(out, 'mergekit_config.yml'), 'utf8')).toBe('old');
  });

  it('takes every byte once, in files of its own', async () => {
    await written('12');
    const append = (at: number, file = 'mergekit_config.yml') =>
      send('POST', `append?output=0&file=${file}&at=${at}`, { body: '3' });
    expect((await append(0)).status).toBe(409);
    expect((await append(2)).status).toBe(204);
    expect((await append(2)).status).toBe(409);
    expect((await append(0, 'other')).status).toBe(409);
    expect((await send('POST', 'create?output=0&file=mergekit_config.yml')).status).toBe(500);
    for (const file of ['..%2Fx', '.x', 'a%2Fb', 'C%3Ax', '']) {
      expect((await send('POST', `create?output=0&file=${file}`)).status).toBe(409);
    }
    const step = await send('POST', 'open?kind=step');
    expect((await send('POST', `commit?output=${step.text}`)).status).toBe(409);
    await send('POST', 'commit?output=0');
    expect(readFileSync(join(out, 'mergekit_config.yml'), 'utf8')).toBe('123');
  });
});

describe('a model that changes between the check and the result', () => {
  const path = 'read?model=.%2Fa&file=model.safetensors';
  const read = () => send('GET', path, { headers: { range: 'bytes=0-11' } });
  const file = () => join(folder, 'a', 'model.safetensors');

  it('stays the one that was checked where another gets its name', async () => {
    expect((await read()).text).toBe('weights of a');
    writeFileSync(join(folder, 'new'), 'WEIGHTS OF Z');
    renameSync(join(folder, 'new'), file());
    expect((await read()).text).toBe('weights of a');
    await written();
    expect((await send('POST', 'commit?output=0')).status).toBe(204);
  });

  it('is named where it was written to, and its result is not shown', async () => {
    await read();
    await written();
    writeFileSync(file(), 'WEIGHTS OF A');
    utimesSync(file(), 1, 1);
    const answer = await send('POST', 'commit?output=0');
    expect(answer.status).toBe(410);
    expect(JSON.parse(answer.text)).toEqual({
      code: 'data-missing',
      message: `${file()} was written to while it was read.`,
      hint: 'Merge again when it is complete. Nothing of the result is left.',
      faults: [{ place: file(), message: 'changed during the merge' }],
    });
    expect(existsSync(out)).toBe(false);
  });

  it('cannot be read any more where it became shorter', async () => {
    await read();
    writeFileSync(file(), 'we');
    expect((await read()).status).toBe(416);
  });
});
