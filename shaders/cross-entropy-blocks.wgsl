// Softmax cross-entropy over a vocabulary whose logits come in blocks of columns, one thread per
// row. `scan` walks all blocks first and keeps (peak, total, wanted logit) of each row in `state`;
// `apply` sees each block once more and overwrites its logits by their gradient, as
// cross-entropy.wgsl does for whole rows:
//   loss[n] = log sum_v exp(z[n, v]) - z[n, target],  dz = (softmax(z) - onehot) * hyper[0]
struct Params {
  rows: u32,
  // Columns of this block, and the vocabulary index of its first one.
  columns: u32,
  first: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4f>;
@group(0) @binding(3) var<storage, read> targets: array<i32>;
@group(0) @binding(4) var<storage, read> hyper: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scan(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows || targets[row] < 0) {
    return;
  }
  let base = row * params.columns;
  var peak = logits[base];
  for (var v = 1u; v < params.columns; v++) {
    peak = max(peak, logits[base + v]);
  }
  var before = vec4f(peak, 0.0, 0.0, 0.0);
  if (params.first > 0u) {
    before = state[row];
    peak = max(peak, before.x);
  }
  var total = before.y * exp(before.x - peak);
  for (var v = 0u; v < params.columns; v++) {
    total += exp(logits[base + v] - peak);
  }
  var wanted_logit = before.z;
  // Wraps for targets of earlier blocks, so that one comparison is enough.
  let column = u32(targets[row]) - params.first;
  if (column < params.columns) {
    wanted_logit = logits[base + column];
  }
  state[row] = vec4f(peak, total, wanted_logit, 0.0);
}

@compute @workgroup_size(64)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.columns;
  let is_first = params.first == 0u;
  if (targets[row] < 0) {
    for (var v = 0u; v < params.columns; v++) {
      logits[base + v] = 0.0;
    }
    if (is_first) {
      loss[row] = 0.0;
    }
    return;
  }
  let found = state[row];
  if (is_first) {
    // The difference of logits first: their size must not eat the digits of the logarithm.
    loss[row] = log(found.y) + (found.x - found.z);
  }
  let column = u32(targets[row]) - params.first;
  let scale = hyper[0];
  for (var v = 0u; v < params.columns; v++) {
    var p = exp(logits[base + v] - found.x) / found.y;
    if (v == column) {
      p -= 1.0;
    }
    logits[base + v] = p * scale;
  }
}
