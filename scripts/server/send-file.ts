import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { refuse } from './http-answers.ts';

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
const COMPRESSED: readonly string[] = ['.html', '.js', '.css', '.json', '.svg', '.webmanifest'];
/** Below, a header costs more than is saved. */
const MIN_BYTES = 1024;
/** What the build names after its content: `assets/index-B1q_pJXA.js`. */
const HASHED = /[\\/]assets[\\/][^\\/]+-[\w-]{8}\.\w+$/;

const ENCODERS = {
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes),
};
type Encoding = keyof typeof ENCODERS;

/** Of one server: the files of a page, compressed once. */
export class PageFiles {
  private readonly compresses: boolean;
  private readonly compressed = new Map<string, Promise<Buffer>>();

  constructor(compresses: boolean) {
    this.compresses = compresses;
  }

  /** A file of the built page: compressed where that is asked for and the client takes it, kept by it where its name has a hash. */
  async send(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const facts = await stat(path).catch(() => null);
    if (facts?.isFile() !== true) return refuse(response, 404, 'There is no such file.');
    if (HASHED.test(path)) {
      response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    }
    if (!this.compresses || !COMPRESSED.includes(extname(path)) || facts.size < MIN_BYTES) {
      return sendFile(path, request, response);
    }
    response.setHeader('Vary', 'Accept-Encoding');
    const encoding = encodingOf(request.headers['accept-encoding']);
    if (encoding === null) return sendFile(path, request, response);
    const key = `${encoding} ${String(facts.mtimeMs)} ${String(facts.size)} ${path}`;
    const made = this.compressed.get(key) ?? readFile(path).then(ENCODERS[encoding]);
    this.compressed.set(key, made);
    const body = await made;
    response.writeHead(200, {
      'Content-Type': typeOf(path),
      'Content-Encoding': encoding,
      'Content-Length': body.byteLength,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

/** Any file, as it is. */
export async function sendFile(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const facts = await stat(path).catch(() => null);
  if (facts?.isFile() !== true) return refuse(response, 404, 'There is no such file.');
  response.writeHead(200, { 'Content-Type': typeOf(path), 'Content-Length': facts.size });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

function typeOf(path: string): string {
  return TYPES[extname(path)] ?? 'application/octet-stream';
}

/** The smaller of those that are accepted; `q=0` refuses one (RFC 9110, 12.5.3). */
function encodingOf(accepted: string | string[] | undefined): Encoding | null {
  const offers = String(accepted ?? '')
    .split(',')
    .map((offer) => offer.trim().split(/\s*;\s*/))
    .filter(([, quality]) => quality === undefined || !/^q=0(\.0*)?$/.test(quality))
    .map(([name]) => name);
  return (['br', 'gzip'] as const).find((encoding) => offers.includes(encoding)) ?? null;
}
