import { lstat, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, listFile, listFolder, reasonOf, type ListedFile } from '../server/list-folder.ts';
import type { MergeJob } from './merge-job.ts';

/** A file of a model, and where it lies. */
export interface ModelFile extends ListedFile {
  readonly path: string;
}

/** The files of a model that a recipe names: of a folder, or the one file; or why there are none. */
export async function listModel(
  job: MergeJob,
  reference: string,
): Promise<readonly ModelFile[] | string> {
  const path = job.models.get(reference);
  if (path === undefined) return missing(job, reference);
  const facts = await stat(path).catch(codeOf);
  if (typeof facts === 'string') {
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    );
    const problem = isThere ? (await listFile(path, basename(path)))?.problem : undefined;
    return problem === undefined ? missing(job, reference) : `"${reference}" ${problem}.`;
  }
  if (!facts.isDirectory()) {
    const file = await listFile(path, basename(path));
    return file === null ? `"${reference}" is neither a folder nor a file.` : [{ ...file, path }];
  }
  return listFolder(path).then(
    (files) => files.map((file) => ({ ...file, path: join(path, file.name) })),
    (error: unknown) => `"${reference}" ${reasonOf(codeOf(error))}.`,
  );
}

function missing({ recipePath }: MergeJob, model: string): string {
  const isHubName = /^[\w.-]+\/[\w.-]+(?:@[\w.-]+)?$/.test(model);
  const hub = isHubName
    ? ` If it is a model of a hub, download its folder first and give the folder's path.`
    : '';
  return `"${model}" is no folder or file beside ${basename(recipePath)}.${hub}`;
}
