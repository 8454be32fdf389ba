import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import type { ModelConfig } from '../config.ts';
import { INITIAL_DEVIATION } from '../init.ts';
import { bodyGroups, BODY_PREFIX, checkConfig, tableOf, type TensorShape } from '../layout.ts';
import type { ParameterTable } from '../trainable-model.ts';

/** A categorical side feature of items: "category". */
export interface SideFeature {
  readonly name: string;
  /** Values including 0, which stands for unknown. */
  readonly values: number;
}

/**
 * A transformer over behaviour sequences. Item, side features and segment of a position are
 * embedded and added up; the same parameters serve the generative and the discriminative stage.
 */
export interface BehaviourConfig {
  /** Rows of the item table including 0, which stands for unknown items and padding. */
  readonly items: number;
  readonly features: readonly SideFeature[];
  /** Numbers of a candidate that join at the click head. */
  readonly numeric: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly maxPositions: number;
}

export const ITEM_EMBEDDINGS = 'item_embeddings.weight';
export const SEGMENT_EMBEDDINGS = 'segment_embeddings.weight';
export const CLICK_HIDDEN = 'click_head.hidden.weight';
/** Of the constant 1 (the bias) and the candidate's numbers, zeros up to a multiple of 4. */
export const CLICK_NUMERIC = 'click_head.numeric.weight';
export const CLICK_OUTPUT = 'click_head.output.weight';
export const CLICK_BIAS = 'click_head.output.bias';
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

/** Names of the sparse parameters; the others are dense. */
export function sparseTensors(
  { features }: BehaviourConfig,
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

/** Columns of the click head's other inputs. */
export function numericWidth({ numeric }: BehaviourConfig): number {
  return Math.ceil((1 + numeric) / 4) * 4;
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
  const { items, features, width, layers } = config;
  const hidden = headWidthOf(config);
  const head: TensorShape[] = [
    { name: CLICK_HIDDEN, shape: [hidden, width] },
    { name: CLICK_NUMERIC, shape: [hidden, numericWidth(config)] },
    { name: CLICK_OUTPUT, shape: [hidden] },
    { name: CLICK_BIAS, shape: [1] },
  ];
  const alone = (tensors: readonly TensorShape[]) => tensors.map((tensor) => [tensor]);
  return tableOf([
    [{ name: ITEM_EMBEDDINGS, shape: [items, width] }],
    ...alone(
      features.map(({ name, values }) => ({ name: featureTable(name), shape: [values, width] })),
    ),
    [{ name: SEGMENT_EMBEDDINGS, shape: [SEGMENTS, width] }],
    ...bodyGroups(stackOf(config), BODY_PREFIX, layers),
    ...(hasClickHead ? alone(head) : []),
  ]);
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
    if (name !== CLICK_NUMERIC) continue;
    // Its first column is the bias of the hidden layer.
    const columns = numericWidth(config);
    for (let i = 0; i < size; i += columns) arena[offset + i] = 0;
  }
  return arena;
}

function checkBehaviour(config: BehaviourConfig): void {
  const { items, features, numeric, width, heads } = config;
  const problems: string[] = [];
  if (!Number.isInteger(items) || items < 2) problems.push('there must be at least one item');
  for (const { name, values } of features) {
    if (!Number.isInteger(values) || values < 1) problems.push(`feature "${name}" has no values`);
    if (!/^[a-z][a-z0-9_]*$/.test(name)) problems.push(`"${name}" is no name of a feature`);
  }
  if (new Set(features.map(({ name }) => name)).size < features.length) {
    problems.push('two features have the same name');
  }
  if (!Number.isInteger(numeric) || numeric < 0) problems.push(`${numeric} numbers of a candidate`);
  if (width % heads !== 0) problems.push(`width ${width} must be a multiple of heads ${heads}`);
  if (problems.length > 0) {
    throw new AppError('invalid-argument', `This model cannot run: ${problems.join('; ')}.`, {
      hint: 'Change the model section of the experiment.',
    });
  }
  checkConfig(stackOf(config));
}
