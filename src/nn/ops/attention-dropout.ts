import backwardWgsl from '../../../shaders/attention-dropout-backward.wgsl?raw';
import forwardWgsl from '../../../shaders/attention-dropout.wgsl?raw';
import { defineKernel } from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';
import { f32, perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { attentionForward, attentionKeys, attentionQueries } from './attention-twin.ts';

/**
 * Attention whose probabilities are dropped: kernels of their own, so that attention without
 * dropout keeps its programs. They have one shader for all adapters, a row and head a thread:
 * behaviour sequences, which want dropout, are short.
 */
const UNIFORMS = [
  ...u32('rows', 'heads', 'kv_heads', 'causal', 'site', 'threshold'),
  ...f32('scale', 'keep'),
];

export const ATTENTION_DROPOUT = defineKernel({
  name: 'attention_dropout',
  wgsl: forwardWgsl,
  entry: 'forward',
  bindings: [...write('out', 'lse'), ...read('qkv'), ...readU32('spans', 'draw')],
  uniforms: UNIFORMS,
  constants: ['D4'],
  groups: perThread((uniforms) => uniform(uniforms, 'rows') * uniform(uniforms, 'heads')),
  split: 'linear',
  work: ({ pairs = 0, D4 = 0 }) => ({ flops: (4 * 4 * D4 + 32) * pairs }),
  twin: attentionForward,
});

const BACKWARD_BINDINGS = [
  ...write('dqkv', 'delta'),
  ...read('dout', 'out', 'lse', 'qkv'),
  ...readU32('spans', 'draw'),
];

export const ATTENTION_DROPOUT_QUERIES = defineKernel({
  name: 'attention_dropout_queries',
  wgsl: backwardWgsl,
  entry: 'queries',
  bindings: BACKWARD_BINDINGS,
  uniforms: UNIFORMS,
  constants: ['D4'],
  groups: perThread((uniforms) => uniform(uniforms, 'rows') * uniform(uniforms, 'heads')),
  split: 'linear',
  work: ({ pairs = 0, D4 = 0 }) => ({ flops: (6 * 4 * D4 + 32) * pairs }),
  twin: attentionQueries,
});

export const ATTENTION_DROPOUT_KEYS = defineKernel({
  name: 'attention_dropout_keys',
  wgsl: backwardWgsl,
  entry: 'keys',
  bindings: BACKWARD_BINDINGS,
  uniforms: UNIFORMS,
  constants: ['D4'],
  groups: perThread((uniforms) => uniform(uniforms, 'rows') * uniform(uniforms, 'kv_heads')),
  split: 'linear',
  work: ({ pairs = 0, D4 = 0 }) => ({ flops: (8 * 4 * D4 + 128) * pairs }),
  twin: attentionKeys,
});

export const ATTENTION_DROPOUT_KERNELS = [
  ATTENTION_DROPOUT,
  ATTENTION_DROPOUT_QUERIES,
  ATTENTION_DROPOUT_KEYS,
];
