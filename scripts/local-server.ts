import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  contentSecurityPolicy,
  hubWorkerPolicy,
  isHubWorker,
  ISOLATION_HEADERS,
} from './security-headers.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

export interface ServerOptions {
  /** Folder of the built page. */
  readonly root: string;
  /** Files offered read-only under `/__data/`, listed in `/__data/index.json`. */
  readonly dataDir?: string | undefined;
  /** A checkpoint's files, likewise under `/__base/`. */
  readonly baseDir?: string | undefined;
  /** Folder that `PUT /__out/<path>` writes into. */
  readonly outDir?: string | undefined;
  /** Answers what it knows, before everything else; false leaves the request to the others. */
  readonly routes?:
    | ((
        parts: readonly string[],
        request: IncomingMessage,
        response: ServerResponse,
      ) => Promise<boolean>)
    | undefined;
  /** JSON answered to `/__run/task.json`. */
  readonly task?: unknown;
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Headers of every answer; the default is what a careful host sends. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Isolation, the Content-Security-Policy and their like. */
export const CAREFUL_HEADERS: Readonly<Record<string, string>> = {
  ...ISOLATION_HEADERS,
  'Content-Security-Policy': contentSecurityPolicy('header'),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

export interface LocalServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the built page to this computer only, with the headers a careful host would send. A request
 * that names another host is refused, so that no web page can reach it by rebinding its name.
 */
export async function startServer(options: ServerOptions): Promise<LocalServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(options.port ?? 0, '127.0.0.1', done);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    port: address.port,
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = options.headers ?? CAREFUL_HEADERS;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Cache-Control', 'no-store');
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!/^(localhost|127\.0\.0\.1|[a-z0-9-]+\.localhost)$/.test(host)) {
    return refuse(response, 421, 'This server answers to localhost only.');
  }
  const parts = pathParts(request.url ?? '/');
  if (parts === null) return refuse(response, 400, 'The path is not allowed.');
  if ((await options.routes?.(parts, request, response)) === true) return;
  const [first, ...rest] = parts;
  if (request.method === 'PUT' && first === '__out' && options.outDir !== undefined) {
    return receive(options.outDir, rest, request, response);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(response, 405, 'Only reading is possible here.');
  }
  if (first === '__run' && rest.join('/') === 'task.json')
    return json(response, options.task ?? null);
  if (first === '__data') return serveData(options.dataDir, rest, request, response);
  if (first === '__base') return serveData(options.baseDir, rest, request, response);
  if (isHubWorker(parts.at(-1) ?? '') && 'Content-Security-Policy' in headers) {
    response.setHeader('Content-Security-Policy', hubWorkerPolicy());
  }
  const path = parts.length === 0 ? ['index.html'] : parts;
  return sendFile(join(options.root, ...path), request, response);
}

/**
 * The decoded segments of a URL path, or null when one could leave its folder or name a hidden file.
 * Dots are checked after decoding: `%2e%2e` is as good as `..`.
 */
export function pathParts(url: string): string[] | null {
  const parts: string[] = [];
  for (const raw of (url.split(/[?#]/)[0] ?? '').split('/').filter((part) => part !== '')) {
    let part: string;
    try {
      part = decodeURIComponent(raw);
    } catch {
      return null;
    }
    if (part.startsWith('.') || /[\\/:\u0000-\u001f]/.test(part)) return null;
    parts.push(part);
  }
  return parts;
}

async function serveData(
  dataDir: string | undefined,
  rest: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const files = dataDir === undefined ? [] : await dataFiles(dataDir);
  const name = rest.join('/');
  if (name === 'index.json') return json(response, files);
  if (dataDir === undefined || !files.some((file) => file.name === name)) {
    return refuse(response, 404, 'There is no such data file.');
  }
  return sendFile(join(dataDir, name), request, response);
}

/** The regular files directly in a data folder, by name. */
export async function dataFiles(dataDir: string): Promise<{ name: string; size: number }[]> {
  const names = (await readdir(dataDir)).filter((name) => !name.startsWith('.')).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, facts: await stat(join(dataDir, name)) })),
  );
  return files
    .filter(({ facts }) => facts.isFile())
    .map(({ name, facts }) => ({ name, size: facts.size }));
}

async function sendFile(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const facts = await stat(path).catch(() => null);
  if (facts?.isFile() !== true) return refuse(response, 404, 'There is no such file.');
  response.writeHead(200, {
    'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
    'Content-Length': facts.size,
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

/** Writes beside the target and renames, so that a torn transfer never looks like a finished file. */
async function receive(
  outDir: string,
  parts: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isFromPage(request)) return refuse(response, 403, 'Only the page itself may write.');
  if (parts.length === 0) return refuse(response, 400, 'A file name is missing.');
  const target = join(outDir, ...parts);
  const partial = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await pipeline(request, createWriteStream(partial));
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  response.writeHead(204);
  response.end();
}

/** False for what another page sends. */
export function isFromPage({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined || headers.origin === `http://${headers.host ?? ''}`;
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(message);
}
