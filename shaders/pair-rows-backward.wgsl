// Gradient of pair-rows.wgsl, [d1, d2, d3] = dpairs[n]: a history's row gets d1 + d3 * c, its
// candidate the sum of d2 + d3 * x[n] over the history in order. One thread per 4 columns of x.
struct Params {
  sequences: u32,
  length: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(1) var<storage, read> dpairs: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> candidates: array<u32>;
@group(0) @binding(4) var<storage, read> spans: array<vec2u>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn pair_rows_backward(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.sequences * params.length * c4) {
    return;
  }
  let row = index / c4;
  let column = index % c4;
  let candidate = candidates[row / params.length];
  let span = spans[candidate];
  var d = vec4f();
  if (row == candidate) {
    for (var n = span.x; n < span.y; n++) {
      if (n != candidate) {
        let base = n * 3u * c4 + column;
        d += dpairs[base + c4] + dpairs[base + 2u * c4] * x[n * c4 + column];
      }
    }
  } else if (row >= span.x && row < span.y) {
    let base = row * 3u * c4 + column;
    d = dpairs[base] + dpairs[base + 2u * c4] * x[candidate * c4 + column];
  }
  dx[index] = select(d, dx[index] + d, params.accumulate != 0u);
}
