/** Where a tensor stands in a stack of equal layers: the first number of its name is the layer. */
export interface LayerPlace {
  /** What precedes the number: `model.layers`. */
  readonly stack: string;
  readonly layer: number;
  /** What follows it. */
  readonly rest: string;
}

/** Layer of a tensor by its name; null for embeddings, final norm, head and the like. */
export function layerPlace(name: string): LayerPlace | null {
  const parts = name.split('.');
  const at = parts.findIndex((part) => /^\d{1,6}$/.test(part));
  if (at < 1 || at === parts.length - 1) return null;
  return {
    stack: parts.slice(0, at).join('.'),
    layer: Number(parts[at]),
    rest: parts.slice(at + 1).join('.'),
  };
}

/** Name of the tensor in another layer. */
export function inLayer(place: LayerPlace, layer: number): string {
  return `${place.stack}.${layer}.${place.rest}`;
}

/** Number of layers of each stack. */
export function stacksOf(names: Iterable<string>): ReadonlyMap<string, number> {
  const stacks = new Map<string, number>();
  for (const name of names) {
    const place = layerPlace(name);
    if (place === null) continue;
    stacks.set(place.stack, Math.max(stacks.get(place.stack) ?? 0, place.layer + 1));
  }
  return stacks;
}

/** Depth of a layer, 0…1; 1 for a single layer. */
export function depthOf(layer: number, layers: number): number {
  return layers > 1 ? layer / (layers - 1) : 1;
}

const INPUT_ROWS =
  /(?:^|\.)(?:embed_tokens|wte|tok_embeddings|word_embeddings|embed_in|shared)\.weight$/;
const OUTPUT_ROWS = /(?:^|\.)(?:lm_head|embed_out)\.weight$|^(?:model\.)?output\.weight$/;
const POSITIONS = /(?:^|\.)(?:wpe|embed_positions|position_embeddings)\.weight$/;

/** True for a matrix with one row a token: embeddings and heads, by the names of known programs. */
export function hasTokenRows(name: string): boolean {
  return INPUT_ROWS.test(name) || OUTPUT_ROWS.test(name);
}

const COMPUTED =
  /(?:^|\.)(?:rotary_emb|rotary_pos_emb|rotary)\.(?:inv_freq|original_inv_freq|cos_cached|sin_cached)$/;

/** True for what follows from the configuration: files of older programs hold it, newer ones do not. */
export function isComputed(name: string): boolean {
  return COMPUTED.test(name);
}

/** True for what comes before the first layer. */
export function isBeforeLayers(name: string): boolean {
  return INPUT_ROWS.test(name) || POSITIONS.test(name);
}

export function isHead(name: string): boolean {
  return OUTPUT_ROWS.test(name);
}

/** The matrix that a tied head shares. */
export function inputRows(names: Iterable<string>): string | null {
  for (const name of names) if (INPUT_ROWS.test(name)) return name;
  return null;
}
