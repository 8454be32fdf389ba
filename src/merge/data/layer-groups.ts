import type { ParameterLayout } from '../../core/layout.ts';

/** What has a weight of its own for each model: a tensor, a block of the model, or all of it. */
export type LayerKind = 'tensor' | 'block' | 'model';

export interface LayerGroups {
  readonly names: readonly string[];
  /** Layer of each tensor, in the order of the layout. */
  readonly of: readonly number[];
}

/** Tensors outside of the blocks (embedding, final norm, head) are layers of their own. */
export function layerGroups(layout: ParameterLayout, kind: LayerKind): LayerGroups {
  const names: string[] = [];
  const of = layout.entries.map(({ name }) => {
    const block = /^.*\blayers\.\d+/.exec(name)?.[0] ?? name;
    const layer = kind === 'model' ? 'model' : kind === 'block' ? block : name;
    if (!names.includes(layer)) names.push(layer);
    return names.indexOf(layer);
  });
  return { names, of };
}
