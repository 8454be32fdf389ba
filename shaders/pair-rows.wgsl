// A history's rows beside their candidate: u[n] = [x[n], c, x[n] * c] with c = x[candidates[b]],
// b = n / length. Rows of the candidate's segment but itself; zeros elsewhere. One thread per 4
// columns of x. Width divisible by 4.
struct Params {
  sequences: u32,
  length: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> pairs: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> candidates: array<u32>;
@group(0) @binding(3) var<storage, read> spans: array<vec2u>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn pair_rows(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.sequences * params.length * c4) {
    return;
  }
  let row = index / c4;
  let column = index % c4;
  let candidate = candidates[row / params.length];
  let span = spans[candidate];
  var own = vec4f();
  var other = vec4f();
  if (row >= span.x && row < span.y && row != candidate) {
    own = x[index];
    other = x[candidate * c4 + column];
  }
  let base = row * 3u * c4 + column;
  pairs[base] = own;
  pairs[base + c4] = other;
  pairs[base + 2u * c4] = own * other;
}
