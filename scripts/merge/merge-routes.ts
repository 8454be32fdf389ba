import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isFromPage, json, refuse } from '../local-server.ts';

/** One recipe file on the command line, and where its result goes. */
export interface MergeJob {
  readonly recipePath: string;
  readonly text: string;
  readonly outDir: string;
}

/** While a result is written it lies beside its place, under a name that says so. */
export function partialFolder({ outDir }: MergeJob): string {
  return `${outDir}.part`;
}

/**
 * Answers `/__merge/<recipe>/…`: lists and reads the models that the recipe names (relative to its
 * file), appends to result files and gives the finished folder its name.
 */
export function mergeRoutes(jobs: readonly MergeJob[]) {
  return async (
    parts: readonly string[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> => {
    const [first, index, action, folder, file] = parts;
    const job = first === '__merge' ? jobs[Number(index)] : undefined;
    if (job === undefined) return false;
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const model = query.get('model') ?? '';
    if (request.method === 'GET') {
      if (action === 'files') await listModel(job, model, response);
      else if (action === 'read') {
        await sendRange(modelFile(job, model, query.get('file') ?? ''), request, response);
      } else if (action === 'written' && folder !== undefined && file !== undefined) {
        await sendRange(join(partialFolder(job), folder, file), request, response);
      } else refuse(response, 404, 'There is nothing here.');
      return true;
    }
    if (!isFromPage(request)) refuse(response, 403, 'Only the page itself may write.');
    else if (folder === undefined) refuse(response, 400, 'A folder is missing.');
    else await write(job, { action, folder, file }, request, response);
    return true;
  };
}

async function write(
  job: MergeJob,
  {
    action,
    folder,
    file,
  }: { action: string | undefined; folder: string; file: string | undefined },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = join(partialFolder(job), folder);
  if (action === 'append' && file !== undefined) {
    await mkdir(target, { recursive: true });
    await pipeline(request, createWriteStream(join(target, file), { flags: 'a' }));
  } else if (action === 'commit') {
    await rm(job.outDir, { recursive: true, force: true });
    await rename(target, job.outDir);
    await rm(partialFolder(job), { recursive: true, force: true });
  } else if (action === 'discard') {
    await rm(target, { recursive: true, force: true });
  } else {
    return refuse(response, 404, 'There is nothing here.');
  }
  response.writeHead(204);
  response.end();
}

/** A model's path; only what the recipe itself names is offered. */
function modelPath(job: MergeJob, model: string): string | null {
  if (model === '' || !job.text.includes(model)) return null;
  return resolve(dirname(job.recipePath), model);
}

function modelFile(job: MergeJob, model: string, name: string): string | null {
  const path = modelPath(job, model);
  if (path === null || name !== basename(name) || name === '..') return null;
  return path.endsWith('.safetensors') ? path : join(path, name);
}

async function listModel(job: MergeJob, model: string, response: ServerResponse): Promise<void> {
  const path = modelPath(job, model);
  const facts = path === null ? null : await stat(path).catch(() => null);
  if (path === null || facts === null) return refuse(response, 404, missing(job, model));
  if (facts.isFile()) return json(response, [{ name: basename(path), size: facts.size }]);
  const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, facts: await stat(join(path, name)) })),
  );
  json(
    response,
    files.flatMap((file) =>
      file.facts.isFile() ? [{ name: file.name, size: file.facts.size }] : [],
    ),
  );
}

function missing({ recipePath }: MergeJob, model: string): string {
  const isHubName = /^[\w.-]+\/[\w.-]+(?:@[\w.-]+)?$/.test(model);
  const hub = isHubName
    ? ` If it is a model of a hub, download its folder first and give the folder's path.`
    : '';
  return `"${model}" is no folder or file beside ${basename(recipePath)}.${hub}`;
}

async function sendRange(
  path: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const facts = path === null ? null : await stat(path).catch(() => null);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first);
  const end = Number(last);
  if (path === null || facts?.isFile() !== true) return refuse(response, 404, 'No such file.');
  if (!(start <= end && end < facts.size)) return refuse(response, 416, 'No such range.');
  response.writeHead(206, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    'Content-Range': `bytes ${start}-${end}/${facts.size}`,
  });
  await pipeline(createReadStream(path, { start, end }), response);
}
