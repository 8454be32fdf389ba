import { RandomStream } from '../../core/rng.ts';
import {
  embeddingTensors,
  refuse,
  tableProblems,
  type BehaviourTables,
} from '../behaviour-model/behaviour-layout.ts';
import {
  CLICK_BIAS,
  CLICK_NUMERIC,
  clickHeadProblems,
  clearNumericBias,
  clickHeadTensors,
  momentTable,
  type ClickHeadConfig,
} from '../behaviour-model/click-head-layout.ts';
import { INITIAL_DEVIATION } from '../transformer/init.ts';
import { tableOf } from '../graph/parameter-table.ts';
import type { ParameterTable } from '../graph/parameter-table.ts';

/**
 * A Deep Interest Network on the tables of a behaviour model: the same tensors by the same names,
 * so that `sparseTensors` of either names what the other can take over.
 */
export interface DinConfig extends BehaviourTables, ClickHeadConfig {
  /** Hidden layer of the activation unit, 36 in the paper; divisible by 4. */
  readonly activationWidth: number;
  /** Hidden layer of the head; divisible by 4. */
  readonly headWidth: number;
}

export const ACTIVATION_HIDDEN = 'activation_unit.hidden.weight';
export const ACTIVATION_HIDDEN_BIAS = 'activation_unit.hidden.bias';
export const ACTIVATION_OUTPUT = 'activation_unit.output.weight';
export const ACTIVATION_OUTPUT_BIAS = 'activation_unit.output.bias';

/** Columns of [a, b, a ∘ b]. */
export function pairWidth({ width }: BehaviourTables): number {
  return 3 * width;
}

/** Tables, activation unit and click head. @errors invalid-argument for sizes that cannot run */
export function dinTable(config: DinConfig): ParameterTable {
  checkDin(config);
  const { activationWidth, headWidth } = config;
  const inputs = pairWidth(config);
  const tensors = [
    ...embeddingTensors(config),
    { name: ACTIVATION_HIDDEN, shape: [activationWidth, inputs] },
    { name: ACTIVATION_HIDDEN_BIAS, shape: [activationWidth] },
    { name: ACTIVATION_OUTPUT, shape: [activationWidth] },
    { name: ACTIVATION_OUTPUT_BIAS, shape: [1] },
    ...clickHeadTensors(config, { inputs, hidden: headWidth }),
  ];
  return tableOf(tensors.map((tensor) => [tensor]));
}

/**
 * Initial arena: tables N(0, 0.02²) as in the behaviour model, layers N(0, 1 / inputs), biases 0.
 */
export function initialDin(config: DinConfig, seed: number): Float32Array<ArrayBuffer> {
  const { layout } = dinTable(config);
  const arena = new Float32Array(layout.length);
  const biases = [ACTIVATION_HIDDEN_BIAS, ACTIVATION_OUTPUT_BIAS, CLICK_BIAS];
  const tables = embeddingTensors(config).map(({ name }) => name);
  const moments = (config.moments ?? []).map(({ name }) => momentTable(name));
  for (const { name, shape, offset, size } of layout.entries) {
    if (biases.includes(name)) continue;
    const isTable = tables.includes(name) || moments.includes(name);
    const deviation = isTable ? INITIAL_DEVIATION : 1 / Math.sqrt(shape.at(-1) ?? 1);
    const random = new RandomStream(seed, name);
    for (let i = 0; i < size; i++) arena[offset + i] = deviation * random.nextNormal();
    if (name === CLICK_NUMERIC) clearNumericBias(arena.subarray(offset, offset + size), config);
  }
  return arena;
}

function checkDin(config: DinConfig): void {
  const { width, activationWidth, headWidth } = config;
  const problems = [...tableProblems(config), ...clickHeadProblems(config)];
  const sizes = { width, 'activation unit': activationWidth, head: headWidth };
  for (const [what, value] of Object.entries(sizes)) {
    if (Number.isInteger(value) && value >= 4 && value % 4 === 0) continue;
    problems.push(`${what} of ${value} columns must be a multiple of 4`);
  }
  refuse(problems);
}
