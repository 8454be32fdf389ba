import closeWgsl from '../../../shaders/close-samples.wgsl?raw';
import shareWgsl from '../../../shaders/close-share.wgsl?raw';
import maskWgsl from '../../../shaders/mask-by-item.wgsl?raw';
import { f32, perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { HYPER, RING_SLOTS } from './optimizer.ts';

/** Counts are whole numbers, up to 2^24 without any rounding; their share is two products. */
export const CLOSE_SHARE_TOLERANCE: Tolerance = { absolute: 0, relative: 4e-7 };

/** Above this share of close samples a mask by closeness leaves too few to learn from. */
export const MOST_CLOSE = 0.5;

/**
 * Which samples do not compete with a row's target: those that are almost it (`cosine`), those that
 * are it (`item`), or the former, and the latter in steps where more than half of all samples are
 * close (`auto`).
 */
export type NegativeMask = 'cosine' | 'item' | 'auto';

export interface CloseOperands {
  /** i32[N], -100 = not scored. */
  readonly targets: Operand;
  readonly hyper: Operand;
  /** u32[N + S]: items of the targets, then of the samples. */
  readonly items: Operand;
  /** f32[RING_SLOTS]: the share of each step; absent: nobody reads it. */
  readonly ring?: Operand | undefined;
}

export interface CloseSizes {
  readonly rows: number;
  readonly samples: number;
  readonly threshold: number;
  readonly mask: NegativeMask;
}

/**
 * Measures how close samples lie to the targets, and masks by item where the mask says so: the
 * cosines of a step become 2 for the target's own item and -2 for all others.
 *   share = Σ_n Σ_j [similar[n, j] > threshold] / (scored rows · S)
 * What training needs to know: where nearly all vectors are parallel a mask by closeness leaves
 * nothing that competes, and so neither a loss nor a gradient.
 * @shape   similar f32[N, S], overwritten or left; ring f32[RING_SLOTS] at hyper's slot
 * @grad    none: a mask is a choice
 * @limits  N · S below 2^24, above which the share is rounded
 * @errors  none
 * @numeric |share - f64| <= 4e-7 share
 */
export function closeSamples(
  graph: Graph,
  similar: Value,
  { targets, hyper, items, ring }: CloseOperands,
  { rows, samples, threshold, mask }: CloseSizes,
): void {
  const counts = graph.value('close samples', rows);
  const share = graph.value('share of close samples', 1);
  graph.emit(CLOSE, { counts, similar, targets }, { rows, samples, threshold });
  const out = ring ?? graph.value('unread shares', RING_SLOTS);
  graph.emit(SHARE, { share, ring: out, counts, hyper }, { rows, samples });
  if (mask === 'cosine') return;
  const bound = mask === 'item' ? -1 : MOST_CLOSE;
  graph.emit(BY_ITEM, { similar, share, items }, { rows, samples, bound });
}

const CLOSE = defineKernel({
  name: 'close_samples',
  wgsl: closeWgsl,
  entry: 'close_samples',
  bindings: [
    ...write('counts'),
    ...read('similar'),
    { name: 'targets', type: 'i32', access: 'read' },
  ],
  uniforms: [...u32('rows', 'samples'), ...f32('threshold')],
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    const { counts, similar, targets } = buffers as Record<
      'counts' | 'similar' | 'targets',
      TwinArray
    >;
    const samples = uniform(uniforms, 'samples');
    const threshold = uniform(uniforms, 'threshold');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      let count = 0;
      for (let j = 0; targets[row]! >= 0 && j < samples; j++) {
        if (similar[row * samples + j]! > threshold) count++;
      }
      counts[row] = count;
    }
  },
});

const SHARE = defineKernel({
  name: 'close_share',
  wgsl: shareWgsl,
  entry: 'close_share',
  bindings: [...write('share', 'ring'), ...read('counts', 'hyper')],
  uniforms: u32('rows', 'samples'),
  groups: () => [1, 1, 1],
  twin: (buffers, uniforms) => {
    type Names = 'share' | 'ring' | 'counts' | 'hyper';
    const { share, ring, counts, hyper } = buffers as Record<Names, TwinArray>;
    let sum = 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) sum += counts[row]!;
    share[0] = (sum * hyper[HYPER.lossScale]!) / uniform(uniforms, 'samples');
    ring[hyper[HYPER.ringSlot]!] = share[0];
  },
});

const BY_ITEM = defineKernel({
  name: 'mask_by_item',
  wgsl: maskWgsl,
  entry: 'mask_by_item',
  bindings: [...write('similar'), ...read('share'), ...readU32('items')],
  uniforms: [...u32('rows', 'samples'), ...f32('bound')],
  groups: perThread((uniforms) => uniform(uniforms, 'rows') * uniform(uniforms, 'samples')),
  twin: (buffers, uniforms) => {
    const { similar, share, items } = buffers as Record<'similar' | 'share' | 'items', TwinArray>;
    const rows = uniform(uniforms, 'rows');
    const samples = uniform(uniforms, 'samples');
    if (!(share[0]! > uniform(uniforms, 'bound'))) return;
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < samples; j++) {
        similar[row * samples + j] = items[row] === items[rows + j] ? 2 : -2;
      }
    }
  },
});

export const CLOSE_SAMPLES_KERNELS = [CLOSE, SHARE, BY_ITEM];
