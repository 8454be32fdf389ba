// Gradient of rotary.wgsl: rotation by the negative angle, then the RMSNorm gradient per head.
// backward: one thread per (row, head). weight_partial: one thread per (chunk of rows, q or k,
// 4 of the first D/2 columns); partial[chunk] = [dq weights D | dk weights D].
struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  head_width: u32,
  has_norm: u32,
  chunk: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> inverse: array<f32>;
@group(0) @binding(3) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(4) var<storage, read> w: array<vec4f>;
@group(0) @binding(5) var<storage, read> table: array<vec4f>;
@group(0) @binding(6) var<storage, read> positions: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let all_heads = params.heads + 2u * params.kv_heads;
  if (index >= params.rows * all_heads) {
    return;
  }
  let row = index / all_heads;
  let head = index % all_heads;
  let d4 = params.head_width / 4u;
  let half = d4 / 2u;
  let base = index * d4;
  if (head >= params.heads + params.kv_heads) {
    for (var d = 0u; d < d4; d++) {
      out[base + d] = dy[base + d];
    }
    return;
  }
  let weights = select(0u, d4, head >= params.heads);
  let angle = positions[row] * d4;
  var products = vec4f();
  for (var d = 0u; d < half; d++) {
    let cosine = table[angle + d];
    let sine = table[angle + half + d];
    let da = dy[base + d];
    let db = dy[base + half + d];
    var ga = da * cosine + db * sine;
    var gb = db * cosine - da * sine;
    if (params.has_norm != 0u) {
      ga *= w[weights + d];
      gb *= w[weights + half + d];
      products += ga * qkv[base + d] + gb * qkv[base + half + d];
    }
    out[base + d] = ga;
    out[base + half + d] = gb;
  }
  if (params.has_norm == 0u) {
    return;
  }
  let r = inverse[row * (params.heads + params.kv_heads) + head];
  let shift = dot(products, vec4f(1.0)) * r * r * r / f32(params.head_width);
  for (var d = 0u; d < d4; d++) {
    out[base + d] = out[base + d] * r - qkv[base + d] * shift;
  }
}

@compute @workgroup_size(64)
fn weight_partial(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let d4 = params.head_width / 4u;
  let half = d4 / 2u;
  let chunks = (params.rows + params.chunk - 1u) / params.chunk;
  if (index >= chunks * d4) {
    return;
  }
  let part = index / d4;
  let kind = index % d4 / half;
  let d = index % half;
  let all_heads = params.heads + 2u * params.kv_heads;
  let first_head = select(0u, params.heads, kind == 1u);
  let last_head = select(params.heads, params.heads + params.kv_heads, kind == 1u);
  var sum_a = vec4f();
  var sum_b = vec4f();
  for (var row = part * params.chunk; row < min((part + 1u) * params.chunk, params.rows); row++) {
    let cosine = table[positions[row] * d4 + d];
    let sine = table[positions[row] * d4 + half + d];
    for (var head = first_head; head < last_head; head++) {
      let base = (row * all_heads + head) * d4;
      let r = inverse[row * (params.heads + params.kv_heads) + head];
      let da = dy[base + d];
      let db = dy[base + half + d];
      sum_a += (da * cosine + db * sine) * qkv[base + d] * r;
      sum_b += (db * cosine - da * sine) * qkv[base + half + d] * r;
    }
  }
  let at = part * 2u * d4 + kind * d4 + d;
  out[at] = sum_a;
  out[at + half] = sum_b;
}
