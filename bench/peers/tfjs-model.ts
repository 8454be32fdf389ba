import * as tf from '@tensorflow/tfjs-core';
import type { TrainStepWorkload } from '../workload.ts';

export interface Constants {
  readonly cos: tf.Tensor4D;
  readonly sin: tf.Tensor4D;
  /** 0 where a key may be seen, -1e9 above the diagonal. */
  readonly hidden: tf.Tensor2D;
}

/** Mean cross-entropy of the same model in TensorFlow.js' own operations. */
export function tfjsLoss(
  { config, B, T }: TrainStepWorkload,
  weights: ReadonlyMap<string, tf.Variable>,
  { cos, sin, hidden }: Constants,
  batch: { ids: tf.Tensor1D; targets: tf.Tensor1D },
): tf.Scalar {
  const { heads, kvHeads, headWidth, feedForward, vocabSize, normEps } = config;
  if (heads !== kvHeads) throw new Error('TensorFlow.js: grouped queries are not written here.');
  const rows = B * T;
  const of = (name: string): tf.Tensor2D => {
    const variable = weights.get(name);
    if (variable === undefined) throw new Error(`TensorFlow.js: "${name}" is missing.`);
    return variable as tf.Tensor as tf.Tensor2D;
  };
  const linear = (x: tf.Tensor2D, weight: tf.Tensor2D) =>
    tf.matMul<tf.Tensor2D>(x, weight, false, true);
  const norm = (x: tf.Tensor2D, weight: tf.Tensor): tf.Tensor2D => {
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), normEps));
    return tf.mul<tf.Tensor2D>(tf.mul<tf.Tensor2D>(x, scale), weight);
  };
  const rotate = (x: tf.Tensor4D): tf.Tensor4D => {
    const [left, right] = tf.split(x, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
    const turned = tf.sub(tf.mul(left, cos), tf.mul(right, sin));
    return tf.concat([turned, tf.add(tf.mul(right, cos), tf.mul(left, sin))], -1) as tf.Tensor4D;
  };
  const attend = (qkv: tf.Tensor2D): tf.Tensor2D => {
    const parts = tf
      .split(qkv, 3, -1)
      .map((part) => tf.reshape(part, [B, T, heads, headWidth])) as tf.Tensor4D[];
    const [q, k, v] = parts as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const byHead = (x: tf.Tensor4D) => tf.transpose(x, [0, 2, 1, 3]);
    const scores = tf.matMul(byHead(rotate(q)), byHead(rotate(k)), false, true);
    const scaled = tf.add(tf.mul(scores, 1 / Math.sqrt(headWidth)), hidden);
    const mixed = tf.matMul(tf.softmax(scaled), byHead(v));
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows, heads * headWidth]);
  };
  let stream = tf.gather<tf.Tensor2D>(of('embed'), batch.ids);
  for (let i = 0; i < config.layers; i++) {
    const qkv = linear(norm(stream, of(`inputNorm${i}`)), of(`qkv${i}`));
    stream = tf.add<tf.Tensor2D>(stream, linear(attend(qkv), of(`o${i}`)));
    const both = linear(norm(stream, of(`postNorm${i}`)), of(`gateUp${i}`));
    const [gate, up] = tf.split(both, [feedForward, feedForward], -1) as [tf.Tensor2D, tf.Tensor2D];
    const gated = tf.mul<tf.Tensor2D>(tf.mul<tf.Tensor2D>(gate, tf.sigmoid<tf.Tensor2D>(gate)), up);
    stream = tf.add<tf.Tensor2D>(stream, linear(gated, of(`down${i}`)));
  }
  const logits = linear(norm(stream, of('finalNorm')), of(config.tied ? 'embed' : 'head'));
  const chosen = tf.mul(tf.logSoftmax(logits), tf.oneHot(batch.targets, vocabSize));
  return tf.mul<tf.Scalar>(tf.sum(chosen), -1 / rows);
}
