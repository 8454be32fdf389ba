// Causal grouped-query attention without a T x T matrix: online softmax, one thread per
// (sequence, tile of TILE positions, head), so that each key and value is loaded once a tile.
// A row of qkv is [H q | K k | K v] of width D.
//   out[n, h] = sum_j softmax_j(q . k_j / sqrt(D)) v_j,  lse = log sum_j exp(q . k_j / sqrt(D))
const D4: u32 = 4u;
const TILE: u32 = 4u;
const MASKED: f32 = -3.0e38;

struct Params {
  batch: u32,
  length: u32,
  heads: u32,
  kv_heads: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> lse: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let tiles = (params.length + TILE - 1u) / TILE;
  if (index >= params.batch * tiles * params.heads) {
    return;
  }
  let head = index % params.heads;
  let first_row = index / params.heads / tiles * params.length;
  let t0 = index / params.heads % tiles * TILE;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + head / (params.heads / params.kv_heads)) * D4;
  let v_column = k_column + params.kv_heads * D4;
  var q: array<vec4f, TILE * D4>;
  var sum: array<vec4f, TILE * D4>;
  var peak: array<f32, TILE>;
  var total: array<f32, TILE>;
  for (var i = 0u; i < TILE; i++) { // unroll
    let query = (first_row + min(t0 + i, params.length - 1u)) * stride + head * D4;
    peak[i] = MASKED;
    total[i] = 0.0;
    for (var d = 0u; d < D4; d++) { // unroll
      q[i * D4 + d] = qkv[query + d] * params.scale;
      sum[i * D4 + d] = vec4f();
    }
  }
  var key = first_row * stride;
  for (var j = 0u; j < min(t0 + TILE, params.length); j++) {
    var k: array<vec4f, D4>;
    var v: array<vec4f, D4>;
    for (var d = 0u; d < D4; d++) { // unroll
      k[d] = qkv[key + k_column + d];
      v[d] = qkv[key + v_column + d];
    }
    for (var i = 0u; i < TILE; i++) { // unroll
      var products = vec4f();
      for (var d = 0u; d < D4; d++) { // unroll
        products += q[i * D4 + d] * k[d];
      }
      let score = select(MASKED, dot(products, vec4f(1.0)), j <= t0 + i);
      let new_peak = max(peak[i], score);
      let shrink = exp(peak[i] - new_peak);
      let p = exp(score - new_peak);
      peak[i] = new_peak;
      total[i] = total[i] * shrink + p;
      for (var d = 0u; d < D4; d++) { // unroll
        sum[i * D4 + d] = sum[i * D4 + d] * shrink + p * v[d];
      }
    }
    key += stride;
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (t0 + i < params.length) {
      let at = (first_row + t0 + i) * params.heads + head;
      for (var d = 0u; d < D4; d++) { // unroll
        out[at * D4 + d] = sum[i * D4 + d] / total[i];
      }
      lse[at] = peak[i] + log(total[i]);
    }
  }
}
