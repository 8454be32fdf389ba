import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const COMMIT = 'a'.repeat(40);

/** What the next request for a file meets; without one it is served as it should be. */
export type Trouble =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Closes the socket after so many bytes of the answer. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Answers 200 from the first byte, and may close the socket. */
  | { readonly kind: 'ignore-range'; readonly after?: number };

/** As the Hugging Face Hub answers: any page may ask. */
const OTHER_ORIGINS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, range',
  'access-control-expose-headers': 'etag, content-range, retry-after, x-error-code, x-linked-etag',
};

/** A hub with one model on a real socket, with redirects to a second path as file servers have. */
export class HubServer {
  readonly files = new Map<string, Buffer>();
  readonly requests: { readonly url: string; readonly range: string | null }[] = [];
  /** Troubles of a file, used up one by one. */
  readonly troubles = new Map<string, Trouble[]>();
  etag = '"v1"';
  lfs = true;
  linkedEtag = false;
  needsToken: string | null = null;
  listing: string | null = null;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.answer(request, response);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  ranges(name: string): (string | null)[] {
    return this.requests
      .filter(({ url }) => url.startsWith('/cdn/') && url.endsWith(`/${name}`))
      .map(({ range }) => range);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(OTHER_ORIGINS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const url = request.url ?? '';
    const range = request.headers.range ?? null;
    this.requests.push({ url, range });
    const token = request.headers.authorization;
    if (this.needsToken !== null && token !== `Bearer ${this.needsToken}`) {
      response.writeHead(token === undefined ? 401 : 403, { 'x-error-code': 'GatedRepo' }).end();
    } else if (url === '/api/models/org/tiny/revision/main?blobs=true') {
      const trouble = this.troubles.get('')?.shift();
      if (trouble?.kind === 'status') response.writeHead(trouble.status, trouble.headers).end();
      else response.end(this.listing ?? JSON.stringify(this.model()));
    } else if (url.startsWith(`/org/tiny/resolve/${COMMIT}/`)) {
      response.writeHead(302, { location: `/cdn/${url.split('/').at(-1) ?? ''}` }).end();
    } else if (url.startsWith('/cdn/')) {
      this.serve(url.slice('/cdn/'.length), range, response);
    } else response.writeHead(404).end('<html>');
  }

  private model() {
    const siblings = [...this.files].map(([rfilename, bytes]) => ({
      rfilename,
      size: bytes.length,
      ...(this.lfs && rfilename.endsWith('.safetensors') ? { lfs: { sha256: sha(bytes) } } : {}),
    }));
    return { id: 'org/tiny', sha: COMMIT, siblings };
  }

  private serve(name: string, range: string | null, response: ServerResponse): void {
    const bytes = this.files.get(name);
    if (bytes === undefined) return void response.writeHead(404).end();
    const trouble = this.troubles.get(name)?.shift();
    if (trouble?.kind === 'status') {
      return void response.writeHead(trouble.status, trouble.headers).end();
    }
    const start =
      trouble?.kind === 'ignore-range' ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start >= bytes.length && start > 0) return void response.writeHead(416).end();
    const body = bytes.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      etag: this.etag,
      'content-length': body.length,
      ...(this.linkedEtag ? { 'x-linked-etag': `"${sha(bytes)}"` } : {}),
      ...(start > 0
        ? {
            'content-range': `bytes ${String(start)}-${String(bytes.length - 1)}/${String(bytes.length)}`,
          }
        : {}),
    });
    const after = trouble?.after;
    if (after === undefined) return void response.end(body);
    response.write(body.subarray(0, after), () => {
      // Time for the bytes to arrive: a reset discards what the other side has not read.
      setTimeout(() => response.destroy(), 20);
    });
  }
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
