import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import type { ModelConfig } from '../transformer/config.ts';
import { INITIAL_DEVIATION } from '../transformer/init.ts';
import { bodyGroups, BODY_PREFIX, checkConfig } from '../transformer/layout.ts';
import { tableOf, type TensorShape } from '../graph/parameter-table.ts';
import type { ParameterTable } from '../graph/parameter-table.ts';
import {
  CLICK_BIAS,
  CLICK_NUMERIC,
  clearNumericBias,
  clickHeadProblems,
  clickHeadTensors,
  featureProblems,
  type ClickHeadConfig,
  type SideFeature,
} from './click-head-layout.ts';

/** The tables whose rows are added up at each position of a sequence. */
export interface BehaviourTables {
  /** Rows of the item table including 0, which stands for unknown items and padding. */
  readonly items: number;
  /** Side features of items: "category". */
  readonly features: readonly SideFeature[];
  readonly width: number;
}

/**
 * A transformer over behaviour sequences. Item, side features and segment of a position are
 * embedded and added up; the same parameters serve the generative and the discriminative stage.
 */
export interface BehaviourConfig extends BehaviourTables, ClickHeadConfig {
  readonly layers: number;
  readonly heads: number;
  readonly maxPositions: number;
  /**
   * What a position sees: itself and earlier ones (absent: this), or all real positions of its
   * sequence. The parameters are the same; only the click model can be bidirectional.
   */
  readonly attention?: 'causal' | 'bidirectional';
}

export const ITEM_EMBEDDINGS = 'item_embeddings.weight';
export const SEGMENT_EMBEDDINGS = 'segment_embeddings.weight';
/** Width of the click head's hidden layer in widths of the model. */
const HEAD_FACTOR = 4;
/** Segments: history and candidate. */
export const SEGMENTS = 2;

export function featureTable(name: string): string {
  return `feature_embeddings.${name}.weight`;
}

/**
 * What counts as sparse: the item table alone, as the official program counts and freezes it, or
 * the tables of all discrete features, as the paper defines it.
 */
export type SparseDefinition = 'items' | 'tables';

/**
 * Names of the sparse parameters; the others are dense. Tables of the moment belong to the head:
 * pretraining has none to transfer.
 */
export function sparseTensors(
  { features }: Pick<BehaviourTables, 'features'>,
  definition: SparseDefinition,
): readonly string[] {
  if (definition === 'items') return [ITEM_EMBEDDINGS];
  return [ITEM_EMBEDDINGS, ...features.map(({ name }) => featureTable(name)), SEGMENT_EMBEDDINGS];
}

/** ⌊2 · 4d / 3⌋ rounded up to a multiple of 32. */
export function feedForwardOf(width: number): number {
  return Math.ceil(Math.floor((8 * width) / 3) / 32) * 32;
}

/** The blocks as the transformer's code sees them. */
export function stackOf({
  items,
  width,
  layers,
  heads,
  maxPositions,
}: BehaviourConfig): ModelConfig {
  return {
    vocabSize: items,
    width,
    layers,
    heads,
    kvHeads: heads,
    headWidth: width / heads,
    feedForward: feedForwardOf(width),
    tied: true,
    qkNorm: false,
    normEps: 1e-5,
    ropeTheta: 10_000,
    maxPositions,
  };
}

export function isCausal({ attention = 'causal' }: BehaviourConfig): boolean {
  return attention === 'causal';
}

export function headWidthOf({ width }: BehaviourConfig): number {
  return HEAD_FACTOR * width;
}

/**
 * Tables, blocks and click head; without the head for generative pretraining.
 * @errors invalid-argument when the sizes cannot run on the kernels
 * @source GPSD, arXiv:2506.03699
 */
export function behaviourTable(config: BehaviourConfig, hasClickHead: boolean): ParameterTable {
  checkBehaviour(config);
  const { width, layers } = config;
  const head = clickHeadTensors(config, { inputs: width, hidden: headWidthOf(config) });
  const alone = (tensors: readonly TensorShape[]) => tensors.map((tensor) => [tensor]);
  return tableOf([
    ...alone(embeddingTensors(config)),
    ...bodyGroups(stackOf(config), BODY_PREFIX, layers),
    ...(hasClickHead ? alone(head) : []),
  ]);
}

/** The tables of a position: items, side features, segments. */
export function embeddingTensors({
  items,
  features,
  width,
}: BehaviourTables): readonly TensorShape[] {
  return [
    { name: ITEM_EMBEDDINGS, shape: [items, width] },
    ...features.map(({ name, values }) => ({ name: featureTable(name), shape: [values, width] })),
    { name: SEGMENT_EMBEDDINGS, shape: [SEGMENTS, width] },
  ];
}

/** Dense parameters of the blocks and the final norm: the size of GPSD's ladder. */
export function denseParameters(config: BehaviourConfig): number {
  return bodyGroups(stackOf(config), BODY_PREFIX, config.layers)
    .flat()
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Initial arena: N(0, 0.02²), norms 1, biases 0. */
export function initialBehaviour(
  config: BehaviourConfig,
  hasClickHead: boolean,
  seed: number,
): Float32Array<ArrayBuffer> {
  const { layout } = behaviourTable(config, hasClickHead);
  const arena = new Float32Array(layout.length);
  for (const { name, offset, size } of layout.entries) {
    if (name === CLICK_BIAS) continue;
    if (name.endsWith('norm.weight')) {
      arena.fill(1, offset, offset + size);
      continue;
    }
    const random = new RandomStream(seed, name);
    for (let i = 0; i < size; i++) arena[offset + i] = INITIAL_DEVIATION * random.nextNormal();
    if (name === CLICK_NUMERIC) clearNumericBias(arena.subarray(offset, offset + size), config);
  }
  return arena;
}

function checkBehaviour(config: BehaviourConfig): void {
  const { width, heads } = config;
  const problems = [...tableProblems(config), ...clickHeadProblems(config)];
  if (width % heads !== 0) problems.push(`width ${width} must be a multiple of heads ${heads}`);
  refuse(problems);
  checkConfig(stackOf(config));
}

/** What is wrong with the sizes of a position's tables, in words. */
export function tableProblems({ items, features }: BehaviourTables): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(items) || items < 2) problems.push('there must be at least one item');
  return [...problems, ...featureProblems(features)];
}

/** @errors invalid-argument when there are problems */
export function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new AppError('invalid-argument', `This model cannot run: ${problems.join('; ')}.`, {
    hint: 'Change the model section of the experiment.',
  });
}
