import { entryOf } from '../../src/core/layout.ts';
import { initialParameters } from '../../src/nn/transformer/init.ts';
import {
  EMBEDDING,
  FINAL_NORM,
  HEAD,
  layerNames,
  parameterLayout,
} from '../../src/nn/transformer/layout.ts';
import { rotaryTable } from '../../src/nn/ops/rotary.ts';
import type { TrainStepWorkload } from '../workload.ts';

/** A tensor on the host. */
export interface HostTensor {
  readonly shape: number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * The model's initial weights under the names that the peers' models use, q, k, v and gate, up joined
 * as in our arena, so that a peer may use one product where we do.
 */
export function peerParameters({ config }: TrainStepWorkload): Map<string, HostTensor> {
  const layout = parameterLayout(config);
  const arena = initialParameters(config, 1);
  const joined = (...names: string[]): HostTensor => {
    const entries = names.map((name) => entryOf(layout, name));
    const first = entries[0];
    if (first === undefined) throw new Error('A tensor needs a name.');
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    const rows = entries.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    return {
      shape: [rows, ...first.shape.slice(1)],
      data: arena.slice(first.offset, first.offset + size),
    };
  };
  const tensors = new Map([['embed', joined(EMBEDDING)]]);
  for (let i = 0; i < config.layers; i++) {
    const names = layerNames(i);
    tensors.set(`inputNorm${i}`, joined(names.inputNorm));
    tensors.set(`qkv${i}`, joined(names.q, names.k, names.v));
    tensors.set(`o${i}`, joined(names.o));
    tensors.set(`postNorm${i}`, joined(names.postNorm));
    tensors.set(`gateUp${i}`, joined(names.gate, names.up));
    tensors.set(`down${i}`, joined(names.down));
  }
  tensors.set('finalNorm', joined(FINAL_NORM));
  if (!config.tied) tensors.set('head', joined(HEAD));
  return tensors;
}

/** Cosines and sines f32[1, T, 1, D/2] of the rotary embedding, from our own table. */
export function peerRotary({ config, T }: TrainStepWorkload): { cos: HostTensor; sin: HostTensor } {
  const half = config.headWidth / 2;
  const table = rotaryTable(T, config.headWidth, config.ropeTheta);
  const part = (offset: number): HostTensor => {
    const data = new Float32Array(T * half);
    for (let t = 0; t < T; t++) {
      const start = t * config.headWidth + offset;
      data.set(table.subarray(start, start + half), t * half);
    }
    return { shape: [1, T, 1, half], data };
  };
  return { cos: part(0), sin: part(half) };
}

/** Bias corrections of Adam at a step counted from 1: 1/(1 - beta1^t), 1/(1 - beta2^t). */
export function corrections({ optimizer }: TrainStepWorkload, step: number): [number, number] {
  return [1 / (1 - optimizer.beta1 ** step), 1 / (1 - optimizer.beta2 ** step)];
}
