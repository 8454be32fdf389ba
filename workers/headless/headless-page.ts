import { proxy, transfer } from 'comlink';
import { AppError } from '../../src/core/errors.ts';
import { startLab, type LabSession } from '../client.ts';
import { piecesOf, placed } from '../lab/export-pieces.ts';
import type { HeadlessBridge, HeadlessMessage, HeadlessTask } from './headless-messages.ts';
import { endedBy, runTask, type HeadlessHost } from './run-task.ts';

const bridge = globalThis as HeadlessBridge;

/** Tells are queued: the terminal sees them in the order in which they were sent. */
let told: Promise<void> = Promise.resolve();
function tell(message: HeadlessMessage): Promise<void> {
  told = told.then(() => bridge.mmgridTell?.(message));
  return told;
}

try {
  const task = await fetchJson<HeadlessTask>('__run/task.json');
  const session = await startLab();
  try {
    const stop = { isAsked: false };
    bridge.mmgridStop = () => {
      stop.isAsked = true;
      return session.lab.stop();
    };
    await runTask(task, pageHost(session), stop, tell);
  } finally {
    await session.close();
  }
} catch (error) {
  await tell(endedBy(error));
}

function pageHost({ lab, importer }: LabSession): HeadlessHost {
  return {
    name: navigator.userAgent,
    title: 'a browser',
    lab: {
      open: (choice) => lab.open(choice),
      openBase: (files, onProgress) =>
        onProgress === undefined ? lab.openBase(files) : lab.openBase(files, proxy(onProgress)),
      baseNeed: (files, document) => lab.baseNeed(files, document),
      inspect: (document, dataset, purpose) => lab.inspect(document, dataset, purpose),
      run: (document, dataset, port, limits) =>
        lab.run(document, dataset, transfer(port, [port]), limits),
      runData: (document, dataset) => lab.runData(document, dataset),
      exportPieces: (id) => piecesOf(lab, id),
      stop: () => lab.stop(),
    },
    importFiles: (source, files, onProgress) =>
      importer.importFiles(JSON.stringify(source), files, proxy(onProgress)),
    data: {
      list: () => fetchJson('__data/index.json'),
      read: (name) => fetchFile('__data', name),
    },
    base: {
      list: () => fetchJson('__base/index.json'),
      read: (name) => fetchFile('__base', name),
    },
    out: {
      writeFile: (path, content) => put(path, content),
      async writeFolder(folder, pieces) {
        for await (const { path, bytes, at, isLast } of placed(pieces)) {
          await put(`${folder}/${path}`, bytes, `?at=${String(at)}${isLast ? '' : '&more'}`);
        }
      },
    },
  };
}

async function fetchFile(folder: string, name: string): Promise<Blob> {
  return (await fetchOk(`${folder}/file?name=${encodeURIComponent(name)}`)).blob();
}

async function put(
  path: string,
  content: string | Uint8Array<ArrayBuffer>,
  query = '',
): Promise<void> {
  const url = `__out/${path.split('/').map(encodeURIComponent).join('/')}${query}`;
  const response = await fetch(url, { method: 'PUT', body: content });
  if (response.ok) return;
  throw new AppError('internal', `${path} could not be written (${await response.text()}).`, {
    hint: 'The finished cells are kept; free disk space or choose another folder with --out.',
  });
}

async function fetchJson<T>(path: string): Promise<T> {
  return (await (await fetchOk(path)).json()) as T;
}

async function fetchOk(path: string): Promise<Response> {
  const response = await fetch(path);
  if (response.ok) return response;
  throw new AppError('internal', `The local server answered ${response.status} for ${path}.`);
}
