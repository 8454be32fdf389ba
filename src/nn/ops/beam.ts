import scoresWgsl from '../../../shaders/beam-scores.wgsl?raw';
import selectWgsl from '../../../shaders/beam-select.wgsl?raw';
import { defineKernel, linearGroups, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write, writeU32 } from '../../compute/kernel-fields.ts';

/** Words of a beam's state: trie node, then the rows of its tokens at up to 7 steps. */
export const BEAM_STATE = 8;
/** Score of a beam that does not exist (fewer legal continuations than beams). */
export const DEAD_SCORE = -3e38;

/** All beams of a batch of users between two levels. */
export interface Beams {
  /** f32[users * beams]: log-probabilities. */
  readonly scores: Operand;
  /** i32[users * beams, BEAM_STATE]. */
  readonly state: Operand;
}

export interface ChosenBeams {
  readonly scores: Value;
  readonly state: Value;
  /** u32[users * beam]: the token each beam chose. */
  readonly tokens: Value;
  /** u32[users * beam]: its position. */
  readonly places: Value;
}

/**
 * One level of trie-constrained beam search: log-softmax over the legal children only, then the
 * best `beam` continuations per user. Ties go to the earlier parent, then the smaller code.
 * @shape   logits f32[users * parents, logitsStride] -> `beam` beams per user, best first
 * @grad    none (generation only)
 * @limits  beam <= 64; level <= 6
 * @errors  none
 * @numeric scores f32, |s - f64| <= 1e-5 + 1e-6 |s|; the order is exact for distinct scores
 */
export function beamLevel(
  graph: Graph,
  input: { logits: Value; beams: Beams; children: Operand; lengths: Operand },
  sizes: {
    users: number;
    parents: number;
    beam: number;
    codes: number;
    level: number;
    firstToken: number;
    /** Width of a logits row and where this level's codes start in it. */
    logitsStride: number;
    logitsOffset: number;
  },
): ChosenBeams {
  const { logits, beams, children, lengths } = input;
  const { users, parents, beam, codes, level, firstToken } = sizes;
  const rows = users * parents;
  const candidates = graph.value('beam candidates', rows * codes);
  const { scores, state } = beams;
  graph.emit(
    SCORES,
    { candidates, logits, scores, state, children },
    {
      beams: rows,
      codes,
      logits_stride: sizes.logitsStride,
      logits_offset: sizes.logitsOffset,
    },
  );
  const chosen = {
    scores: graph.value('beam scores', users * beam),
    state: graph.value('beam state', users * beam * BEAM_STATE, 'i32'),
    tokens: graph.value('beam tokens', users * beam, 'u32'),
    places: graph.value('beam places', users * beam, 'u32'),
  };
  graph.emit(
    SELECT,
    { ...chosen, candidates, parent_state: state, children, lengths },
    { users, parents, codes, level, first_token: firstToken },
    { BEAM: beam },
  );
  return chosen;
}

const SCORES = defineKernel({
  name: 'beam_scores',
  wgsl: scoresWgsl,
  entry: 'beam_scores',
  bindings: [
    ...write('candidates'),
    ...read('logits', 'scores'),
    { name: 'state', type: 'i32', access: 'read' },
    { name: 'children', type: 'i32', access: 'read' },
  ],
  uniforms: u32('beams', 'codes', 'logits_stride', 'logits_offset'),
  groups: perThread((uniforms) => uniform(uniforms, 'beams')),
  twin: (buffers, uniforms) => {
    type Names = 'candidates' | 'logits' | 'scores' | 'state' | 'children';
    const { candidates, logits, scores, state, children } = buffers as Record<Names, TwinArray>;
    const codes = uniform(uniforms, 'codes');
    for (let beam = 0; beam < uniform(uniforms, 'beams'); beam++) {
      const base = beam * codes;
      const own = beam * uniform(uniforms, 'logits_stride') + uniform(uniforms, 'logits_offset');
      const node = state[beam * BEAM_STATE]!;
      candidates.fill(DEAD_SCORE, base, base + codes);
      if (node < 0) continue;
      let peak = -Infinity;
      for (let code = 0; code < codes; code++) {
        if (children[node * codes + code]! >= 0) peak = Math.max(peak, logits[own + code]!);
      }
      let total = 0;
      for (let code = 0; code < codes; code++) {
        if (children[node * codes + code]! >= 0) total += Math.exp(logits[own + code]! - peak);
      }
      const shift = scores[beam]! - peak - Math.log(total);
      for (let code = 0; code < codes; code++) {
        if (children[node * codes + code]! >= 0) {
          candidates[base + code] = logits[own + code]! + shift;
        }
      }
    }
  },
});

const SELECT = defineKernel({
  name: 'beam_select',
  wgsl: selectWgsl,
  entry: 'beam_select',
  bindings: [
    ...write('scores'),
    { name: 'state', type: 'i32', access: 'read_write' },
    ...writeU32('tokens', 'places'),
    ...read('candidates'),
    { name: 'parent_state', type: 'i32', access: 'read' },
    { name: 'children', type: 'i32', access: 'read' },
    ...readU32('lengths'),
  ],
  uniforms: u32('users', 'parents', 'codes', 'level', 'first_token'),
  constants: ['BEAM'],
  groups: (uniforms) => linearGroups(uniform(uniforms, 'users'), 4),
  twin: (buffers, uniforms) => {
    type Names =
      | 'scores'
      | 'state'
      | 'tokens'
      | 'places'
      | 'candidates'
      | 'parent_state'
      | 'children'
      | 'lengths';
    const b = buffers as Record<Names, TwinArray>;
    const beamCount = uniform(uniforms, 'BEAM');
    const parents = uniform(uniforms, 'parents');
    const codes = uniform(uniforms, 'codes');
    const level = uniform(uniforms, 'level');
    for (let user = 0; user < uniform(uniforms, 'users'); user++) {
      const base = user * parents * codes;
      const order = Array.from({ length: parents * codes }, (_, c) => c)
        .filter((c) => b.candidates[base + c]! > DEAD_SCORE / 2)
        .sort((x, y) => b.candidates[base + y]! - b.candidates[base + x]! || x - y);
      for (let i = 0; i < beamCount; i++) {
        const beam = user * beamCount + i;
        const c = order[i];
        const parent = user * parents + Math.floor((c ?? 0) / codes);
        for (let step = 1; step < BEAM_STATE; step++) {
          b.state[beam * BEAM_STATE + step] = b.parent_state[parent * BEAM_STATE + step]!;
        }
        b.state[beam * BEAM_STATE + 1 + level] = beam;
        b.places[beam] = b.lengths[user]! + level;
        b.scores[beam] = c === undefined ? DEAD_SCORE : b.candidates[base + c]!;
        b.tokens[beam] = c === undefined ? 0 : uniform(uniforms, 'first_token') + (c % codes);
        b.state[beam * BEAM_STATE] =
          c === undefined
            ? -1
            : b.children[b.parent_state[parent * BEAM_STATE]! * codes + (c % codes)]!;
      }
    }
  },
});

export const BEAM_KERNELS = [SCORES, SELECT];
