// Causal grouped-query attention without a T x T matrix: online softmax, one thread per
// (tile of TILE rows, head), so that each key and value is loaded once a tile.
// A row of qkv is [H q | K k | K v] of width D. Row n sees the rows spans[2n] <= j <= n of its
// segment [spans[2n], spans[2n + 1]), or all of it where causal is 0; an empty segment marks padding,
// which gets out = 0, lse = 0.
//   out[n, h] = sum_j softmax_j(q . k_j / sqrt(D)) v_j,  lse = log sum_j exp(q . k_j / sqrt(D))
const D4: u32 = 4u;
const TILE: u32 = 4u;
const MASKED: f32 = -3.0e38;
const NO_ROW: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  causal: u32,
  scale: f32,
  first_group: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> lse: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(3) var<storage, read> spans: array<vec2u>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
  var sum: array<vec4f, TILE * D4>;
  var peak: array<f32, TILE>;
  var total: array<f32, TILE>;
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
    let query = row * stride + head * D4;
    peak[i] = MASKED;
    total[i] = 0.0;
    for (var d = 0u; d < D4; d++) { // unroll
      q[i * D4 + d] = qkv[query + d] * params.scale;
      sum[i * D4 + d] = vec4f();
    }
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
      for (var d = 0u; d < D4; d++) { // unroll
        products += q[i * D4 + d] * k[d];
      }
      let score = select(MASKED, dot(products, vec4f(1.0)), j - start[i] <= last[i]);
      // A masked key before the first visible one weighs 1 here and 0 once that one has come.
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
    if (row0 + i < params.rows) {
      let at = (row0 + i) * params.heads + head;
      let is_real = start[i] != NO_ROW;
      let divisor = select(1.0, total[i], is_real);
      for (var d = 0u; d < D4; d++) { // unroll
        out[at * D4 + d] = select(vec4f(), sum[i * D4 + d] / divisor, is_real);
      }
      lse[at] = select(0.0, peak[i] + log(divisor), is_real);
    }
  }
}
