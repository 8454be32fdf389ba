import { describe, expect, it } from 'vitest';
import { SPLIT_FIELDS, type Kernel } from '../../src/compute/kernel.ts';
import { specialise } from '../../src/compute/webgpu/specialise.ts';
import { ATTENTION_KERNELS } from '../../src/nn/ops/attention.ts';
import { BEAM_KERNELS } from '../../src/nn/ops/beam.ts';
import { CHILD_SOFTMAX_KERNELS } from '../../src/nn/ops/child-softmax.ts';
import { COLUMN_SUM } from '../../src/nn/ops/column-sum.ts';
import { COLUMN_SUMS } from '../../src/nn/ops/column-sums.ts';
import { CROSS_ENTROPY_KERNELS } from '../../src/nn/ops/cross-entropy.ts';
import { CROSS_ENTROPY_BLOCK_KERNELS } from '../../src/nn/ops/cross-entropy-blocks.ts';
import { SPLIT_CROSS_ENTROPY_KERNELS } from '../../src/nn/ops/cross-entropy-split.ts';
import { DECODE_ATTENTION_KERNELS } from '../../src/nn/ops/decode-attention.ts';
import { EMBEDDING_BAG_KERNELS } from '../../src/nn/ops/embedding-bag.ts';
import { EMBEDDING_GRADIENT_KERNELS } from '../../src/nn/ops/embedding-gradient.ts';
import { EMBEDDING_KERNELS } from '../../src/nn/ops/embedding.ts';
import { LOSS_TOTAL } from '../../src/nn/ops/loss-total.ts';
import { MATMUL_SWIGLU_KERNELS } from '../../src/nn/ops/matmul-swiglu.ts';
import { MATMUL_KERNELS } from '../../src/nn/ops/matmul.ts';
import { OPTIMIZER_KERNELS } from '../../src/nn/ops/optimizer.ts';
import { RMSNORM_KERNELS } from '../../src/nn/ops/rmsnorm.ts';
import { ROTARY_KERNELS } from '../../src/nn/ops/rotary.ts';
import { ROW_DOTS_KERNELS } from '../../src/nn/ops/row-dots.ts';
import { SAMPLE_KERNELS } from '../../src/nn/ops/sample.ts';
import { SAMPLED_SOFTMAX_KERNELS } from '../../src/nn/ops/sampled-softmax.ts';
import { SELECT_ROWS_KERNELS } from '../../src/nn/ops/select-rows.ts';
import { SWIGLU_KERNELS } from '../../src/nn/ops/swiglu.ts';
import { TRIE_BEAM_KERNELS } from '../../src/nn/ops/trie-beam.ts';

const KERNELS: readonly Kernel[] = [
  ...ATTENTION_KERNELS,
  ...BEAM_KERNELS,
  ...CHILD_SOFTMAX_KERNELS,
  COLUMN_SUM,
  COLUMN_SUMS,
  ...CROSS_ENTROPY_KERNELS,
  ...CROSS_ENTROPY_BLOCK_KERNELS,
  ...SPLIT_CROSS_ENTROPY_KERNELS,
  ...DECODE_ATTENTION_KERNELS,
  ...EMBEDDING_KERNELS,
  ...EMBEDDING_BAG_KERNELS,
  ...EMBEDDING_GRADIENT_KERNELS,
  LOSS_TOTAL,
  ...MATMUL_KERNELS,
  ...MATMUL_SWIGLU_KERNELS,
  ...OPTIMIZER_KERNELS,
  ...RMSNORM_KERNELS,
  ...ROTARY_KERNELS,
  ...ROW_DOTS_KERNELS,
  ...SAMPLE_KERNELS,
  ...SAMPLED_SOFTMAX_KERNELS,
  ...SELECT_ROWS_KERNELS,
  ...SWIGLU_KERNELS,
  ...TRIE_BEAM_KERNELS,
];

const files = import.meta.glob<string>('../../shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('every shader', () => {
  it.each(Object.keys(files))('%s is valid WGSL by itself, without a message', async (path) => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter?.requestDevice();
    const module = device?.createShaderModule({ code: files[path] ?? '' });
    const info = await module?.getCompilationInfo();
    expect(info?.messages.map(({ message, lineNum }) => `${lineNum}: ${message}`)).toEqual([]);
    device?.destroy();
  });
});

/** Every shader of a kernel, as the kernel it would be if it were its only one. */
const SHADERS = KERNELS.flatMap((kernel) => [
  [kernel.name, kernel] as const,
  ...(kernel.variants ?? []).map(({ name, wgsl }) => {
    return [`${kernel.name} ${name}`, { ...kernel, wgsl: wgsl({}) }] as const;
  }),
]);

describe('every kernel', () => {
  it.each(SHADERS)('%s declares the bindings and uniforms of its shader', (_, kernel) => {
    const pattern =
      /@group\(0\) @binding\((\d+)\) var<(storage, read_write|storage, read|uniform)> (\w+): (?:array<(\w+)>|Params);/g;
    const declared = [...kernel.wgsl.matchAll(pattern)].map(([, index, access, name, type]) => ({
      index: Number(index),
      access: access?.replace('storage, ', ''),
      name,
      type: type?.replace(/^vec[24]f$/, 'f32').replace(/^vec[24]u$/, 'u32'),
    }));
    const wanted = kernel.bindings.map(({ name, type, access }, index) => ({
      index,
      access: access,
      name,
      type: type,
    }));
    expect(declared.filter(({ access }) => access !== 'uniform')).toEqual(wanted);
    const block = /struct Params \{([^}]*)\}/.exec(kernel.wgsl)?.[1] ?? '';
    const fields = [...block.matchAll(/(\w+): (u32|f32),/g)].map(([, name, type]) => [name, type]);
    const { split } = kernel;
    const first = split === undefined ? [] : SPLIT_FIELDS[split].map((name) => [name, 'u32']);
    const uniforms = kernel.uniforms.map(({ name, type }) => [name, type]);
    expect([...uniforms, ...first]).toEqual(fields);
    const uniform = declared.find(({ access }) => access === 'uniform');
    expect(uniform?.index).toBe(kernel.bindings.length);
  });
});

describe('specialise', () => {
  const kernel = (wgsl: string): Kernel => ({
    name: 'test',
    wgsl,
    entry: 'main',
    bindings: [],
    uniforms: [],
    constants: ['N'],
    groups: () => [1, 1, 1],
    twin: () => undefined,
  });

  it('writes constants and unrolls marked loops, nested ones too', () => {
    const text = [
      'const N: u32 = 4u;',
      'fn f() {',
      '  for (var i = 0u; i < N; i++) { // unroll',
      '    for (var j = 0u; j < N; j++) { // unroll',
      '      a[i * N + j] = b[j];',
      '    }',
      '  }',
      '}',
      '',
    ].join('\n');
    const code = specialise(kernel(text), { N: 2 });
    expect(code).toContain('const N: u32 = 2u;');
    expect(code).not.toContain('for');
    expect(code.match(/a\[\du \* N \+ \du\]/g)).toEqual([
      'a[0u * N + 0u]',
      'a[0u * N + 1u]',
      'a[1u * N + 0u]',
      'a[1u * N + 1u]',
    ]);
  });

  it('leaves other loops alone and refuses constants that are not there', () => {
    const text = 'const N: u32 = 4u;\nfn f() {\n  for (var i = 0u; i < n; i++) {\n  }\n}\n';
    expect(specialise(kernel(text), { N: 4 })).toBe(text);
    expect(() => specialise(kernel(text), {})).toThrowError(/constant N is missing/);
    expect(() => specialise(kernel('fn f() {}'), { N: 4 })).toThrowError(/is not in the shader/);
  });
});
