// One round of one-sided Jacobi: every pair of rows is made orthogonal by a rotation. A round pairs
// every row once (circle method), so the pairs of a dispatch are disjoint. The dot products run over
// the first `length` elements, the rotation over all of a row: what stands behind them (the identity
// at first) collects the rotations. `by_thread` gives a pair to a thread, without barriers;
// `by_workgroup` gives it to 64.

struct Params {
  pair_count: u32,
  // Word at which the records begin; the pairs (record, slot of the round) stand before them.
  records: u32,
  round: u32,
}

@group(0) @binding(0) var<storage, read_write> work: array<f32>;
// Per pair the largest |cosine| met in this sweep.
@group(0) @binding(1) var<storage, read_write> cosines: array<f32>;
// Per matrix: 0 when it has converged.
@group(0) @binding(2) var<storage, read> active_flags: array<u32>;
@group(0) @binding(3) var<storage, read> jobs: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

// Rows this close to orthogonal stay: below it lies the rounding of the dot product.
const NEGLIGIBLE: f32 = 1e-7;
// The rank cut's (2^-20)^2; matrices are scaled to a largest element, and so singular value, >= 1.
const CUT_SQUARED: f32 = 9.094947e-13;

struct Pair {
  exists: bool,
  x_at: u32,
  y_at: u32,
  rows: u32,
  length: u32,
  stride: u32,
}

fn pair_of(pair: u32) -> Pair {
  let record = jobs[pair * 2u];
  let slot = jobs[pair * 2u + 1u];
  let job = params.records + record * 4u;
  let rows = jobs[job + 1u];
  let stride = jobs[job + 3u];
  // An odd number of rows gets a partner that does not exist.
  let last = rows + (rows & 1u) - 1u;
  let first = select((params.round + slot) % last, last, slot == 0u);
  let second = (params.round + last - slot) % last;
  let exists = active_flags[record] == 1u && params.round < last && max(first, second) < rows;
  let x_at = jobs[job] + min(first, second) * stride;
  let y_at = jobs[job] + max(first, second) * stride;
  return Pair(exists, x_at, y_at, rows, jobs[job + 2u], stride);
}

struct Rotation {
  cosine: f32,
  s: f32,
  // The new values as corrections of the old ones, so that small rotations keep norms to the last
  // bit: x - s (y + tau x), y + s (x - tau y).
  tau: f32,
}

// From x.x, y.y and x.y. Rows below the rank cut are rounding and stay as they are.
fn rotation_of(dots: vec3f, rows: u32) -> Rotation {
  if (min(dots.x, dots.y) <= CUT_SQUARED * f32(rows)) {
    return Rotation(0.0, 0.0, 0.0);
  }
  let cosine = abs(dots.z) / (sqrt(dots.x) * sqrt(dots.y));
  if (cosine <= NEGLIGIBLE) {
    return Rotation(cosine, 0.0, 0.0);
  }
  let zeta = (dots.y - dots.x) / (2.0 * dots.z);
  let t = select(-1.0, 1.0, zeta >= 0.0) / (abs(zeta) + sqrt(1.0 + zeta * zeta));
  let c = 1.0 / sqrt(1.0 + t * t);
  let s = t * c;
  return Rotation(cosine, s, s / (1.0 + c));
}

fn note(pair: u32, cosine: f32) {
  cosines[pair] = max(cosine, select(cosines[pair], 0.0, params.round == 0u));
}

fn dots_at(x_at: u32, y_at: u32) -> vec3f {
  let x = work[x_at];
  let y = work[y_at];
  return vec3f(x * x, y * y, x * y);
}

fn rotate(x_at: u32, y_at: u32, by: Rotation) {
  let x = work[x_at];
  let y = work[y_at];
  work[x_at] = x - by.s * (y + by.tau * x);
  work[y_at] = y + by.s * (x - by.tau * y);
}

@compute @workgroup_size(64)
fn by_thread(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = (group.y * groups.x + group.x) * 64u + lane;
  if (pair >= params.pair_count) {
    return;
  }
  let rows = pair_of(pair);
  if (!rows.exists) {
    return;
  }
  var dots = vec3f();
  for (var e = 0u; e < rows.length; e++) {
    dots += dots_at(rows.x_at + e, rows.y_at + e);
  }
  let by = rotation_of(dots, rows.rows);
  note(pair, by.cosine);
  if (by.s != 0.0) {
    for (var e = 0u; e < rows.stride; e++) {
      rotate(rows.x_at + e, rows.y_at + e, by);
    }
  }
}

var<workgroup> parts: array<vec3f, 64>;

@compute @workgroup_size(64)
fn by_workgroup(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = group.y * groups.x + group.x;
  if (pair >= params.pair_count) {
    return;
  }
  let rows = pair_of(pair);
  if (!rows.exists) {
    return;
  }
  var part = vec3f();
  for (var e = lane; e < rows.length; e += 64u) {
    part += dots_at(rows.x_at + e, rows.y_at + e);
  }
  parts[lane] = part;
  for (var step = 32u; step > 0u; step >>= 1u) {
    workgroupBarrier();
    if (lane < step) {
      parts[lane] += parts[lane + step];
    }
  }
  workgroupBarrier();
  let by = rotation_of(parts[0], rows.rows);
  if (lane == 0u) {
    note(pair, by.cosine);
  }
  if (by.s != 0.0) {
    for (var e = lane; e < rows.stride; e += 64u) {
      rotate(rows.x_at + e, rows.y_at + e, by);
    }
  }
}
