import { proxy } from 'comlink';
import { AppError } from '../../src/core/errors.ts';
import type { GivenModel } from './merge-files-api.ts';
import type { MergeBridge, MergeMessage, MergeTask } from './merge-messages.ts';
import { failedBy, runMergeTask, type MergeHost } from './run-merge-task.ts';
import { startMergeFiles, type MergeFilesSession } from './start-merge-files.ts';

/** The page of `npm run merge -- --host browser`: files come from and go to the local server. */
const bridge = globalThis as MergeBridge;

let told: Promise<void> = Promise.resolve();
function tell(message: MergeMessage): Promise<void> {
  told = told.then(() => bridge.mmgridTell?.(message));
  return told;
}

try {
  const task = (await (await fetchOk('__run/task.json')).json()) as MergeTask;
  const session = startMergeFiles();
  const stop = { isAsked: false };
  bridge.mmgridStop = () => {
    stop.isAsked = true;
    return session.files.stop();
  };
  try {
    await runMergeTask(task, pageHost(session), stop, tell);
  } finally {
    session.close();
  }
} catch (error) {
  await tell(failedBy(error));
}

function pageHost({ files }: MergeFilesSession): MergeHost {
  return {
    title: 'a browser',
    files: {
      open: (choice) => files.open(choice),
      references: (recipe) => files.references(recipe),
      check: (recipe, models) => files.check(recipe, models),
      merge: (recipe, models, output, options, onProgress) =>
        files.merge(recipe, models, output, options, proxy(onProgress)),
    },
    listModel: listFiles,
    output: (recipe) => ({ serverUrl: new URL(`__merge/${recipe}`, location.href).href }),
    now: () => performance.now(),
  };
}

/** As the server lists it. */
interface ListedFile {
  readonly name: string;
  readonly size: number;
  readonly problem?: string;
}

/** The files of a model, or why the server has none. */
async function listFiles(recipe: number, reference: string): Promise<GivenModel['files'] | string> {
  const query = `model=${encodeURIComponent(reference)}`;
  const url = `__merge/${recipe}/files?${query}`;
  const response = await fetch(url);
  if (response.status === 404) return response.text();
  if (!response.ok) throw new AppError('internal', `The local server answered ${response.status}.`);
  const listed = (await response.json()) as readonly ListedFile[];
  return listed.map(({ name, size, problem }) => {
    if (problem !== undefined) return { path: name, problem };
    const path = `__merge/${recipe}/read?${query}&file=${encodeURIComponent(name)}`;
    return { path: name, size, url: new URL(path, location.href).href };
  });
}

async function fetchOk(path: string): Promise<Response> {
  const response = await fetch(path);
  if (response.ok) return response;
  throw new AppError('internal', `The local server answered ${response.status} for ${path}.`);
}
