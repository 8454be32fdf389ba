import { expect, it } from 'vitest';
import { compileKernels } from '../../scripts/wasm-kernels.ts';
import type { Kernel } from '../../src/compute/kernel.ts';
import { linearCombination } from '../../src/merge/linear/linear-combination.ts';
import { collectKernels } from '../../src/merge/sparse/collect-kernels.ts';
import { deltaKernels } from '../../src/merge/sparse/delta-kernels.ts';
import { arceeKernels } from '../../src/merge/sparse/arcee-kernels.ts';
import { foldKernels } from '../../src/merge/sparse/fold-kernels.ts';
import { pcbKernels } from '../../src/merge/sparse/pcb-kernels.ts';
import { rankProbabilities } from '../../src/merge/sparse/rank-probabilities.ts';
import { mergeKernels } from '../../src/merge/ties/merge-kernels.ts';
import { trimKernels } from '../../src/merge/ties/trim-kernels.ts';
import { ADD_EMBEDDING_KERNELS } from '../../src/nn/ops/add-embedding.ts';
import { ATTENTION_DROPOUT_KERNELS } from '../../src/nn/ops/attention-dropout.ts';
import { ATTENTION_KERNELS } from '../../src/nn/ops/attention.ts';
import { BEAM_KERNELS } from '../../src/nn/ops/beam.ts';
import { CHILD_SOFTMAX_KERNELS } from '../../src/nn/ops/child-softmax.ts';
import { CLICK_LOSS_KERNELS } from '../../src/nn/ops/click-loss.ts';
import { CLOSE_SAMPLES_KERNELS } from '../../src/nn/ops/close-samples.ts';
import { COLUMN_SUM } from '../../src/nn/ops/column-sum.ts';
import { COLUMN_SUMS } from '../../src/nn/ops/column-sums.ts';
import { CROSS_ENTROPY_BLOCK_KERNELS } from '../../src/nn/ops/cross-entropy-blocks.ts';
import { CROSS_ENTROPY_KERNELS } from '../../src/nn/ops/cross-entropy.ts';
import { DECODE_ATTENTION_KERNELS } from '../../src/nn/ops/decode-attention.ts';
import { DROPOUT_KERNELS } from '../../src/nn/ops/dropout.ts';
import { EMBEDDING_BAG_KERNELS } from '../../src/nn/ops/embedding-bag.ts';
import { EMBEDDING_GRADIENT_KERNELS } from '../../src/nn/ops/embedding-gradient.ts';
import { EMBEDDING_KERNELS } from '../../src/nn/ops/embedding.ts';
import { GATHER_KERNELS } from '../../src/nn/ops/gather.ts';
import { INFO_NCE_KERNELS } from '../../src/nn/ops/info-nce.ts';
import { LOSS_TOTAL } from '../../src/nn/ops/loss-total.ts';
import { MATMUL_SWIGLU_KERNELS } from '../../src/nn/ops/matmul-swiglu.ts';
import { MATMUL_KERNELS } from '../../src/nn/ops/matmul.ts';
import { NORMALIZE_ROWS_KERNELS } from '../../src/nn/ops/normalize-rows.ts';
import { OPTIMIZER_KERNELS } from '../../src/nn/ops/optimizer.ts';
import { RMSNORM_KERNELS } from '../../src/nn/ops/rmsnorm.ts';
import { PAIR_ROWS_KERNELS } from '../../src/nn/ops/pair-rows.ts';
import { POOL_HISTORY_KERNELS } from '../../src/nn/ops/pool-history.ts';
import { RELU_DOT_KERNELS } from '../../src/nn/ops/relu-dot.ts';
import { ROTARY_KERNELS } from '../../src/nn/ops/rotary.ts';
import { SAMPLE_KERNELS } from '../../src/nn/ops/sample.ts';
import { SAMPLED_SOFTMAX_KERNELS } from '../../src/nn/ops/sampled-softmax.ts';
import { SELECT_ROWS_KERNELS } from '../../src/nn/ops/select-rows.ts';
import { SWIGLU_KERNELS } from '../../src/nn/ops/swiglu.ts';
import { TRIE_BEAM_KERNELS } from '../../src/nn/ops/trie-beam.ts';

const KERNELS: readonly Kernel[] = [
  ...ADD_EMBEDDING_KERNELS,
  ...ATTENTION_DROPOUT_KERNELS,
  ...ATTENTION_KERNELS,
  ...BEAM_KERNELS,
  ...CHILD_SOFTMAX_KERNELS,
  ...CLICK_LOSS_KERNELS,
  ...CLOSE_SAMPLES_KERNELS,
  COLUMN_SUM,
  COLUMN_SUMS,
  ...CROSS_ENTROPY_BLOCK_KERNELS,
  ...CROSS_ENTROPY_KERNELS,
  ...DECODE_ATTENTION_KERNELS,
  ...DROPOUT_KERNELS,
  ...EMBEDDING_BAG_KERNELS,
  ...EMBEDDING_GRADIENT_KERNELS,
  ...EMBEDDING_KERNELS,
  ...GATHER_KERNELS,
  ...INFO_NCE_KERNELS,
  LOSS_TOTAL,
  ...NORMALIZE_ROWS_KERNELS,
  ...MATMUL_KERNELS,
  ...MATMUL_SWIGLU_KERNELS,
  ...OPTIMIZER_KERNELS,
  ...RMSNORM_KERNELS,
  ...PAIR_ROWS_KERNELS,
  ...POOL_HISTORY_KERNELS,
  ...RELU_DOT_KERNELS,
  ...ROTARY_KERNELS,
  ...SAMPLE_KERNELS,
  ...SAMPLED_SOFTMAX_KERNELS,
  ...SELECT_ROWS_KERNELS,
  ...SWIGLU_KERNELS,
  ...TRIE_BEAM_KERNELS,
  linearCombination,
  ...Object.values(collectKernels),
  ...Object.values(deltaKernels),
  ...Object.values(arceeKernels),
  ...Object.values(foldKernels),
  ...Object.values(pcbKernels),
  rankProbabilities,
  ...Object.values(mergeKernels),
  ...Object.values(trimKernels),
];

/** Functions that set an instance up. */
const SETUP = ['scratchBytes', 'setScratch'];

/** Work on blocks of ranges, not on buffers of an executor: `src/merge/range-form.ts`. */
const OF_RANGES = /^range_/;

it('every WebAssembly function is named like a kernel and takes what the kernel declares', async () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const bytes = await compileKernels('simd');
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes), { env: { memory } });
  const taken = Object.entries(instance.exports).flatMap(([name, value]) =>
    typeof value === 'function' && !SETUP.includes(name) && !OF_RANGES.test(name)
      ? [[name, value.length]]
      : [],
  );
  // A name that no kernel has would never be called: its twin would run, slowly and silently.
  const declared = taken.map(([name]) => {
    const kernel = KERNELS.find((candidate) => candidate.name === name);
    if (kernel === undefined) return [name, 'no such kernel'];
    const { bindings, uniforms, constants = [] } = kernel;
    return [name, bindings.length + uniforms.length + constants.length + 2];
  });
  expect(taken).toEqual(declared);
  expect(taken.length).toBeGreaterThan(30);
});

it('threads share the memory of the kernels that are theirs, and of no others', async () => {
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const own = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  for (const name of ['simd', 'relaxed']) {
    const [plain, threaded] = await Promise.all(
      [name, `${name}-shared`].map(
        async (flavour) => new WebAssembly.Module(new Uint8Array(await compileKernels(flavour))),
      ),
    );
    if (plain === undefined || threaded === undefined) throw new Error('nothing compiled');
    const open = (module: WebAssembly.Module, memory: WebAssembly.Memory) =>
      new WebAssembly.Instance(module, { env: { memory } });
    expect(Object.keys(open(threaded, shared).exports)).toEqual(
      Object.keys(open(plain, own).exports),
    );
    expect(() => open(threaded, own)).toThrow(WebAssembly.LinkError);
    expect(() => open(plain, shared)).toThrow(WebAssembly.LinkError);
  }
});
