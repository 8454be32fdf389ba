// As cross-entropy.wgsl with a workgroup of 256 lanes for each row: every lane keeps the running
// maximum and sum of its columns, a tree joins them, and each lane overwrites its own columns.
struct Params {
  rows: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const LANES: u32 = 256u;
const NOTHING: f32 = -3.0e38;

// (maximum, sum of exponentials below it) of a lane's columns.
var<workgroup> found: array<vec2f, LANES>;

fn join(a: vec2f, b: vec2f) -> vec2f {
  let peak = max(a.x, b.x);
  return vec2f(peak, a.y * exp(a.x - peak) + b.y * exp(b.x - peak));
}

@compute @workgroup_size(256)
fn cross_entropy(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.vocabulary;
  if (targets[row] < 0) {
    for (var v = lane; v < params.vocabulary; v += LANES) {
      logits[base + v] = 0.0;
    }
    if (lane == 0u) {
      loss[row] = 0.0;
    }
    return;
  }
  let wanted = u32(targets[row]);
  var peak = NOTHING;
  for (var v = lane; v < params.vocabulary; v += LANES) {
    peak = max(peak, logits[base + v]);
  }
  var sum = 0.0;
  for (var v = lane; v < params.vocabulary; v += LANES) {
    sum += exp(logits[base + v] - peak);
  }
  found[lane] = vec2f(peak, sum);
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      found[lane] = join(found[lane], found[lane + half]);
    }
    workgroupBarrier();
  }
  let all = found[0];
  // The lane that owns the target's column also writes the loss: no other touches that logit.
  if (wanted % LANES == lane) {
    // The difference of logits first: their size must not eat the digits of the logarithm.
    loss[row] = log(all.y) + (all.x - logits[base + wanted]);
  }
  let scale = hyper[0];
  for (var v = lane; v < params.vocabulary; v += LANES) {
    var p = exp(logits[base + v] - all.x) / all.y;
    if (v == wanted) {
      p -= 1.0;
    }
    logits[base + v] = p * scale;
  }
}
