// Per-head RMSNorm of q and k (optional), then the rotary embedding, half-split convention:
//   n = x * r * w;  out[d] = n[d] cos - n[d + D/2] sin;  out[d + D/2] = n[d + D/2] cos + n[d] sin
// A row of qkv is [H q heads | K k heads | K v heads] of width D each; v is copied.
// One thread per (row, head). D divisible by 8. w = [q weights D | k weights D].
// table[position] = [cos D/2 | sin D/2].
struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  head_width: u32,
  has_norm: u32,
  first_row: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(3) var<storage, read> w: array<vec4f>;
@group(0) @binding(4) var<storage, read> table: array<vec4f>;
@group(0) @binding(5) var<storage, read> positions: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
  let target_base = (params.first_row * all_heads + index) * d4;
  if (head >= params.heads + params.kv_heads) {
    for (var d = 0u; d < d4; d++) {
      out[target_base + d] = qkv[base + d];
    }
    return;
  }
  var r = 1.0;
  if (params.has_norm != 0u) {
    var squares = vec4f();
    for (var d = 0u; d < d4; d++) {
      squares += qkv[base + d] * qkv[base + d];
    }
    r = 1.0 / sqrt(dot(squares, vec4f(1.0)) / f32(params.head_width) + params.eps);
    inverse[row * (params.heads + params.kv_heads) + head] = r;
  }
  let weights = select(0u, d4, head >= params.heads);
  let angle = positions[row] * d4;
  for (var d = 0u; d < half; d++) {
    var a = qkv[base + d];
    var b = qkv[base + half + d];
    if (params.has_norm != 0u) {
      a *= r * w[weights + d];
      b *= r * w[weights + half + d];
    }
    let cosine = table[angle + d];
    let sine = table[angle + half + d];
    out[target_base + d] = a * cosine - b * sine;
    out[target_base + half + d] = b * cosine + a * sine;
  }
}
