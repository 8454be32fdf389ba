// Output of a click head and its binary cross-entropy.
//   z[n] = sum_c max(x[n, c], 0) w[c] + b,  loss[n] = log(1 + e^z) - y z
//   dz[n] = (sigmoid(z) - y) * hyper[0];  dx[n, c] = dz w[c] where x > 0
//   partial[n, c] = dz max(x[n, c], 0): its column sums are dw
// Label -100 = not scored: loss and dz are 0, z is still written.
struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> labels: array<i32>;
@group(0) @binding(7) var<storage, read> hyper: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn click_loss(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.width;
  var z = bias[0];
  for (var c = 0u; c < params.width; c++) {
    z += max(x[base + c], 0.0) * weight[c];
  }
  logits[row] = z;
  if (labels[row] < 0) {
    loss[row] = 0.0;
    dlogits[row] = 0.0;
    return;
  }
  let y = f32(labels[row]);
  // e^-|z| never overflows, and log(1 + e) keeps what log1p would where e is tiny.
  let e = exp(-abs(z));
  let tail = select(log(1.0 + e), e * (1.0 - 0.5 * e), e < 1e-3);
  loss[row] = max(z, 0.0) - y * z + tail;
  let p = select(e, 1.0, z >= 0.0) / (1.0 + e);
  dlogits[row] = (p - y) * hyper[0];
}
