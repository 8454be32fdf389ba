import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { refuseLinks } from '../../src/store/files/links.ts';
import { queryOf, refuse, refuseMethod } from './http-answers.ts';
import { writeFault } from './page-access.ts';

/**
 * Takes a file that the page writes: whole in one request, or in pieces, `?at=BYTES` so far and `&more`
 * until the last one. It grows beside its target and is renamed when it is complete, so that a torn
 * transfer never looks like a finished file.
 */
export async function receiveFile(
  outDir: string,
  parts: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'PUT') return refuseMethod(response, ['PUT']);
  const fault = writeFault(request);
  if (fault !== null) return refuse(response, 403, fault);
  if (parts.length === 0) return refuse(response, 400, 'A file name is missing.');
  const target = join(outDir, ...parts);
  refuseLinks(outDir, target);
  const partial = `${target}.part`;
  const query = queryOf(request);
  const at = Number(query.get('at') ?? '0');
  if (at > 0) {
    const facts = await stat(partial).catch(() => null);
    if (facts?.size !== at) return refuse(response, 409, 'A piece before this one is missing.');
  }
  try {
    await mkdir(dirname(target), { recursive: true });
    // What a killed run left, or a link, which a stream would follow.
    if (at === 0) await rm(partial, { force: true });
    await pipeline(request, createWriteStream(partial, { flags: at === 0 ? 'wx' : 'a' }));
    if (!query.has('more')) await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  response.writeHead(204);
  response.end();
}
