import { noteLines } from '../../../core/notes.ts';
import type { Fault } from '../../../core/errors.ts';
import { readJsonSource, type ByteSource } from '../../../io/byte-source.ts';
import { CONFIG_FILE } from '../../../io/import/model-folder.ts';
import type { OutputFolder } from '../../../io/output-folder.ts';
import { printPythonJson } from '../../../io/python-json.ts';
import { beyondMergekit } from '../../recipe/mergekit-rules.ts';
import { printRecipe } from '../../recipe/print-recipe.ts';
import { referencesOf } from '../../recipe/recipe.ts';
import {
  PROCESSOR_TEMPLATE_FILE,
  TEMPLATE_FILE,
  TOKENIZER_CONFIG,
  withTemplate,
} from '../../folder/chat-template.ts';
import type { JsonObject } from '../../folder/language-config.ts';
import { settingsFor } from '../../folder/tokenizer-settings.ts';
import { GENERATION_FILE, ROW_NAMES_FILE, type Checkpoint } from '../checkpoint.ts';
import { OTHER_FORMS, TOKENIZER_FILE } from '../tokens/open-tokenizer.ts';
import type { MergePlan } from '../plan-merge.ts';
import { resultConfig } from './result-config.ts';
import { resultTokenizer } from './result-tokenizer.ts';

/** What belongs to a model besides configuration and weights. Programs (.py) are not copied. */
const COPIED = [
  PROCESSOR_TEMPLATE_FILE,
  TEMPLATE_FILE,
  'preprocessor_config.json',
  'processor_config.json',
  'video_preprocessor_config.json',
  ROW_NAMES_FILE,
];
/** Files that name tokens. */
const SETTINGS = [TOKENIZER_CONFIG, 'special_tokens_map.json'];
/** Other forms of the vocabulary: copied only where it has not changed. */
const VOCABULARY = [TOKENIZER_FILE, ...OTHER_FORMS, 'merges.txt', 'added_tokens.json'];
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
  const { recipe, tokens, chatTemplate } = plan;
  const writeText = async (path: string, text: string): Promise<void> => {
    const file = await output.create(path);
    await file.write(new TextEncoder().encode(text));
    await file.close();
  };
  const writeJson = async (path: string, json: JsonObject | null): Promise<void> => {
    if (json !== null) await writeText(path, `${printPythonJson(json)}\n`);
  };
  const tokenizer = await resultTokenizer(plan, inputs);
  const files = inputs.get(tokens.tokenizerOf)?.files ?? new Map<string, ByteSource>();
  for (const name of [...COPIED, ...(tokenizer === null ? VOCABULARY : [])]) {
    const source = files.get(name);
    if (source === undefined) continue;
    // These win over tokenizer_config.json: an old template would hide the new one.
    if (chatTemplate !== null && name === TEMPLATE_FILE) await writeText(name, chatTemplate);
    else if (chatTemplate !== null && name === PROCESSOR_TEMPLATE_FILE) {
      await writeJson(name, { chat_template: chatTemplate });
    } else await copyFile(source, name, output);
  }
  for (const name of SETTINGS) {
    const source = files.get(name);
    const isConfig = name === TOKENIZER_CONFIG;
    const template = isConfig ? chatTemplate : null;
    if (source === undefined && template === null) continue;
    if (source !== undefined && template === null && tokenizer === null) {
      await copyFile(source, name, output);
      continue;
    }
    const given = source === undefined ? {} : await readJsonSource(source, MAX_JSON_BYTES);
    const settings =
      tokenizer === null ? given : settingsFor(given, tokens.vocabulary ?? new Map());
    await writeJson(name, template === null ? settings : withTemplate(settings, template));
  }
  await writeJson(TOKENIZER_FILE, tokenizer);
  await writeJson(GENERATION_FILE, tokens.generationConfig);
  await writeText('mergekit_config.yml', printRecipe(recipe));
  await writeText('README.md', modelCard(plan, notes));
  await writeJson(CONFIG_FILE, resultConfig(plan));
}

async function copyFile(source: ByteSource, name: string, output: OutputFolder): Promise<void> {
  const file = await output.create(name);
  for (let start = 0; start < source.size; start += COPY_BYTES) {
    await file.write(await source.read(start, Math.min(source.size, start + COPY_BYTES)));
  }
  await file.close();
}

/** Markdown shows a note as it is, whatever characters names of tensors have. */
function listItem(note: string): string {
  return `- ${note.replace(/\s+/g, ' ').replace(/[\\`*_<>[\]]/g, '\\$&')}`;
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
