// Scores of all continuations of a beam: score + log-softmax over the legal children of its trie
// node. Illegal codes are left out before the softmax, so probabilities are renormalised over what
// can follow. One thread per beam. state[beam * STRIDE] = trie node, -1 = dead beam.
const STRIDE: u32 = 8u;
const DEAD: f32 = -3.0e38;

struct Params {
  beams: u32,
  codes: u32,
  logits_stride: u32,
  logits_offset: u32,
}

@group(0) @binding(0) var<storage, read_write> candidates: array<f32>;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> scores: array<f32>;
@group(0) @binding(3) var<storage, read> state: array<i32>;
@group(0) @binding(4) var<storage, read> children: array<i32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn beam_scores(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let beam = id.y * groups.x * 64u + id.x;
  if (beam >= params.beams) {
    return;
  }
  let base = beam * params.codes;
  let own = beam * params.logits_stride + params.logits_offset;
  let node = state[beam * STRIDE];
  if (node < 0) {
    for (var code = 0u; code < params.codes; code++) {
      candidates[base + code] = DEAD;
    }
    return;
  }
  let first = u32(node) * params.codes;
  var peak = DEAD;
  for (var code = 0u; code < params.codes; code++) {
    if (children[first + code] >= 0) {
      peak = max(peak, logits[own + code]);
    }
  }
  var total = 0.0;
  for (var code = 0u; code < params.codes; code++) {
    if (children[first + code] >= 0) {
      total += exp(logits[own + code] - peak);
    }
  }
  let shift = scores[beam] - peak - log(total);
  for (var code = 0u; code < params.codes; code++) {
    let is_legal = children[first + code] >= 0;
    candidates[base + code] = select(DEAD, logits[own + code] + shift, is_legal);
  }
}
