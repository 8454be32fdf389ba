// Causal grouped-query attention without a T x T matrix: online softmax, one thread per
// (sequence, position, head). A row of qkv is [H q | K k | K v] of width D.
//   out[n, h] = sum_j softmax_j(q . k_j / sqrt(D)) v_j,  lse = log sum_j exp(q . k_j / sqrt(D))
const D4: u32 = 4u;

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
  if (index >= params.batch * params.length * params.heads) {
    return;
  }
  let row = index / params.heads;
  let head = index % params.heads;
  let t = row % params.length;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + head / (params.heads / params.kv_heads)) * D4;
  let v_column = k_column + params.kv_heads * D4;
  var q: array<vec4f, D4>;
  var sum: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) {
    q[d] = qkv[row * stride + head * D4 + d] * params.scale;
    sum[d] = vec4f();
  }
  var peak = -3.0e38;
  var total = 0.0;
  var key = (row - t) * stride;
  for (var j = 0u; j <= t; j++) {
    var products = vec4f();
    for (var d = 0u; d < D4; d++) {
      products += q[d] * qkv[key + k_column + d];
    }
    let score = dot(products, vec4f(1.0));
    if (score > peak) {
      let shrink = exp(peak - score);
      total *= shrink;
      for (var d = 0u; d < D4; d++) {
        sum[d] *= shrink;
      }
      peak = score;
    }
    let p = exp(score - peak);
    total += p;
    for (var d = 0u; d < D4; d++) {
      sum[d] += p * qkv[key + v_column + d];
    }
    key += stride;
  }
  for (var d = 0u; d < D4; d++) {
    out[index * D4 + d] = sum[d] / total;
  }
  lse[index] = peak + log(total);
}
