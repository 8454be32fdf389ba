import { noteLines } from '../../core/note-lines.ts';
import type { Fault } from '../../core/errors.ts';
import { readJsonSource, type ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE } from '../../io/import/model-folder.ts';
import type { OutputFolder } from '../../io/output-folder.ts';
import { printPythonJson } from '../../io/python-json.ts';
import { beyondMergekit } from '../recipe/mergekit-rules.ts';
import { printRecipe } from '../recipe/print-recipe.ts';
import { referencesOf } from '../recipe/recipe.ts';
import { TOKENIZER_FILE, type Checkpoint, type JsonObject } from './checkpoint.ts';
import type { MergePlan } from './plan-merge.ts';
import { resultConfig } from './result-config.ts';
import { resultTokenizer } from './result-tokenizer.ts';

const TOKENIZER_CONFIG = 'tokenizer_config.json';

/** What belongs to a model besides configuration and weights. Programs (.py) are not copied. */
const COPIED = [
  'generation_config.json',
  TOKENIZER_CONFIG,
  'special_tokens_map.json',
  'chat_template.jinja',
  'chat_template.json',
  'preprocessor_config.json',
];
/** Other forms of the vocabulary: copied only where it has not changed. */
const VOCABULARY = [
  TOKENIZER_FILE,
  'tokenizer.model',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'added_tokens.json',
];
const MAX_JSON_BYTES = 16 * 2 ** 20;
const COPY_BYTES = 4 * 2 ** 20;

/**
 * Writes everything but the weights: configuration, tokenizer, recipe and model card.
 * @param notes of the whole merge, for the model card
 */
export async function writeResultFiles(
  plan: MergePlan,
  inputs: ReadonlyMap<string, Checkpoint>,
  output: OutputFolder,
  notes: readonly Fault[],
): Promise<void> {
  const { vocabulary, primary, recipe } = plan;
  const writeText = async (path: string, text: string): Promise<void> => {
    const file = await output.create(path);
    await file.write(new TextEncoder().encode(text));
    await file.close();
  };
  const tokenizer = vocabulary === null ? null : await resultTokenizer(vocabulary, inputs);
  const files = inputs.get(vocabulary?.tokenizerOf ?? primary)?.files;
  const generation = inputs.get(primary)?.files.get('generation_config.json');
  for (const name of [...COPIED, ...(tokenizer === null ? VOCABULARY : [])]) {
    const source = name === 'generation_config.json' ? generation : files?.get(name);
    if (source === undefined) continue;
    const template = recipe.chatTemplate;
    if (name === TOKENIZER_CONFIG && template !== null && template !== 'auto') {
      const settings = await readJsonSource(source, MAX_JSON_BYTES);
      await writeText(name, jsonText({ ...settings, chat_template: template }));
    } else {
      await copyFile(source, name, output);
    }
  }
  if (tokenizer !== null) await writeText(TOKENIZER_FILE, jsonText(tokenizer));
  const config = resultConfig(plan);
  await writeText('mergekit_config.yml', printRecipe(recipe));
  await writeText('README.md', modelCard(plan, notes));
  if (config !== null) await writeText(CONFIG_FILE, jsonText(config));
}

async function copyFile(source: ByteSource, name: string, output: OutputFolder): Promise<void> {
  const file = await output.create(name);
  for (let start = 0; start < source.size; start += COPY_BYTES) {
    await file.write(await source.read(start, Math.min(source.size, start + COPY_BYTES)));
  }
  await file.close();
}

function jsonText(value: JsonObject): string {
  return `${printPythonJson(value)}\n`;
}

/** Markdown shows a note as it is, whatever characters names of tensors have. */
function listItem(note: string): string {
  return `- ${note.replace(/[\\`*_<>[\]]/g, '\\$&')}`;
}

function modelCard(plan: MergePlan, notes: readonly Fault[]): string {
  const { recipe, method } = plan;
  const models = referencesOf(recipe).map((name) => `- \`${name.replaceAll('`', "'")}\``);
  const beyond = beyondMergekit(recipe, method);
  return [
    '---',
    'library_name: transformers',
    'tags:',
    '- mergekit',
    '- merge',
    '---',
    '',
    '# Merged model',
    '',
    `Merged by **${method.title}** (\`${method.id}\`): ${method.summary}`,
    '',
    `Source of the method: ${method.source}.`,
    '',
    '## Models',
    '',
    ...models,
    '',
    ...(notes.length === 0 ? [] : ['## Notes', '', ...noteLines(notes).map(listItem), '']),
    '## Recipe',
    '',
    beyond.length === 0
      ? 'mergekit reads this recipe as it is.'
      : `mergekit does not read this recipe: ${beyond.join(' ')}`,
    '',
    '```yaml',
    printRecipe(recipe).replaceAll('```', "'''"),
    '```',
    '',
    `Merged in float32, tensor by tensor, with MMGrid Playground.`,
    '',
  ].join('\n');
}
