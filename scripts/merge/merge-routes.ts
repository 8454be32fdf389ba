import { createReadStream, fstatSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf, type ListedFile } from '../server/list-folder.ts';
import { json, queryOf, refuse, refuseMethod } from '../server/http-answers.ts';
import type { Routes } from '../server/local-server.ts';
import { readFault, writeFault } from '../server/page-access.ts';
import { AppError } from '../../src/core/errors.ts';
import { OpenFiles } from '../../workers/merge-files/node/open-files.ts';
import { OutputFault, type PartFolder } from '../../workers/merge-files/node/part-folder.ts';
import { CHANGED_STATUS } from '../../workers/merge-files/server-output.ts';
import { listModel } from './list-model.ts';
import type { MergeJob } from './merge-job.ts';

/** A recipe that is merged, and what its results are written through. */
export interface ServedJob {
  readonly job: MergeJob;
  readonly part: PartFolder;
  /** What the page has read of the models; whoever serves the job closes them. */
  readonly files: OpenFiles;
  /** Paths of these. */
  readonly read: Set<string>;
}

export function servedJob(job: MergeJob, part: PartFolder): ServedJob {
  return { job, part, files: new OpenFiles(), read: new Set() };
}

type Answer = (
  served: ServedJob,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void> | void;

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: Answer;
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['files', { method: 'GET', answer: answerList }],
  ['read', { method: 'GET', answer: readModel }],
  ['written', { method: 'GET', answer: readWritten }],
  ['open', { method: 'POST', answer: openOutput }],
  ['create', { method: 'POST', answer: create }],
  ['append', { method: 'POST', answer: append }],
  ['commit', { method: 'POST', answer: commit }],
  ['discard', { method: 'POST', answer: discard }],
]);

/**
 * Answers `__merge/<recipe>/<action>?…`: lists and reads the models that the recipe names, writes the
 * files of its results and gives the finished folder its name. Nothing else is read or written.
 */
export function mergeRoutes(served: readonly ServedJob[]): Routes {
  return async (parts, request, response) => {
    const [first, index = '', action = '', ...rest] = parts;
    if (first !== '__merge') return false;
    const job = /^\d{1,4}$/.test(index) ? served[Number(index)] : undefined;
    const route = rest.length === 0 ? ROUTES.get(action) : undefined;
    if (job === undefined || route === undefined) {
      refuse(response, 404, 'There is nothing here.');
      return true;
    }
    const { method, answer } = route;
    const fault = method === 'GET' ? readFault(request) : writeFault(request);
    if (request.method !== method) refuseMethod(response, [method]);
    else if (fault !== null) refuse(response, 403, fault);
    else await answerSafely(answer, job, request, response);
    return true;
  };
}

async function answerSafely(
  answer: Answer,
  served: ServedJob,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await answer(served, queryOf(request), request, response);
    if (!response.headersSent) response.writeHead(204).end();
  } catch (error) {
    if (response.headersSent) throw error;
    if (error instanceof AppError) return refuseChanged(response, error);
    const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error));
    const status = error instanceof OutputFault ? 409 : isFull ? 507 : 500;
    refuse(response, status, error instanceof Error ? error.message : String(error));
  }
}

/** With all that the page needs to say it itself. */
function refuseChanged(response: ServerResponse, { code, message, hint, faults }: AppError): void {
  response.writeHead(CHANGED_STATUS, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ code, message, hint, faults }));
}

async function answerList(
  { job }: ServedJob,
  query: URLSearchParams,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const listed = await listModel(job, query.get('model') ?? '');
  if (typeof listed === 'string') return refuse(response, 404, listed);
  // Where the files lie is not for the page.
  json(
    response,
    listed.map(({ path: _, ...file }): ListedFile => file),
  );
}

/**
 * Only a file that lies directly in a model of the recipe. It is opened once: one that is replaced
 * meanwhile stays the one that was checked.
 */
async function readModel(
  { job, files, read }: ServedJob,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = job.models.get(query.get('model') ?? '');
  const name = query.get('file') ?? '';
  const isName = name !== '' && name !== '..' && name !== '.' && name === basename(name);
  if (path === undefined || !isName) return refuse(response, 404, 'No such file.');
  const isFolder = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isFolder && name !== basename(path)) return refuse(response, 404, 'No such file.');
  const file = isFolder ? join(path, name) : path;
  // What is no file shall not be opened: a pipe would wait for whoever writes it.
  if (!read.has(file) && !(await isFile(file))) return refuse(response, 404, 'No such file.');
  const descriptor = await files.descriptor(file).catch(() => null);
  if (descriptor === null) return refuse(response, 404, 'No such file.');
  read.add(file);
  await sendRange(descriptor, request, response);
}

async function readWritten(
  { part }: ServedJob,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = part.pathOf(outputOf(query), fileOf(query));
  const file = path === null ? null : await open(path).catch(() => null);
  if (file === null) return refuse(response, 404, 'No such file.');
  try {
    await sendRange(file.fd, request, response);
  } finally {
    await file.close();
  }
}

function openOutput(
  { part }: ServedJob,
  query: URLSearchParams,
  _request: IncomingMessage,
  response: ServerResponse,
): void {
  json(response, part.open(query.get('kind') === 'result'));
}

function create({ part }: ServedJob, query: URLSearchParams): void {
  part.create(outputOf(query), fileOf(query));
}

function append(
  { part }: ServedJob,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<void> {
  return part.append(outputOf(query), fileOf(query), wholeOf(query, 'at'), request);
}

function commit({ part, files, read }: ServedJob, query: URLSearchParams): void {
  files.checkUnchanged(read);
  part.commit(outputOf(query));
}

function discard({ part }: ServedJob, query: URLSearchParams): void {
  part.discard(outputOf(query));
}

function outputOf(query: URLSearchParams): number {
  return wholeOf(query, 'output');
}

function wholeOf(query: URLSearchParams, key: string): number {
  const text = query.get(key) ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new OutputFault(`"${key}" is missing.`);
}

/** Names of files that a merge writes; a path would lead out of the result. */
function fileOf(query: URLSearchParams): string {
  const name = query.get('file') ?? '';
  if (/^\w[\w.-]*$/.test(name)) return name;
  throw new OutputFault(`"${name}" is no name of a file of a result.`);
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

async function sendRange(
  descriptor: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { size } = fstatSync(descriptor);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first);
  const end = Number(last);
  if (!(start <= end && end < size)) return refuse(response, 416, 'No such range.');
  response.writeHead(206, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    'Content-Range': `bytes ${start}-${end}/${size}`,
  });
  const bytes = createReadStream('', { fd: descriptor, start, end, autoClose: false });
  await pipeline(bytes, response);
}
