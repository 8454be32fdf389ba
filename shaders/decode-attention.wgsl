// Attention of one new token per beam over its user's prompt and its own earlier tokens.
// prompt: rows [user * length + j], j < lengths[user]; beam_kv: rows [step * beams + row], the rows
// of a beam's ancestors stand in its state. A row is [H q | K k | K v] of width D.
// One thread per (beam, head).
const D4: u32 = 4u;

struct Params {
  beams: u32,
  beams_per_user: u32,
  length: u32,
  step: u32,
  heads: u32,
  kv_heads: u32,
  // Words of a state.
  state_stride: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> prompt: array<vec4f>;
@group(0) @binding(2) var<storage, read> beam_kv: array<vec4f>;
@group(0) @binding(3) var<storage, read> state: array<i32>;
@group(0) @binding(4) var<storage, read> lengths: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

var<private> q: array<vec4f, D4>;
var<private> sum: array<vec4f, D4>;
var<private> peak: f32;
var<private> total: f32;

// Rescales what was summed so far when a larger score arrives; returns the weight of this score.
fn weigh(score: f32) -> f32 {
  if (score > peak) {
    let shrink = exp(peak - score);
    total *= shrink;
    for (var d = 0u; d < D4; d++) { // unroll
      sum[d] *= shrink;
    }
    peak = score;
  }
  let p = exp(score - peak);
  total += p;
  return p;
}

@compute @workgroup_size(64)
fn decode(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= params.beams * params.heads) {
    return;
  }
  let beam = index / params.heads;
  let head = index % params.heads;
  let user = beam / params.beams_per_user;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + head / (params.heads / params.kv_heads)) * D4;
  let v_column = k_column + params.kv_heads * D4;
  let own = (params.step * params.beams + beam) * stride + head * D4;
  for (var d = 0u; d < D4; d++) { // unroll
    q[d] = beam_kv[own + d] * params.scale;
    sum[d] = vec4f();
  }
  peak = -3.0e38;
  total = 0.0;
  var key = user * params.length * stride;
  for (var j = 0u; j < lengths[user]; j++) {
    var products = vec4f();
    for (var d = 0u; d < D4; d++) { // unroll
      products += q[d] * prompt[key + k_column + d];
    }
    let p = weigh(dot(products, vec4f(1.0)));
    for (var d = 0u; d < D4; d++) { // unroll
      sum[d] += p * prompt[key + v_column + d];
    }
    key += stride;
  }
  for (var step = 0u; step <= params.step; step++) {
    let row = u32(state[beam * params.state_stride + 1u + step]);
    key = (step * params.beams + row) * stride;
    var products = vec4f();
    for (var d = 0u; d < D4; d++) { // unroll
      products += q[d] * beam_kv[key + k_column + d];
    }
    let p = weigh(dot(products, vec4f(1.0)));
    for (var d = 0u; d < D4; d++) { // unroll
      sum[d] += p * beam_kv[key + v_column + d];
    }
  }
  for (var d = 0u; d < D4; d++) { // unroll
    out[index * D4 + d] = sum[d] / total;
  }
}
