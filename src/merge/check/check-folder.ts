import { toAppError, type Fault } from '../../core/errors.ts';
import {
  tokenizerVocabulary,
  type TokenizerVocabulary,
} from '../../io/bpe/tokenizer-vocabulary.ts';
import { readJsonSource, type ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE } from '../../io/import/model-folder.ts';
import { GENERATION_FILE, openCheckpoint, type Checkpoint } from '../stream/checkpoint.ts';
import { MAX_TOKENIZER_BYTES, TOKENIZER_FILE } from '../stream/tokens/open-tokenizer.ts';
import { PlannedFaults } from '../stream/planned-faults.ts';
import { TOKENIZER_CONFIG } from '../folder/chat-template.ts';
import { checkHead, checkLayers, checkTables, checkTypes } from './check-sizes.ts';
import { checkIds, checkNames, checkTokenizer } from './check-tokens.ts';
import { isObject, type JsonObject } from '../folder/language-config.ts';

/** What was found in a folder, and everything in it that does not agree. */
export interface FolderCheck {
  readonly tensors: number;
  readonly sizeBytes: number;
  readonly tokens: number | null;
  /** Rows of the embedding. */
  readonly rows: number | null;
  /** False: weights alone, whose sizes nothing states. */
  readonly hasConfig: boolean;
  readonly faults: readonly Fault[];
}

/**
 * Checks a model's folder against itself: weights, config.json, tokenizer and generation settings
 * have to agree on rows, layers, types, token numbers and on whether the head is the embedding.
 * Only headers and settings are read. Folders without a config.json are weights alone.
 * @param files of one folder
 * @errors none: whatever cannot be opened is a fault
 */
export async function checkFolder(files: readonly ByteSource[]): Promise<FolderCheck> {
  const faults = new PlannedFaults();
  const attempt = async <T>(action: () => Promise<T>): Promise<T | null> => {
    try {
      return await action();
    } catch (error) {
      const { message, hint, faults: own } = toAppError(error);
      faults.add('model', `${message} ${hint}`.trim());
      for (const { place, message: what } of own) {
        if (!message.includes(what)) faults.add(place, what);
      }
      return null;
    }
  };
  const model = await attempt(() => openCheckpoint('model', files));
  if (model === null) {
    const nothing = { tensors: 0, sizeBytes: 0, tokens: null, rows: null, hasConfig: false };
    return { ...nothing, faults: faults.list() };
  }
  const { config, tensors } = model;
  const rows = config === null ? null : checkTables(tensors, config, faults);
  if (config !== null) {
    checkHead(model, config, faults);
    checkLayers(tensors, config, faults);
    checkTypes(tensors, config, faults);
  }
  const vocabulary = await attempt(() => checkTokenizerFiles(model, rows, faults));
  const texts = vocabulary === null ? null : new Set(vocabulary.ids.values());
  const settings = { [CONFIG_FILE]: config, [GENERATION_FILE]: model.generationConfig };
  for (const [file, json] of Object.entries(settings)) {
    if (json !== null) checkIds(file, json, { rows, texts }, faults);
  }
  const sizes = [...tensors.values()].map(({ sizeBytes }) => sizeBytes);
  return {
    tensors: tensors.size,
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    ...{
      tokens: vocabulary?.ids.size ?? null,
      rows,
      hasConfig: config !== null,
      faults: faults.list(),
    },
  };
}

async function checkTokenizerFiles(
  { files }: Checkpoint,
  rows: number | null,
  faults: PlannedFaults,
): Promise<TokenizerVocabulary | null> {
  const json = async (name: string): Promise<JsonObject | null> => {
    const file = files.get(name);
    return file === undefined ? null : readJsonSource(file, MAX_TOKENIZER_BYTES);
  };
  const tokenizer = await json(TOKENIZER_FILE);
  if (tokenizer === null) return null;
  const vocabulary = tokenizerVocabulary(tokenizer);
  checkTokenizer(tokenizer, vocabulary, rows, faults);
  for (const name of [TOKENIZER_CONFIG, 'special_tokens_map.json']) {
    const settings = await json(name);
    if (isObject(settings)) checkNames(name, settings, vocabulary, faults);
  }
  return vocabulary;
}
