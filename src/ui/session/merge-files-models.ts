import type { GivenModel, MethodEntry } from '../../../workers/merge-files/merge-files-api.ts';
import type { FileAtPath } from '../state/events.ts';

/** The models among chosen files: every folder with weights, every weight file outside a folder. */
export function modelsOf(files: readonly FileAtPath[]): GivenModel[] {
  const folders = new Map<string, FileAtPath[]>();
  for (const file of files) {
    const parts = file.path.split('/');
    const folder = parts.slice(0, -1).join('/');
    const key = folder === '' && file.path.endsWith('.safetensors') ? file.path : folder;
    folders.set(key, [...(folders.get(key) ?? []), file]);
  }
  const models = [...folders].filter(([, own]) =>
    own.some(({ path }) => path.endsWith('.safetensors')),
  );
  return models.map(([folder, own]) => ({
    reference: folder.split('/').at(-1) ?? folder,
    files: own.map(({ path, file }) => ({ path, blob: file })),
  }));
}

/** Adds models; one with a name that is taken gets a number. */
export function withModels(
  known: readonly GivenModel[],
  added: readonly GivenModel[],
): readonly GivenModel[] {
  const models = [...known];
  for (const model of added) {
    let reference = model.reference;
    for (let count = 2; models.some((one) => one.reference === reference); count++) {
      reference = `${model.reference}-${count}`;
    }
    models.push({ ...model, reference });
  }
  return models;
}

/** A recipe to start from: the first model is the base where the method needs one. */
export function recipeFor(method: MethodEntry, references: readonly string[]): string {
  const [first] = references;
  const rest = method.needsBase ? references.slice(1) : references;
  const lines = [
    `merge_method: ${method.id}`,
    ...(method.needsBase && first !== undefined ? [`base_model: ${JSON.stringify(first)}`] : []),
    'models:',
    ...rest
      .slice(0, method.maxModels)
      .map((reference) => `  - model: ${JSON.stringify(reference)}`),
  ];
  const parameters = Object.entries(method.required);
  if (parameters.length > 0) lines.push('parameters:');
  for (const [name, value] of parameters) lines.push(`  ${name}: ${value}`);
  return `${lines.join('\n')}\n`;
}
