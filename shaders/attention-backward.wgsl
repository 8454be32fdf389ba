// Gradient of attention.wgsl from the saved log-sum-exp, without atomics; spans as there.
// queries: one thread per (tile of TILE rows, head): dq and delta = sum(dout * out).
// keys: one thread per (tile of TILE rows, kv head) walks the queries that see them, which are the
// later ones of the segment, or all where causal is 0: dk, dv.
const D4: u32 = 4u;
const TILE: u32 = 4u;
const NO_ROW: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  causal: u32,
  scale: f32,
  first_group: u32,
}

@group(0) @binding(0) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> delta: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<vec4f>;
@group(0) @binding(3) var<storage, read> out: array<vec4f>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(6) var<storage, read> spans: array<vec2u>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn queries(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = (params.first_group + id.y * groups.x) * 64u + id.x;
  let row0 = index / params.heads * TILE;
  if (row0 >= params.rows) {
    return;
  }
  let head = index % params.heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + head / (params.heads / params.kv_heads)) * D4;
  let v_column = k_column + params.kv_heads * D4;
  var q: array<vec4f, TILE * D4>;
  var d_out: array<vec4f, TILE * D4>;
  var sum: array<vec4f, TILE * D4>;
  var own_delta: array<f32, TILE>;
  var own_lse: array<f32, TILE>;
  // Row i of the tile sees key j when j - start[i] <= last[i], in wrapping arithmetic.
  var start: array<u32, TILE>;
  var last: array<u32, TILE>;
  var first_key = NO_ROW;
  var end_key = 0u;
  for (var i = 0u; i < TILE; i++) { // unroll
    let row = min(row0 + i, params.rows - 1u);
    let span = spans[row];
    let is_real = span.x < span.y && row0 + i < params.rows;
    start[i] = select(NO_ROW, span.x, is_real);
    let end = select(span.y, row + 1u, params.causal == 1u);
    last[i] = select(0u, end - 1u - span.x, is_real);
    first_key = min(first_key, start[i]);
    end_key = select(end_key, end, is_real);
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
  var key = first_key * stride;
  for (var j = first_key; j < end_key; j++) {
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
      let p = select(0.0, exp(dot(products, vec4f(1.0)) - own_lse[i]), j - start[i] <= last[i]);
      let ds = p * (dot(gains, vec4f(1.0)) - own_delta[i]) * params.scale;
      for (var d = 0u; d < D4; d++) { // unroll
        sum[i * D4 + d] += ds * k[d];
      }
    }
    key += stride;
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (row0 + i < params.rows) {
      let row = row0 + i;
      for (var d = 0u; d < D4; d++) { // unroll
        dqkv[row * stride + head * D4 + d] = sum[i * D4 + d];
      }
      delta[row * params.heads + head] = own_delta[i];
    }
  }
}

@compute @workgroup_size(64)
fn keys(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = (params.first_group + id.y * groups.x) * 64u + id.x;
  let row0 = index / params.kv_heads * TILE;
  if (row0 >= params.rows) {
    return;
  }
  let kv_head = index % params.kv_heads;
  let group = params.heads / params.kv_heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + kv_head) * D4;
  let v_column = k_column + params.kv_heads * D4;
  var k: array<vec4f, TILE * D4>;
  var v: array<vec4f, TILE * D4>;
  var dk: array<vec4f, TILE * D4>;
  var dv: array<vec4f, TILE * D4>;
  // Key i of the tile is seen by query t when t - origin[i] < count[i], in wrapping arithmetic.
  var origin: array<u32, TILE>;
  var count: array<u32, TILE>;
  var first_query = NO_ROW;
  var end_query = 0u;
  for (var i = 0u; i < TILE; i++) { // unroll
    let n = min(row0 + i, params.rows - 1u);
    let span = spans[n];
    let is_real = span.x < span.y && row0 + i < params.rows;
    origin[i] = select(span.x, n, params.causal == 1u);
    count[i] = select(0u, span.y - origin[i], is_real);
    first_query = select(first_query, min(first_query, origin[i]), is_real);
    end_query = select(end_query, span.y, is_real);
    let row = n * stride;
    for (var d = 0u; d < D4; d++) { // unroll
      k[i * D4 + d] = qkv[row + k_column + d] * params.scale;
      v[i * D4 + d] = qkv[row + v_column + d];
      dk[i * D4 + d] = vec4f();
      dv[i * D4 + d] = vec4f();
    }
  }
  for (var t = first_query; t < end_query; t++) {
    for (var head = kv_head * group; head < (kv_head + 1u) * group; head++) {
      let at = t * params.heads + head;
      let own_lse = lse[at];
      let own_delta = delta[at];
      var q: array<vec4f, D4>;
      var d_out: array<vec4f, D4>;
      for (var d = 0u; d < D4; d++) { // unroll
        q[d] = qkv[t * stride + head * D4 + d];
        d_out[d] = dout[at * D4 + d];
      }
      for (var i = 0u; i < TILE; i++) { // unroll
        var products = vec4f();
        var gains = vec4f();
        for (var d = 0u; d < D4; d++) { // unroll
          products += k[i * D4 + d] * q[d];
          gains += v[i * D4 + d] * d_out[d];
        }
        let p = select(0.0, exp(dot(products, vec4f(1.0)) - own_lse), t - origin[i] < count[i]);
        let ds = p * (dot(gains, vec4f(1.0)) - own_delta) * params.scale;
        for (var d = 0u; d < D4; d++) { // unroll
          dk[i * D4 + d] += ds * q[d];
          dv[i * D4 + d] += p * d_out[d];
        }
      }
    }
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (row0 + i < params.rows) {
      let row = (row0 + i) * stride;
      for (var d = 0u; d < D4; d++) { // unroll
        dqkv[row + k_column + d] = dk[i * D4 + d];
        dqkv[row + v_column + d] = dv[i * D4 + d];
      }
    }
  }
}
