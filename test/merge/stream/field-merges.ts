import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { linear } from '../../support/models/field-model.ts';
import { merged } from './checkpoints.ts';

export const executor = createCpuExecutor();
export const LINEAR = linear(['a', 'b']);
export const run = (recipe: string, models: Parameters<typeof merged>[1]) =>
  merged(recipe, models, { executor });
export const notesOf = ({ reports }: Awaited<ReturnType<typeof merged>>) =>
  reports.flatMap(({ notes }) => notes).join('\n');
export const textOf = (files: ReadonlyMap<string, Uint8Array>, path: string) =>
  new TextDecoder().decode(files.get(path));
