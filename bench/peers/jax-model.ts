import { nn, numpy as np, tree, valueAndGrad, type Array as JaxArray } from '@jax-js/jax';
import type { TrainStepWorkload } from '../workload.ts';

export type Tensors = Record<string, JaxArray>;

/** What a step takes besides weights and moments. */
export type StepInputs = {
  ids: JaxArray;
  targets: JaxArray;
  cos: JaxArray;
  sin: JaxArray;
  correction1: JaxArray;
  correction2: JaxArray;
};

/**
 * The training step in jax-js as its users would write it: library attention, library log-softmax,
 * gather for the embedding. Arguments are owned: every use but the last goes through `.ref`.
 */
export function jaxStep(workload: TrainStepWorkload) {
  const { optimizer, learningRate } = workload;
  const { beta1, beta2, eps, weightDecay } = optimizer;
  return (weights: Tensors, first: Tensors, second: Tensors, inputs: StepInputs) => {
    const { correction1, correction2, ...rest } = inputs;
    const lossOf = (parameters: Tensors) => jaxLoss(workload, parameters, rest);
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(weights));
    const next = { weights: {} as Tensors, first: {} as Tensors, second: {} as Tensors };
    for (const name of Object.keys(weights)) {
      const [w, m, v, g] = [weights, first, second, gradients].map((tensors) =>
        taken(tensors, name),
      ) as [JaxArray, JaxArray, JaxArray, JaxArray];
      const decay = w.ndim > 1 ? 1 - learningRate * weightDecay : 1;
      const moment1 = m.mul(beta1).add(g.ref.mul(1 - beta1));
      const moment2 = v.mul(beta2).add(g.ref.mul(g).mul(1 - beta2));
      const root = np.sqrt(moment2.ref.mul(correction2.ref)).add(eps);
      const update = moment1.ref.mul(correction1.ref).div(root).mul(learningRate);
      next.weights[name] = w.mul(decay).sub(update);
      next.first[name] = moment1;
      next.second[name] = moment2;
    }
    correction1.dispose();
    correction2.dispose();
    return { loss, ...next };
  };
}

function taken(tensors: Tensors, name: string): JaxArray {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`jax-js: the tensor "${name}" is missing.`);
  return tensor;
}

/** Mean cross-entropy. Borrows nothing: `weights` is used up. */
function jaxLoss(
  { config, B, T }: TrainStepWorkload,
  weights: Tensors,
  inputs: Omit<StepInputs, 'correction1' | 'correction2'>,
): JaxArray {
  const { width, heads, kvHeads, headWidth, feedForward, vocabSize, normEps } = config;
  const rows = B * T;
  const norm = (x: JaxArray, weight: JaxArray): JaxArray => {
    const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
    return x.mul(np.reciprocal(np.sqrt(mean.add(normEps)))).mul(weight);
  };
  const linear = (x: JaxArray, weight: JaxArray) => np.matmul(x, np.transpose(weight));
  const rotate = (x: JaxArray): JaxArray => {
    const [left, right] = np.split(x, 2, -1) as [JaxArray, JaxArray];
    const { cos, sin } = inputs;
    return np.concatenate(
      [
        left.ref.mul(cos.ref).sub(right.ref.mul(sin.ref)),
        right.mul(cos.ref).add(left.mul(sin.ref)),
      ],
      -1,
    );
  };
  const embed = taken(weights, 'embed');
  let stream = np.take(config.tied ? embed.ref : embed, inputs.ids.ref, 0);
  for (let i = 0; i < config.layers; i++) {
    const of = (name: string) => taken(weights, `${name}${i}`);
    const qkv = linear(norm(stream.ref, of('inputNorm')), of('qkv'));
    const ends = [heads * headWidth, (heads + kvHeads) * headWidth];
    const [q, k, v] = np.split(qkv, ends, -1) as [JaxArray, JaxArray, JaxArray];
    const mixed = nn.dotProductAttention(
      rotate(q.reshape([B, T, heads, headWidth])),
      rotate(k.reshape([B, T, kvHeads, headWidth])),
      v.reshape([B, T, kvHeads, headWidth]),
      { isCausal: true },
    );
    stream = stream.add(linear(mixed.reshape([rows, heads * headWidth]), of('o')));
    const both = linear(norm(stream.ref, of('postNorm')), of('gateUp'));
    const [gate, up] = np.split(both, [feedForward], -1) as [JaxArray, JaxArray];
    stream = stream.add(linear(nn.silu(gate).mul(up), of('down')));
  }
  const hidden = norm(stream, taken(weights, 'finalNorm')).reshape([rows, width]);
  const logits = linear(hidden, config.tied ? embed : taken(weights, 'head'));
  const chosen = nn.logSoftmax(logits, -1).mul(nn.oneHot(inputs.targets.ref, vocabSize));
  for (const used of Object.values(inputs)) used.dispose();
  return chosen.sum().mul(-1 / rows);
}
