// Folds over task vectors x = model - base, one model a dispatch, `result` between them. Element by
// element; padding is zero in every operand.

struct Params {
  length: u32,
  // Number of this model, from 1.
  count: u32,
  a: f32,
  b: f32,
}

@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read_write> second: array<f32>;
@group(0) @binding(2) var<storage, read> base: array<f32>;
@group(0) @binding(3) var<storage, read> model: array<f32>;
// What earlier folds found: sums, the elected vector, counts.
@group(0) @binding(4) var<storage, read> found: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

fn first_of(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

// The largest |x|; of equal ones the later.
@compute @workgroup_size(64)
fn fold_largest(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = model[i] - base[i];
    result[i] = select(result[i], x, abs(x) >= abs(result[i]));
  }
}

// base + w x, w = a / |x| within 0..1 (|x| at least b).
@compute @workgroup_size(64)
fn fold_near(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = model[i] - base[i];
    let weight = clamp(params.a / max(abs(x), params.b), 0.0, 1.0);
    result[i] = select(base[i] + weight * x, model[i], weight == 1.0);
  }
}

// The largest |x| of those with the sign of the sum `found` (0 counts as -), with that sign.
@compute @workgroup_size(64)
fn fold_elected(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let chosen = select(-1.0, 1.0, found[i] > 0.0);
    let size = chosen * (model[i] - base[i]);
    result[i] = chosen * max(abs(result[i]), max(size, 0.0));
  }
}

// `found` where x has its sign, else 0.
@compute @workgroup_size(64)
fn fold_agreeing(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = model[i] - base[i];
    let value = found[i];
    let agrees = (x > 0.0 && value > 0.0) || (x < 0.0 && value < 0.0);
    result[i] = select(0.0, value, agrees);
  }
}

// Adds 1 where |x| > a |found - x| + b.
@compute @workgroup_size(64)
fn fold_dominant(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = model[i] - base[i];
    result[i] += select(0.0, 1.0, abs(x) > params.a * abs(found[i] - x) + params.b);
  }
}

// base + a * found where the count in `result` is at least b.
@compute @workgroup_size(64)
fn fold_agreed(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    result[i] = base[i] + select(0.0, params.a * found[i], result[i] >= params.b);
  }
}

// Running sum of squared distances from the mean; `second` is the mean (Welford).
@compute @workgroup_size(64)
fn fold_spread(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = model[i] - base[i];
    let distance = x - second[i];
    let mean = second[i] + distance / f32(params.count);
    result[i] += distance * (x - mean);
    second[i] = mean;
  }
}

// 1 where x is active (|x| > b) in this model alone, 2 where in others too; `found` counts models.
@compute @workgroup_size(64)
fn fold_owners(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let is_active = abs(model[i] - base[i]) > params.b;
    result[i] = select(0.0, min(found[i], 2.0), is_active);
  }
}

// x where it is active in this model alone.
@compute @workgroup_size(64)
fn fold_unique(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = model[i] - base[i];
    result[i] = select(0.0, x, abs(x) > params.b && found[i] == 1.0);
  }
}

// Adds x / (number of models in which it is active) where it is active.
@compute @workgroup_size(64)
fn fold_share(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let x = model[i] - base[i];
    result[i] += select(0.0, x / max(found[i], 1.0), abs(x) > params.b);
  }
}

// Adds 2 |x| times the sum of the earlier models' |x|, which `second` is: in the end the sum of
// |x_i| |x_j| over all pairs i != j.
@compute @workgroup_size(64)
fn fold_conflict(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let size = abs(model[i] - base[i]);
    result[i] += 2.0 * size * second[i];
    second[i] += size;
  }
}

// Adds x where `found` is 0 or less than a.
@compute @workgroup_size(64)
fn fold_within(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = first_of(group, groups, lane); i < params.length; i += stride) {
    let is_kept = found[i] == 0.0 || found[i] < params.a;
    result[i] += select(0.0, model[i] - base[i], is_kept);
  }
}
