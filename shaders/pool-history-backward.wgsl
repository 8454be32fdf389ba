// Gradient of pool-history.wgsl, [d1, d2, d3] = dout[b] and dp = d1 + d3 * c: a history's row gets
// dx = weights[n] dp and dweights = x[n] . dp, its candidate dx = d2 + d3 * p; zeros elsewhere. One
// thread per row.
struct Params {
  sequences: u32,
  length: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dweights: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read> out: array<vec4f>;
@group(0) @binding(6) var<storage, read> candidates: array<u32>;
@group(0) @binding(7) var<storage, read> spans: array<vec2u>;
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn pool_history_backward(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.sequences * params.length) {
    return;
  }
  let c4 = params.width / 4u;
  let candidate = candidates[row / params.length];
  let span = spans[candidate];
  let is_history = row >= span.x && row < span.y && row != candidate;
  let base = row / params.length * 3u * c4;
  var sums = vec4f();
  for (var column = 0u; column < c4; column++) {
    let d3 = dout[base + 2u * c4 + column];
    let at = row * c4 + column;
    var d = vec4f();
    if (is_history) {
      let dp = dout[base + column] + d3 * x[candidate * c4 + column];
      sums += dp * x[at];
      d = weights[row] * dp;
    } else if (row == candidate) {
      d = dout[base + c4 + column] + d3 * out[base + column];
    }
    dx[at] = select(d, dx[at] + d, params.accumulate != 0u);
  }
  dweights[row] = dot(sums, vec4f(1.0));
}
