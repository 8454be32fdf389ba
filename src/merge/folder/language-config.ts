export type JsonObject = Readonly<Record<string, unknown>>;
type Changed = Record<string, unknown>;

/** Names under which models of more than text keep the configuration of their language model. */
const PARTS =
  /^(?:(?:text|llm|language|lm|thinker)_(?:config|cfg)|(?:language_model|text_model|decoder|llm)(?:_config|_cfg)?)$/;
const VOCABULARY_KEYS = ['vocab_size', 'padded_vocab_size', 'n_vocab'];
const LAYER_KEYS = ['num_hidden_layers', 'n_layer', 'num_layers', 'n_layers'];
const TYPE_KEYS = ['dtype', 'torch_dtype'];
const TIED_KEY = 'tie_word_embeddings';
const DEEPEST = 4;

/** A configuration and what in it describes the language model, from the outside to the inside. */
export function languageParts(config: JsonObject): readonly JsonObject[] {
  const parts = [config];
  for (let part = config; parts.length < DEEPEST;) {
    const inner = Object.entries(part).find(([key, value]) => PARTS.test(key) && isObject(value));
    if (inner === undefined) break;
    part = inner[1] as JsonObject;
    parts.push(part);
  }
  return parts;
}

/** What a configuration says of a size, by every part that says it. */
export interface SaidSize {
  readonly key: string;
  readonly value: unknown;
}

export function saidRows(config: JsonObject): readonly SaidSize[] {
  return saidAs(config, VOCABULARY_KEYS);
}

export function saidLayers(config: JsonObject): readonly SaidSize[] {
  return saidAs(config, LAYER_KEYS);
}

export function saidTypes(config: JsonObject): readonly SaidSize[] {
  return saidAs(config, TYPE_KEYS).filter(({ value }) => typeof value === 'string');
}

/** Whether a stack of so many layers is what a configuration says, layers that only predict aside. */
export function saysLayers(config: JsonObject, layers: number): boolean {
  const more = languageParts(config).map((part) => part['num_nextn_predict_layers']);
  const extra = more.findLast((value) => typeof value === 'number') ?? 0;
  return saidLayers(config).some(({ value }) => value === layers || value === layers - extra);
}

/** Whether the head is the embedding: the innermost part that says so. Null: none does. */
export function saysTied(config: JsonObject | null): boolean | null {
  const said = config === null ? [] : saidAs(config, [TIED_KEY]);
  const last = said.at(-1)?.value;
  return typeof last === 'boolean' ? last : null;
}

function saidAs(config: JsonObject, keys: readonly string[]): SaidSize[] {
  return languageParts(config).flatMap((part, depth) =>
    keys.flatMap((key) => {
      const value = part[key];
      const isSaid = value !== undefined && value !== null;
      return isSaid ? [{ key: depth === 0 ? key : `… ${key}`, value }] : [];
    }),
  );
}

/** The configuration with every part of the language model changed. */
export function changeLanguage(
  config: JsonObject,
  change: (part: Changed, place: { readonly isOuter: boolean; readonly isInner: boolean }) => void,
): JsonObject {
  const visit = (part: JsonObject, depth: number): JsonObject => {
    const changed: Changed = { ...part };
    const inner = Object.keys(part).find((key) => PARTS.test(key) && isObject(part[key]));
    const isInner = inner === undefined || depth + 1 === DEEPEST;
    if (!isInner) changed[inner] = visit(part[inner] as JsonObject, depth + 1);
    change(changed, { isOuter: depth === 0, isInner });
    return changed;
  };
  return visit(config, 0);
}

/**
 * Sets the rows of the embedding: wherever a part says them, and in the innermost one always, since
 * families have defaults for what is left out.
 */
export function withRows(config: JsonObject, rows: number): JsonObject {
  return changeLanguage(config, (part, { isInner }) => {
    setSize(part, VOCABULARY_KEYS, rows, isInner);
  });
}

/** Sets the number of layers, likewise; a list of their kinds is left to be derived. */
export function withLayers(config: JsonObject, layers: number): JsonObject {
  return changeLanguage(config, (part, { isInner }) => {
    setSize(part, LAYER_KEYS, layers, isInner);
    delete part['layer_types'];
  });
}

/** Says whether the head is the embedding, in every part. */
export function withTied(config: JsonObject, isTied: boolean): JsonObject {
  return changeLanguage(config, (part) => {
    part[TIED_KEY] = isTied;
  });
}

/** Sets the type of the weights: at the top always, deeper wherever it is said. */
export function withType(config: JsonObject, type: string): JsonObject {
  const visit = (part: JsonObject): Changed => {
    const changed: Changed = {};
    for (const [key, value] of Object.entries(part)) {
      const isType = TYPE_KEYS.includes(key) && (typeof value === 'string' || value === null);
      changed[key] = isType ? type : isObject(value) ? visit(value) : value;
    }
    return changed;
  };
  const changed = visit(config);
  if (!TYPE_KEYS.some((key) => key in changed)) changed['torch_dtype'] = type;
  return changed;
}

function setSize(part: Changed, keys: readonly string[], size: number, isNeeded: boolean): void {
  const said = keys.filter((key) => key in part);
  for (const key of said) part[key] = size;
  const [usual = ''] = keys;
  if (said.length === 0 && isNeeded) part[usual] = size;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
