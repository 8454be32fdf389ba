// As attention.wgsl with dropout of the probabilities: out = sum_j p_j m_j keep v_j, where p is the
// softmax before anything is dropped. One thread per (row, head), on every adapter.
// The mask of key j is the 16 bits of Threefry at ((row, head), (site, j - start)).
const D4: u32 = 4u;
const MASKED: f32 = -3.0e38;

struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  causal: u32,
  site: u32,
  threshold: u32,
  scale: f32,
  keep: f32,
  first_group: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> lse: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(3) var<storage, read> spans: array<vec2u>;
@group(0) @binding(4) var<storage, read> draw: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

fn turn(x: vec2u, bits: u32) -> vec2u {
  let sum = x.x + x.y;
  return vec2u(sum, ((x.y << bits) | (x.y >> (32u - bits))) ^ sum);
}

// Threefry-2x32-20 as in src/core/rng.ts, both words.
fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  let parity = key.x ^ key.y ^ 0x1bd11bdau;
  var x = counter + key;
  x = turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(key.y, parity + 1u);
  x = turn(turn(turn(turn(x, 17u), 29u), 16u), 24u) + vec2u(parity, key.x + 2u);
  x = turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(key.x, key.y + 3u);
  x = turn(turn(turn(turn(x, 17u), 29u), 16u), 24u) + vec2u(key.y, parity + 4u);
  return turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(parity, key.x + 5u);
}

// The words of four neighbouring keys of a row and head.
fn words_of(row: u32, head: u32, key: u32) -> vec2u {
  let place = (draw[2] + row) * params.heads + head;
  let counter = vec2u(place, (params.site << 20u) | (key >> 2u));
  return threefry(vec2u(draw[0], draw[1]), counter);
}

fn factor_of(words: vec2u, key: u32) -> f32 {
  let word = select(words.x, words.y, (key & 2u) != 0u);
  let bits = (word >> ((key & 1u) * 16u)) & 0xffffu;
  return select(params.keep, 0.0, bits < params.threshold);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = (params.first_group + id.y * groups.x) * 64u + id.x;
  let row = index / params.heads;
  if (row >= params.rows) {
    return;
  }
  let head = index % params.heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + head / (params.heads / params.kv_heads)) * D4;
  let v_column = k_column + params.kv_heads * D4;
  let span = spans[row];
  let is_real = span.x < span.y;
  let end = select(span.x, select(span.y, row + 1u, params.causal == 1u), is_real);
  var q: array<vec4f, D4>;
  var sum: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) { // unroll
    q[d] = qkv[row * stride + head * D4 + d] * params.scale;
    sum[d] = vec4f();
  }
  var peak = MASKED;
  var total = 0.0;
  var words = vec2u();
  for (var j = span.x; j < end; j++) {
    let key = j - span.x;
    if ((key & 3u) == 0u) {
      words = words_of(row, head, key);
    }
    var products = vec4f();
    for (var d = 0u; d < D4; d++) { // unroll
      products += q[d] * qkv[j * stride + k_column + d];
    }
    let score = dot(products, vec4f(1.0));
    let new_peak = max(peak, score);
    let shrink = exp(peak - new_peak);
    let p = exp(score - new_peak);
    peak = new_peak;
    total = total * shrink + p;
    let kept = p * factor_of(words, key);
    for (var d = 0u; d < D4; d++) { // unroll
      sum[d] = sum[d] * shrink + kept * qkv[j * stride + v_column + d];
    }
  }
  let divisor = select(1.0, total, is_real);
  for (var d = 0u; d < D4; d++) { // unroll
    out[index * D4 + d] = sum[d] / divisor;
  }
  lse[index] = select(0.0, peak + log(divisor), is_real);
}
