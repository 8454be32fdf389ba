// Parameter competition balancing. For x = own - base: n = sgn(x) N, N = |x| clamped to low..high and
// mapped to 0..1. Element by element; padding stays out of what is selected and summed.

struct Params {
  length: u32,
  models: f32,
  // Clamps of |x|, of the model itself and of the other.
  low: f32,
  high: f32,
  other_low: f32,
  other_high: f32,
  // Threshold and largest value of the scores.
  least: f32,
  most: f32,
  // pcb_add: lambda. pcb_part: 1 or -1. pcb_pair: 0 where the score begins, else 1.
  factor: f32,
}

@group(0) @binding(0) var<storage, read_write> score: array<f32>;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;
@group(0) @binding(2) var<storage, read_write> divisor: array<f32>;
@group(0) @binding(3) var<storage, read> base: array<f32>;
@group(0) @binding(4) var<storage, read> own: array<f32>;
// Another model, or the sum of all task vectors (pcb_cross).
@group(0) @binding(5) var<storage, read> other: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

fn first_of(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

// x within low..high mapped to 0..1; 0 where there is no range.
fn mapped(x: f32, low: f32, high: f32) -> f32 {
  let width = high - low;
  return select(0.0, (clamp(x, low, high) - low) / select(1.0, width, width > 0.0), width > 0.0);
}

// tanh, also for tiny arguments: -e / (2 + e) with e = exp(-2 |x|) - 1.
fn squashed(x: f32) -> f32 {
  let y = -2.0 * abs(x);
  var e = exp(y) - 1.0;
  if (y > -0.5) {
    var series = 1.0;
    for (var n = 10.0; n > 1.0; n -= 1.0) {
      series = 1.0 + series * y / n;
    }
    e = y * series;
  }
  return sign(x) * (-e / (2.0 + e));
}

// Adds tanh(n_i n_j) to the score, or begins with it.
@compute @workgroup_size(64)
fn pcb_pair(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = own[i] - base[i];
    let y = other[i] - base[i];
    let product = mapped(abs(x), params.low, params.high)
      * mapped(abs(y), params.other_low, params.other_high);
    let before = select(score[i], 0.0, params.factor == 0.0);
    score[i] = before + squashed(sign(x) * sign(y) * product);
  }
}

// tanh(x * sum of all task vectors).
@compute @workgroup_size(64)
fn pcb_cross(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    score[i] = squashed((own[i] - base[i]) * other[i]);
  }
}

// Multiplies by exp(K N^2).
@compute @workgroup_size(64)
fn pcb_intra(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let size = mapped(abs(own[i] - base[i]), params.low, params.high);
    score[i] *= exp(params.models * size * size);
  }
}

// Positive (factor 1) or negative (factor -1) part of the scores, for selections by magnitude.
@compute @workgroup_size(64)
fn pcb_part(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    sum[i] = max(params.factor * score[i], 0.0);
  }
}

// Adds the clamped x, weighted by its mapped score.
@compute @workgroup_size(64)
fn pcb_add(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = own[i] - base[i];
    let share = mapped(score[i], params.least, params.most);
    sum[i] += params.factor * sign(x) * clamp(abs(x), params.low, params.high) * share;
    divisor[i] += share;
  }
}

@compute @workgroup_size(64)
fn pcb_finish(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    sum[i] = base[i] + sum[i] / max(divisor[i], 1e-12);
  }
}
