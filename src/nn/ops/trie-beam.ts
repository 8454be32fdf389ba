import codeScoresWgsl from '../../../shaders/code-scores.wgsl?raw';
import pathWgsl from '../../../shaders/path-states.wgsl?raw';
import scoresWgsl from '../../../shaders/trie-scores.wgsl?raw';
import selectWgsl from '../../../shaders/trie-select.wgsl?raw';
import { defineKernel, linearGroups, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write, writeU32 } from '../../compute/kernel-fields.ts';
import { DEAD_SCORE } from './beam.ts';

/** All beams of a batch of users between two levels. */
export interface TrieBeams {
  /** f32[users * beams]: log-probabilities. */
  readonly scores: Operand;
  /** i32[users * beams]: the parent whose children come next, -1 = dead. */
  readonly parents: Operand;
}

export interface ChosenChildren {
  readonly scores: Value;
  readonly parents: Value;
  /** u32[users * beam, 4]: the row each beam continues, its node, its code's row, 0. */
  readonly chosen: Value;
}

/** A prefix tree in CSR form, see `CodeTree`. */
export interface TrieOperands {
  readonly childStarts: Operand;
  readonly codeRows: Operand;
}

/** Rows that nodes stand for; `prefixes` null: codes alone. */
export interface NodeTables {
  readonly codes: Operand;
  readonly prefixes: Operand | null;
}

/**
 * Log-probabilities of the continuations of each beam: its score plus the log-softmax over the
 * children of its node.
 * @shape   x f32[beams, C] -> candidates f32[beams, most], DEAD_SCORE past a beam's children
 * @grad    none (generation only)
 * @limits  C divisible by 4; tables in one binding each
 * @errors  none
 * @numeric f32, |s - f64| <= 1e-5 + 1e-6 |s|
 */
export function childScores(
  graph: Graph,
  x: Value,
  beams: TrieBeams,
  trie: TrieOperands,
  { codes, prefixes }: NodeTables,
  sizes: { beams: number; most: number; width: number },
): Value {
  const candidates = graph.value('trie candidates', sizes.beams * sizes.most);
  const bind = {
    ...{ candidates, x, codes, prefixes: prefixes ?? codes },
    ...{ scores: beams.scores, parents: beams.parents },
    ...{ child_starts: trie.childStarts, code_rows: trie.codeRows },
  };
  graph.emit(SCORES, bind, { ...sizes, has_prefixes: prefixes === null ? 0 : 1 });
  return candidates;
}

/**
 * The same where the softmax is over all codes of the level, of which only children are candidates.
 * @shape   logits f32[beams, stride] -> candidates f32[beams, most]
 * @grad    none; limits, errors and numeric as `childScores`
 */
export function codeScores(
  graph: Graph,
  logits: Value,
  beams: TrieBeams,
  trie: TrieOperands,
  sizes: {
    beams: number;
    most: number;
    codes: number;
    /** Row of the level's first code in its table. */
    first: number;
    /** Width of a row of logits and where the level's codes start in it. */
    stride: number;
    offset: number;
  },
): Value {
  const candidates = graph.value('trie candidates', sizes.beams * sizes.most);
  const { scores, parents } = beams;
  const { childStarts: child_starts, codeRows: code_rows } = trie;
  const bind = { candidates, logits, scores, parents, child_starts, code_rows };
  graph.emit(CODE_SCORES, bind, sizes);
  return candidates;
}

/**
 * The best `beam` candidates of each user, best first; ties go to the earlier beam, then to the
 * smaller code.
 * @limits  beam <= 64
 */
export function selectChildren(
  graph: Graph,
  candidates: Value,
  before: TrieBeams,
  trie: TrieOperands,
  { users, beams, beam, most }: { users: number; beams: number; beam: number; most: number },
): ChosenChildren {
  const out = {
    scores: graph.value('trie beam scores', users * beam),
    parents: graph.value('trie beam parents', users * beam, 'i32'),
    chosen: graph.value('trie beam choices', users * beam * CHOICE, 'u32'),
  };
  const { childStarts: child_starts, codeRows: code_rows } = trie;
  const bind = { ...out, candidates, before: before.parents, child_starts, code_rows };
  graph.emit(SELECT, bind, { users, beams, most }, { BEAM: beam });
  return out;
}

/** States of the chosen beams: that of the beam each continues plus what its node stands for. */
export function pathStates(
  graph: Graph,
  states: Value,
  chosen: Operand,
  { codes, prefixes }: NodeTables,
  sizes: { beams: number; width: number },
): Value {
  const out = graph.value('path states', sizes.beams * sizes.width);
  const bind = { out, states, codes, prefixes: prefixes ?? codes, chosen };
  graph.emit(PATH, bind, { ...sizes, has_prefixes: prefixes === null ? 0 : 1 });
  return out;
}

/** Words of an entry of `chosen`. */
const CHOICE = 4;

/** First child and number of children of a beam; a dead one has none. */
function childrenOf(
  { parents, child_starts: starts }: Record<'parents' | 'child_starts', TwinArray>,
  beam: number,
): readonly [number, number] {
  const parent = parents[beam]!;
  if (parent < 0) return [0, 0];
  return [starts[parent]!, starts[parent + 1]! - starts[parent]!];
}

const TREE_BINDINGS = [
  { name: 'parents', type: 'i32', access: 'read' },
  ...readU32('child_starts', 'code_rows'),
] as const;

const SCORES = defineKernel({
  name: 'trie_scores',
  wgsl: scoresWgsl,
  entry: 'trie_scores',
  bindings: [...write('candidates'), ...read('x', 'codes', 'prefixes', 'scores'), ...TREE_BINDINGS],
  uniforms: u32('beams', 'most', 'width', 'has_prefixes'),
  groups: perThread((uniforms) => uniform(uniforms, 'beams')),
  twin: (buffers, uniforms) => {
    type Names =
      | 'candidates'
      | 'x'
      | 'codes'
      | 'prefixes'
      | 'scores'
      | 'parents'
      | 'child_starts'
      | 'code_rows';
    const b = buffers as Record<Names, TwinArray>;
    const most = uniform(uniforms, 'most');
    const width = uniform(uniforms, 'width');
    for (let beam = 0; beam < uniform(uniforms, 'beams'); beam++) {
      const base = beam * most;
      const [first, count] = childrenOf(b, beam);
      const logits = Array.from({ length: count }, (_, k) => {
        const node = first + k;
        let sum = 0;
        for (let c = 0; c < width; c++) {
          const own = uniform(uniforms, 'has_prefixes') === 0 ? 0 : b.prefixes[node * width + c]!;
          sum += b.x[beam * width + c]! * (b.codes[b.code_rows[node]! * width + c]! + own);
        }
        return sum;
      });
      const peak = logits.reduce((a, z) => Math.max(a, z), -Infinity);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - peak), 0);
      b.candidates.fill(DEAD_SCORE, base, base + most);
      logits.forEach((logit, k) => {
        b.candidates[base + k] = logit + (b.scores[beam]! - peak - Math.log(total));
      });
    }
  },
});

const CODE_SCORES = defineKernel({
  name: 'code_scores',
  wgsl: codeScoresWgsl,
  entry: 'code_scores',
  bindings: [...write('candidates'), ...read('logits', 'scores'), ...TREE_BINDINGS],
  uniforms: u32('beams', 'most', 'codes', 'first', 'stride', 'offset'),
  groups: perThread((uniforms) => uniform(uniforms, 'beams')),
  twin: (buffers, uniforms) => {
    type Names = 'candidates' | 'logits' | 'scores' | 'parents' | 'child_starts' | 'code_rows';
    const b = buffers as Record<Names, TwinArray>;
    const most = uniform(uniforms, 'most');
    const codes = uniform(uniforms, 'codes');
    for (let beam = 0; beam < uniform(uniforms, 'beams'); beam++) {
      const base = beam * most;
      const [start, count] = childrenOf(b, beam);
      const own = beam * uniform(uniforms, 'stride') + uniform(uniforms, 'offset');
      const logits = Array.from({ length: codes }, (_, code) => b.logits[own + code]!);
      const peak = logits.reduce((a, z) => Math.max(a, z), -Infinity);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - peak), 0);
      b.candidates.fill(DEAD_SCORE, base, base + most);
      for (let k = 0; k < count; k++) {
        const code = b.code_rows[start + k]! - uniform(uniforms, 'first');
        b.candidates[base + k] = (logits[code] ?? NaN) + (b.scores[beam]! - peak - Math.log(total));
      }
    }
  },
});

const SELECT = defineKernel({
  name: 'trie_select',
  wgsl: selectWgsl,
  entry: 'trie_select',
  bindings: [
    ...write('scores'),
    { name: 'parents', type: 'i32', access: 'read_write' },
    ...writeU32('chosen'),
    ...read('candidates'),
    { name: 'before', type: 'i32', access: 'read' },
    ...readU32('child_starts', 'code_rows'),
  ],
  uniforms: u32('users', 'beams', 'most'),
  constants: ['BEAM'],
  groups: (uniforms) => linearGroups(uniform(uniforms, 'users'), 4),
  twin: (buffers, uniforms) => {
    type Names =
      | 'scores'
      | 'parents'
      | 'chosen'
      | 'candidates'
      | 'before'
      | 'child_starts'
      | 'code_rows';
    const b = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'BEAM');
    const most = uniform(uniforms, 'most');
    const beams = uniform(uniforms, 'beams');
    for (let user = 0; user < uniform(uniforms, 'users'); user++) {
      const base = user * beams * most;
      const order = Array.from({ length: beams * most }, (_, c) => c)
        .filter((c) => b.candidates[base + c]! > DEAD_SCORE / 2)
        .sort((x, y) => b.candidates[base + y]! - b.candidates[base + x]! || x - y);
      for (let i = 0; i < width; i++) {
        const beam = user * width + i;
        const c = order[i];
        const row = user * beams + Math.floor((c ?? 0) / most);
        const node = c === undefined ? -1 : b.child_starts[b.before[row]!]! + (c % most);
        b.scores[beam] = c === undefined ? DEAD_SCORE : b.candidates[base + c]!;
        b.parents[beam] = node < 0 ? -1 : node + 1;
        b.chosen[beam * CHOICE] = row;
        b.chosen[beam * CHOICE + 1] = Math.max(0, node);
        b.chosen[beam * CHOICE + 2] = node < 0 ? 0 : b.code_rows[node]!;
        b.chosen[beam * CHOICE + 3] = 0;
      }
    }
  },
});

const PATH = defineKernel({
  name: 'path_states',
  wgsl: pathWgsl,
  entry: 'path_states',
  bindings: [...write('out'), ...read('states', 'codes', 'prefixes'), ...readU32('chosen')],
  uniforms: u32('beams', 'width', 'has_prefixes'),
  groups: perThread((uniforms) => (uniform(uniforms, 'beams') * uniform(uniforms, 'width')) / 4),
  twin: (buffers, uniforms) => {
    type Names = 'out' | 'states' | 'codes' | 'prefixes' | 'chosen';
    const { out, states, codes, prefixes, chosen } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let beam = 0; beam < uniform(uniforms, 'beams'); beam++) {
      const row = chosen[beam * CHOICE]!;
      const node = chosen[beam * CHOICE + 1]!;
      const code = chosen[beam * CHOICE + 2]!;
      for (let c = 0; c < width; c++) {
        const own = uniform(uniforms, 'has_prefixes') === 0 ? 0 : prefixes[node * width + c]!;
        out[beam * width + c] = states[row * width + c]! + codes[code * width + c]! + own;
      }
    }
  },
});

export const TRIE_BEAM_KERNELS = [SCORES, CODE_SCORES, SELECT, PATH];
