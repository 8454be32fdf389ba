// Cross-entropy of each row over its own run of children, one thread per row:
//   loss[n] = log(sum_k e^z[k]) - z[target],  dz = (p - onehot) * hyper[0]
// Logits are overwritten by their gradients. A row without children is not scored: its loss is 0.
struct Params {
  rows: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
// first child, number of children, start of the logits, place of the target.
@group(0) @binding(2) var<storage, read> runs: array<vec4u>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn child_softmax(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let run = runs[row];
  if (run.y == 0u) {
    loss[row] = 0.0;
    return;
  }
  let end = run.z + run.y;
  let wanted = logits[run.z + run.w];
  var peak = wanted;
  for (var k = run.z; k < end; k++) {
    peak = max(peak, logits[k]);
  }
  var total = 0.0;
  for (var k = run.z; k < end; k++) {
    total += exp(logits[k] - peak);
  }
  loss[row] = log(total) + (peak - wanted);
  let scale = hyper[0];
  for (var k = run.z; k < end; k++) {
    let hit = select(0.0, 1.0, k == run.z + run.w);
    logits[k] = (exp(logits[k] - peak) / total - hit) * scale;
  }
}
