import { RandomStream } from '../../../src/core/rng.ts';
import { DEAD_SCORE } from '../../../src/nn/ops/beam.ts';
import { TRIE_BEAM_KERNELS } from '../../../src/nn/ops/trie-beam.ts';
import type { KernelCase } from './check-kernel.ts';

function kernel(name: string) {
  const found = TRIE_BEAM_KERNELS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no kernel ${name}`);
  return found;
}

function normals(name: string, length: number): Float32Array {
  const random = new RandomStream(43, name);
  return Float32Array.from({ length }, () => random.nextNormal());
}

const CODES = 9;
const PARENTS = 12;
/** Parents of 1 to 7 children; the rows of their codes are those of the second of three levels. */
const COUNTS = Array.from({ length: PARENTS }, (_, parent) => 1 + ((parent * 5) % 7));
const STARTS = Uint32Array.from({ length: PARENTS + 1 }, (_, parent) =>
  COUNTS.slice(0, parent).reduce((sum, count) => sum + count, 0),
);
const NODES = STARTS[PARENTS] ?? 0;
const CODE_ROWS = Uint32Array.from({ length: NODES }, (_, node) => CODES + ((node * 4) % CODES));
const MOST = 7;
const SCORE_TOLERANCE = { absolute: 1e-5, relative: 1e-6 };

/** Every fifth beam is dead. */
function parentsOf(beams: number): Int32Array {
  return Int32Array.from({ length: beams }, (_, beam) =>
    beam % 5 === 3 ? -1 : (beam * beam) % PARENTS,
  );
}

const TREE = { child_starts: STARTS, code_rows: CODE_ROWS };

function trieScores(beams: number, width: number, hasPrefixes: 0 | 1): KernelCase {
  return {
    name: `trie_scores of ${beams} beams, width ${width}${hasPrefixes === 0 ? ', codes alone' : ''}`,
    kernel: kernel('trie_scores'),
    data: {
      candidates: new Float32Array(beams * MOST).fill(NaN),
      x: normals('x', beams * width),
      codes: normals('codes', 3 * CODES * width),
      prefixes: normals('prefixes', NODES * width),
      scores: normals('scores', beams),
      parents: parentsOf(beams),
      ...TREE,
    },
    uniforms: { beams, most: MOST, width, has_prefixes: hasPrefixes },
    tolerance: SCORE_TOLERANCE,
  };
}

function codeScores(beams: number, stride: number, offset: number): KernelCase {
  return {
    name: `code_scores of ${beams} beams, ${CODES} of ${stride} codes`,
    kernel: kernel('code_scores'),
    data: {
      candidates: new Float32Array(beams * MOST).fill(NaN),
      logits: normals('logits', beams * stride).map((logit) => 20 * logit),
      scores: normals('scores', beams),
      parents: parentsOf(beams),
      ...TREE,
    },
    uniforms: { beams, most: MOST, codes: CODES, first: CODES, stride, offset },
    tolerance: SCORE_TOLERANCE,
  };
}

/** Candidates with ties, dead ones, and a user who has none at all. */
function trieSelect(users: number, beams: number, beam: number): KernelCase {
  const before = Int32Array.from({ length: users * beams }, (_, row) => row % PARENTS);
  const candidates = Float32Array.from({ length: users * beams * MOST }, (_, i) => {
    const row = Math.floor(i / MOST);
    const isChild = i % MOST < (COUNTS[row % PARENTS] ?? 0);
    const isAlive = isChild && Math.floor(row / beams) !== 1;
    return isAlive ? -((i * i * 7) % 11) - 1 : DEAD_SCORE;
  });
  return {
    name: `trie_select of ${beam} among ${beams} beams of ${users} users`,
    kernel: kernel('trie_select'),
    data: {
      scores: new Float32Array(users * beam).fill(NaN),
      parents: new Int32Array(users * beam).fill(-7),
      chosen: new Uint32Array(4 * users * beam).fill(99),
      candidates,
      before,
      ...TREE,
    },
    uniforms: { users, beams, most: MOST },
    constants: { BEAM: beam },
    // The score of a dead beam is no float32.
    tolerance: { absolute: 0, relative: 1e-7 },
  };
}

function pathStates(beams: number, width: number, hasPrefixes: 0 | 1): KernelCase {
  const rows = 5;
  return {
    name: `path_states of ${beams} beams, width ${width}${hasPrefixes === 0 ? ', codes alone' : ''}`,
    kernel: kernel('path_states'),
    data: {
      out: new Float32Array(beams * width).fill(NaN),
      states: normals('states', rows * width),
      codes: normals('codes', 3 * CODES * width),
      prefixes: normals('prefixes', NODES * width),
      chosen: Uint32Array.from(
        Array.from({ length: beams }, (_, beam) => {
          const node = (beam * 3) % NODES;
          return [(beam * 2) % rows, node, CODE_ROWS[node] ?? 0, 0];
        }).flat(),
      ),
    },
    uniforms: { beams, width, has_prefixes: hasPrefixes },
    tolerance: { absolute: 1e-6, relative: 1e-6 },
  };
}

export const TRIE_CASES: readonly KernelCase[] = [
  trieScores(1, 4, 1),
  trieScores(67, 20, 1),
  trieScores(67, 64, 0),
  codeScores(1, CODES, 0),
  codeScores(66, 3 * CODES, CODES),
  trieSelect(1, 1, 1),
  trieSelect(6, 1, 20),
  trieSelect(5, 20, 64),
  pathStates(1, 4, 1),
  pathStates(37, 20, 1),
  pathStates(37, 16, 0),
];
