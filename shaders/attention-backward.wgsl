// Gradient of attention.wgsl from the saved log-sum-exp, without atomics.
// queries: one thread per (sequence, position, head) writes dq and delta = sum(dout * out).
// keys: one thread per (sequence, position, kv head) walks the later queries, writes dk and dv.
const D4: u32 = 4u;

struct Params {
  batch: u32,
  length: u32,
  heads: u32,
  kv_heads: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> delta: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<vec4f>;
@group(0) @binding(3) var<storage, read> out: array<vec4f>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn queries(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
  var d_out: array<vec4f, D4>;
  var sum: array<vec4f, D4>;
  var overlap = vec4f();
  for (var d = 0u; d < D4; d++) {
    q[d] = qkv[row * stride + head * D4 + d] * params.scale;
    d_out[d] = dout[index * D4 + d];
    overlap += d_out[d] * out[index * D4 + d];
    sum[d] = vec4f();
  }
  let own_delta = dot(overlap, vec4f(1.0));
  let own_lse = lse[index];
  var key = (row - t) * stride;
  for (var j = 0u; j <= t; j++) {
    var products = vec4f();
    var gains = vec4f();
    for (var d = 0u; d < D4; d++) {
      products += q[d] * qkv[key + k_column + d];
      gains += d_out[d] * qkv[key + v_column + d];
    }
    let p = exp(dot(products, vec4f(1.0)) - own_lse);
    let ds = p * (dot(gains, vec4f(1.0)) - own_delta) * params.scale;
    for (var d = 0u; d < D4; d++) {
      sum[d] += ds * qkv[key + k_column + d];
    }
    key += stride;
  }
  for (var d = 0u; d < D4; d++) {
    dqkv[row * stride + head * D4 + d] = sum[d];
  }
  delta[index] = own_delta;
}

@compute @workgroup_size(64)
fn keys(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= params.batch * params.length * params.kv_heads) {
    return;
  }
  let row = index / params.kv_heads;
  let kv_head = index % params.kv_heads;
  let t = row % params.length;
  let group = params.heads / params.kv_heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + kv_head) * D4;
  let v_column = k_column + params.kv_heads * D4;
  var k: array<vec4f, D4>;
  var v: array<vec4f, D4>;
  var dk: array<vec4f, D4>;
  var dv: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) {
    k[d] = qkv[row * stride + k_column + d] * params.scale;
    v[d] = qkv[row * stride + v_column + d];
    dk[d] = vec4f();
    dv[d] = vec4f();
  }
  for (var i = row; i < row - t + params.length; i++) {
    for (var head = kv_head * group; head < (kv_head + 1u) * group; head++) {
      let query = i * stride + head * D4;
      let at = i * params.heads + head;
      var products = vec4f();
      var gains = vec4f();
      for (var d = 0u; d < D4; d++) {
        products += k[d] * qkv[query + d];
        gains += v[d] * dout[at * D4 + d];
      }
      let p = exp(dot(products, vec4f(1.0)) - lse[at]);
      let ds = p * (dot(gains, vec4f(1.0)) - delta[at]) * params.scale;
      for (var d = 0u; d < D4; d++) {
        dk[d] += ds * qkv[query + d];
        dv[d] += p * dout[at * D4 + d];
      }
    }
  }
  for (var d = 0u; d < D4; d++) {
    dqkv[row * stride + k_column + d] = dk[d];
    dqkv[row * stride + v_column + d] = dv[d];
  }
}
