import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { json, queryOf, refuse, refuseMethod } from './http-answers.ts';
import { listFolder } from './list-folder.ts';
import { pageFault, randomToken, readFault } from './page-access.ts';
import { receiveFile } from './receive-file.ts';
import { PageFiles, sendFile } from './send-file.ts';
import {
  contentSecurityPolicy,
  hubWorkerPolicy,
  isHubWorker,
  ISOLATION_HEADERS,
} from '../security-headers.ts';

export type Routes = (
  parts: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<boolean>;

export interface ServerOptions {
  /** Folder of the built page. */
  readonly root: string;
  /** Files offered read-only under `__data/file?name=…`, listed in `__data/index.json`. */
  readonly dataDir?: string | undefined;
  /** A checkpoint's files, likewise under `__base/`. */
  readonly baseDir?: string | undefined;
  /** Folder that `PUT __out/<path>` writes into. */
  readonly outDir?: string | undefined;
  /** Answers what it knows, before everything else; false leaves the request to the others. */
  readonly routes?: Routes | undefined;
  /** JSON answered to `__run/task.json`. */
  readonly task?: unknown;
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Sends the page's files compressed, as a careful host does; a run on this machine gains nothing. */
  readonly compresses?: boolean;
  /** Headers of every answer; the default is what a careful host sends. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Isolation, the Content-Security-Policy and their like. */
export const CAREFUL_HEADERS: Readonly<Record<string, string>> = {
  ...ISOLATION_HEADERS,
  'Content-Security-Policy': contentSecurityPolicy('header'),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export interface LocalServer {
  readonly port: number;
  /** Every path begins with it: `/`, or `/<token>/` where files of the user are within reach. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Serves the built page to this computer only, with the headers a careful host would send. A request
 * that names another host is refused, so that no web page can reach it by rebinding its name. A
 * server that reads or writes files of the user answers only under a random token.
 */
export async function startServer(options: ServerOptions): Promise<LocalServer> {
  const { dataDir, baseDir, outDir, routes } = options;
  const isPrivate = [dataDir, baseDir, outDir, routes].some((given) => given !== undefined);
  const token = isPrivate ? randomToken() : null;
  const page = new PageFiles(options.compresses ?? false);
  const server = createServer((request, response) => {
    answer(options, page, token, request, response).catch((error: unknown) => {
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
    path: token === null ? '/' : `/${token}/`,
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
  page: PageFiles,
  token: string | null,
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
  if (token !== null && parts.shift() !== token) {
    return refuse(response, 404, 'There is nothing here.');
  }
  if ((await options.routes?.(parts, request, response)) === true) return;
  const [first, ...rest] = parts;
  if (first === '__out' && options.outDir !== undefined) {
    return receiveFile(options.outDir, rest, request, response);
  }
  const isData = first === '__run' || first === '__data' || first === '__base';
  const methods = isData ? ['GET'] : ['GET', 'HEAD'];
  if (!methods.includes(request.method ?? '')) return refuseMethod(response, methods);
  const fault = token === null ? null : isData ? readFault(request) : pageFault(request);
  if (fault !== null) return refuse(response, 403, fault);
  if (first === '__run' && rest.join('/') === 'task.json')
    return json(response, options.task ?? null);
  if (first === '__data') return serveData(options.dataDir, rest, request, response);
  if (first === '__base') return serveData(options.baseDir, rest, request, response);
  if (isHubWorker(parts.at(-1) ?? '') && 'Content-Security-Policy' in headers) {
    response.setHeader('Content-Security-Policy', hubWorkerPolicy());
  }
  const path = parts.length === 0 ? ['index.html'] : parts;
  return page.send(join(options.root, ...path), request, response);
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

/** Files by their name in the query: a name may hold what a path may not, such as a colon. */
async function serveData(
  dataDir: string | undefined,
  rest: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const files = dataDir === undefined ? [] : await listFolder(dataDir);
  const route = rest.join('/');
  if (route === 'index.json') return json(response, files);
  const name = queryOf(request).get('name');
  const file = route === 'file' ? files.find((one) => one.name === name) : undefined;
  if (dataDir === undefined || file === undefined) {
    return refuse(response, 404, 'There is no such data file.');
  }
  if (file.problem !== undefined) return refuse(response, 404, `${file.name} ${file.problem}.`);
  return sendFile(join(dataDir, file.name), request, response);
}
