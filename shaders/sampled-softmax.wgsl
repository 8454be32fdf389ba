// Cross-entropy of the target against S sampled tokens, one thread per row. `group_rows` rows that
// follow each other share their samples.
// candidates: token of each target (rows of them), then of each group's samples. Where a sample is the
// row's own target, it does not compete. shifts (same order) are taken off the logits: log Q, or 0.
//   loss[n] = log(e^t + sum_s e^z[n, s]) - t,  dz = p * hyper[0],  dt = (p_t - 1) * hyper[0]
// With `adds` the loss is added to what is there.
// Logits and target logits are overwritten by their gradients. Target -100 = not scored.
struct Params {
  rows: u32,
  samples: u32,
  group_rows: u32,
  adds: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> target_logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read> targets: array<i32>;
@group(0) @binding(4) var<storage, read> candidates: array<u32>;
@group(0) @binding(5) var<storage, read> shifts: array<f32>;
@group(0) @binding(6) var<storage, read> hyper: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn sampled(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.samples;
  let before = select(0.0, loss[row], params.adds != 0u);
  if (targets[row] < 0) {
    for (var s = 0u; s < params.samples; s++) {
      logits[base + s] = 0.0;
    }
    target_logits[row] = 0.0;
    loss[row] = before;
    return;
  }
  let first = params.rows + row / params.group_rows * params.samples;
  let own = u32(targets[row]);
  let wanted = target_logits[row] - shifts[row];
  var peak = wanted;
  for (var s = 0u; s < params.samples; s++) {
    if (candidates[first + s] != own) {
      peak = max(peak, logits[base + s] - shifts[first + s]);
    }
  }
  var total = exp(wanted - peak);
  for (var s = 0u; s < params.samples; s++) {
    if (candidates[first + s] != own) {
      total += exp(logits[base + s] - shifts[first + s] - peak);
    }
  }
  loss[row] = before + (log(total) + (peak - wanted));
  let scale = hyper[0];
  for (var s = 0u; s < params.samples; s++) {
    let p = exp(logits[base + s] - shifts[first + s] - peak) / total;
    logits[base + s] = select(0.0, p * scale, candidates[first + s] != own);
  }
  target_logits[row] = (exp(wanted - peak) / total - 1.0) * scale;
}
