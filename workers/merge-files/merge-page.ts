import { proxy } from 'comlink';
import { AppError, toAppError, type Fault } from '../../src/core/errors.ts';
import type { GivenModel } from './merge-files-api.ts';
import type { MergeBridge, MergeMessage, MergeTask } from './merge-messages.ts';
import { startMergeFiles, type MergeFilesSession } from './start-merge-files.ts';

/** The page of `npm run merge`: checks all recipes, then merges one after the other. */
const bridge = globalThis as MergeBridge;

let told: Promise<void> = Promise.resolve();
function tell(message: MergeMessage): Promise<void> {
  told = told.then(() => bridge.mmgridTell?.(message));
  return told;
}

let isStopped = false;

try {
  await runTask();
} catch (error) {
  const { code, message, hint, faults } = toAppError(error);
  await tell({ type: 'failed', error: { code, message, hint }, faults });
}

async function runTask(): Promise<void> {
  const task = (await (await fetchOk('__run/task.json')).json()) as MergeTask;
  const session = startMergeFiles();
  bridge.mmgridStop = () => {
    isStopped = true;
    return session.files.stop();
  };
  try {
    await tell({ type: 'session', report: await session.files.open(task.executor) });
    const checked = await checkAll(session, task);
    const isReady = checked.every((models) => models !== null);
    if (isReady && !task.isCheck) await mergeAll(session, task, checked);
    await tell({ type: 'ended', isStopped });
  } finally {
    session.close();
  }
}

/** Models of each recipe; null for a recipe with faults, which have been told. */
async function checkAll({ files }: MergeFilesSession, { recipes }: MergeTask) {
  const all: (readonly GivenModel[] | null)[] = [];
  for (const [recipe, text] of recipes.entries()) {
    const models = await attempt(recipe, async () => {
      const found = await findModels(recipe, await files.references(text));
      await tell({ type: 'checked', recipe, outlook: await files.check(text, found) });
      return found;
    });
    all.push(models);
  }
  return all;
}

async function mergeAll(
  { files }: MergeFilesSession,
  { recipes, options }: MergeTask,
  checked: readonly (readonly GivenModel[] | null)[],
): Promise<void> {
  for (const [recipe, text] of recipes.entries()) {
    if (isStopped) return;
    const started = performance.now();
    await attempt(recipe, async () => {
      const reports = await files.merge(
        text,
        checked[recipe] ?? [],
        { serverUrl: new URL(`__merge/${recipe}`, location.href).href },
        options,
        proxy((progress) => void tell({ type: 'progress', recipe, progress })),
      );
      const seconds = (performance.now() - started) / 1000;
      await tell({ type: 'merged', recipe, reports, seconds });
    });
  }
}

async function attempt<T>(recipe: number, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (thrown) {
    const { code, message, hint, faults } = toAppError(thrown);
    if (code === 'aborted' && isStopped) return null;
    await tell({ type: 'wrong', recipe, error: { code, message, hint }, faults });
    return null;
  }
}

/** As the server lists it. */
interface ListedFile {
  readonly name: string;
  readonly size: number;
  readonly problem?: string;
}

/** The files of all models of a recipe. @errors checkpoint-missing, naming all that are not there */
async function findModels(
  recipe: number,
  references: readonly string[],
): Promise<readonly GivenModel[]> {
  const found: GivenModel[] = [];
  const missing: Fault[] = [];
  for (const reference of references) {
    const files = await listFiles(recipe, reference);
    if (typeof files === 'string') missing.push({ place: reference, message: files });
    else found.push({ reference, files });
  }
  if (missing.length === 0) return found;
  throw new AppError('checkpoint-missing', missing.map(({ message }) => message).join(' '), {
    hint: 'Nothing was merged. Paths in a recipe are relative to its file.',
    faults: missing.map(({ place }) => ({ place, message: 'no such folder or file' })),
  });
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
