// A weighted sum of a history, beside its candidate: out[b] = [p, c, p * c] with c = x[candidates[b]]
// and p the sum of weights[n] x[n] in order over the rows n of the candidate's segment but itself.
// One thread per 4 columns of x. Width divisible by 4.
struct Params {
  sequences: u32,
  length: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> candidates: array<u32>;
@group(0) @binding(4) var<storage, read> spans: array<vec2u>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn pool_history(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.sequences * c4) {
    return;
  }
  let column = index % c4;
  let candidate = candidates[index / c4];
  let span = spans[candidate];
  var pooled = vec4f();
  for (var n = span.x; n < span.y; n++) {
    if (n != candidate) {
      pooled += weights[n] * x[n * c4 + column];
    }
  }
  let own = x[candidate * c4 + column];
  let base = index / c4 * 3u * c4 + column;
  out[base] = pooled;
  out[base + c4] = own;
  out[base + 2u * c4] = pooled * own;
}
