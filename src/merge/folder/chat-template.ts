import { readJsonSource, readTextSource, type ByteSource } from '../../io/byte-source.ts';
import type { Vocabulary } from '../align-vocabulary.ts';
import { CHAT_PRESETS } from './chat-presets.ts';
import { isObject, type JsonObject } from './language-config.ts';

export const TOKENIZER_CONFIG = 'tokenizer_config.json';
/** Files that win over the template in tokenizer_config.json, of tokenizers and of processors. */
export const TEMPLATE_FILE = 'chat_template.jinja';
export const PROCESSOR_TEMPLATE_FILE = 'chat_template.json';

const MAX_BYTES = 16 * 2 ** 20;
/** Shorter texts are no templates; the number is mergekit's. */
const LEAST_CHARS = 20;

/** The chat template that Transformers would take from a folder; null where it has none. */
export async function chatTemplateOf(
  files: ReadonlyMap<string, ByteSource>,
): Promise<string | null> {
  const own = files.get(TEMPLATE_FILE);
  if (own !== undefined) return readTextSource(own, MAX_BYTES);
  for (const name of [TOKENIZER_CONFIG, PROCESSOR_TEMPLATE_FILE]) {
    const file = files.get(name);
    if (file === undefined) continue;
    const template = templateIn((await readJsonSource(file, MAX_BYTES))['chat_template']);
    if (template !== null) return template;
  }
  return null;
}

/** A template, or the default of a list of named ones. */
function templateIn(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const found: unknown = value.find((one: unknown) => isObject(one) && one['name'] === 'default');
  return isObject(found) && typeof found['template'] === 'string' ? found['template'] : null;
}

export interface ChosenTemplate {
  /** Null: what the tokenizer has stays. */
  readonly template: string | null;
  readonly notes: readonly string[];
  readonly faults: readonly string[];
}

/**
 * What `chat_template` of a recipe means: a preset's name, a Jinja template, or `auto`, the most
 * common template of the models (of equally common ones the first).
 * @param templates of the models in order, with their names
 */
export function chooseTemplate(
  wanted: string,
  templates: readonly (readonly [string, string | null])[],
  vocabulary: Vocabulary | null,
): ChosenTemplate {
  if (wanted === 'auto') return mostCommon(templates);
  const preset = CHAT_PRESETS.get(wanted);
  if (preset !== undefined) {
    const missing = preset.markers.filter((token) => vocabulary?.has(token) === false);
    const what = `The tokenizer has no ${missing.join(', ')}: the marks of ${wanted} become pieces of text.`;
    return { template: preset.template, notes: missing.length > 0 ? [what] : [], faults: [] };
  }
  if (wanted.length >= LEAST_CHARS && wanted.includes('{')) {
    return { template: wanted, notes: [], faults: [] };
  }
  const known = ['auto', ...CHAT_PRESETS.keys()].join(', ');
  const fault = `"${wanted}" is neither a template (Jinja) nor one of ${known}.`;
  return { template: null, notes: [], faults: [fault] };
}

function mostCommon(templates: readonly (readonly [string, string | null])[]): ChosenTemplate {
  const owners = new Map<string, string[]>();
  for (const [model, template] of templates) {
    const text = template?.trim() ?? '';
    if (text !== '') owners.set(text, [...(owners.get(text) ?? []), model]);
  }
  const [first, ...others] = [...owners].sort(([, a], [, b]) => b.length - a.length);
  if (first === undefined) {
    return { template: null, notes: ['No model has a chat template: there is none.'], faults: [] };
  }
  const [template, models] = first;
  const count = `${String(models.length)} of ${String(templates.length)} models`;
  const note = `auto: the template of ${models.join(', ')} (${count}).`;
  return { template, notes: others.length > 0 ? [note] : [], faults: [] };
}

/** tokenizer_config.json with the template in place of whatever it had. */
export function withTemplate(settings: JsonObject, template: string): JsonObject {
  return { ...settings, chat_template: template };
}
