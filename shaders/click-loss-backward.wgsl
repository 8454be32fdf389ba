// Gradients of a click head, one thread per element of x[n, c]:
//   dx[n, c] (+)= dz[n] w[c] where x > 0, else 0;  partial[n, c] = dz[n] max(x[n, c], 0)
struct Params {
  rows: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> dx: array<f32>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<storage, read> dlogits: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn click_loss_backward(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let at = id.y * groups.x * 64u + id.x;
  if (at >= params.rows * params.width) {
    return;
  }
  let dz = dlogits[at / params.width];
  let value = x[at];
  let d = select(0.0, dz * weight[at % params.width], value > 0.0);
  dx[at] = select(d, dx[at] + d, params.accumulate != 0u);
  partial[at] = dz * max(value, 0.0);
}
