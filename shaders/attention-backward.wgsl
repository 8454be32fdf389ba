// Gradient of attention.wgsl from the saved log-sum-exp, without atomics.
// queries: one thread per (sequence, tile of TILE positions, head): dq and delta = sum(dout * out).
// keys: one thread per (sequence, tile of TILE positions, kv head) walks the later queries: dk, dv.
const D4: u32 = 4u;
const TILE: u32 = 4u;

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
  var d_out: array<vec4f, TILE * D4>;
  var sum: array<vec4f, TILE * D4>;
  var own_delta: array<f32, TILE>;
  var own_lse: array<f32, TILE>;
  for (var i = 0u; i < TILE; i++) { // unroll
    let row = first_row + min(t0 + i, params.length - 1u);
    let at = row * params.heads + head;
    var overlap = vec4f();
    for (var d = 0u; d < D4; d++) { // unroll
      q[i * D4 + d] = qkv[row * stride + head * D4 + d] * params.scale;
      d_out[i * D4 + d] = dout[at * D4 + d];
      overlap += d_out[i * D4 + d] * out[at * D4 + d];
      sum[i * D4 + d] = vec4f();
    }
    own_delta[i] = dot(overlap, vec4f(1.0));
    own_lse[i] = lse[at];
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
      var gains = vec4f();
      for (var d = 0u; d < D4; d++) { // unroll
        products += q[i * D4 + d] * k[d];
        gains += d_out[i * D4 + d] * v[d];
      }
      let p = select(0.0, exp(dot(products, vec4f(1.0)) - own_lse[i]), j <= t0 + i);
      let ds = p * (dot(gains, vec4f(1.0)) - own_delta[i]) * params.scale;
      for (var d = 0u; d < D4; d++) { // unroll
        sum[i * D4 + d] += ds * k[d];
      }
    }
    key += stride;
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (t0 + i < params.length) {
      let row = first_row + t0 + i;
      for (var d = 0u; d < D4; d++) { // unroll
        dqkv[row * stride + head * D4 + d] = sum[i * D4 + d];
      }
      delta[row * params.heads + head] = own_delta[i];
    }
  }
}

@compute @workgroup_size(64)
fn keys(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let tiles = (params.length + TILE - 1u) / TILE;
  if (index >= params.batch * tiles * params.kv_heads) {
    return;
  }
  let kv_head = index % params.kv_heads;
  let first_row = index / params.kv_heads / tiles * params.length;
  let t0 = index / params.kv_heads % tiles * TILE;
  let group = params.heads / params.kv_heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + kv_head) * D4;
  let v_column = k_column + params.kv_heads * D4;
  var k: array<vec4f, TILE * D4>;
  var v: array<vec4f, TILE * D4>;
  var dk: array<vec4f, TILE * D4>;
  var dv: array<vec4f, TILE * D4>;
  for (var i = 0u; i < TILE; i++) { // unroll
    let row = (first_row + min(t0 + i, params.length - 1u)) * stride;
    for (var d = 0u; d < D4; d++) { // unroll
      k[i * D4 + d] = qkv[row + k_column + d] * params.scale;
      v[i * D4 + d] = qkv[row + v_column + d];
      dk[i * D4 + d] = vec4f();
      dv[i * D4 + d] = vec4f();
    }
  }
  for (var t = t0; t < params.length; t++) {
    for (var head = kv_head * group; head < (kv_head + 1u) * group; head++) {
      let row = first_row + t;
      let at = row * params.heads + head;
      let own_lse = lse[at];
      let own_delta = delta[at];
      var q: array<vec4f, D4>;
      var d_out: array<vec4f, D4>;
      for (var d = 0u; d < D4; d++) { // unroll
        q[d] = qkv[row * stride + head * D4 + d];
        d_out[d] = dout[at * D4 + d];
      }
      for (var i = 0u; i < TILE; i++) { // unroll
        var products = vec4f();
        var gains = vec4f();
        for (var d = 0u; d < D4; d++) { // unroll
          products += k[i * D4 + d] * q[d];
          gains += v[i * D4 + d] * d_out[d];
        }
        let p = select(0.0, exp(dot(products, vec4f(1.0)) - own_lse), t0 + i <= t);
        let ds = p * (dot(gains, vec4f(1.0)) - own_delta) * params.scale;
        for (var d = 0u; d < D4; d++) { // unroll
          dk[i * D4 + d] += ds * q[d];
          dv[i * D4 + d] += p * d_out[d];
        }
      }
    }
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (t0 + i < params.length) {
      let row = (first_row + t0 + i) * stride;
      for (var d = 0u; d < D4; d++) { // unroll
        dqkv[row + k_column + d] = dk[i * D4 + d];
        dqkv[row + v_column + d] = dv[i * D4 + d];
      }
    }
  }
}
