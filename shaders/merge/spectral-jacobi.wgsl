// One round of one-sided Jacobi: every workgroup makes one pair of rows orthogonal by a rotation.
// A round pairs every row once (circle method), so the pairs of a dispatch are disjoint. The dot
// products run over the first `length` elements, the rotation over all of a row: what stands behind
// them (the identity at first) collects the rotations.

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

// Rows are scaled so that the largest element of the matrix is in [1, 2): a norm below 1e-9 is far
// below the rank cut.
const FLOOR: f32 = 1e-18;
// Rows this close to orthogonal stay: below it lies the rounding of the dot product.
const NEGLIGIBLE: f32 = 1e-7;

var<workgroup> parts: array<vec3f, 64>;

@compute @workgroup_size(64)
fn spectral_jacobi(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = group.y * groups.x + group.x;
  if (pair >= params.pair_count) {
    return;
  }
  let record = jobs[pair * 2u];
  let slot = jobs[pair * 2u + 1u];
  let job = params.records + record * 4u;
  let rows = jobs[job + 1u];
  let length = jobs[job + 2u];
  let stride = jobs[job + 3u];
  // An odd number of rows gets a partner that does not exist.
  let last = rows + (rows & 1u) - 1u;
  if (active_flags[record] == 0u || params.round >= last) {
    return;
  }
  let first = select((params.round + slot) % last, last, slot == 0u);
  let second = (params.round + last - slot) % last;
  if (max(first, second) >= rows) {
    return;
  }
  let x_at = jobs[job] + min(first, second) * stride;
  let y_at = jobs[job] + max(first, second) * stride;
  var part = vec3f();
  for (var e = lane; e < length; e += 64u) {
    let x = work[x_at + e];
    let y = work[y_at + e];
    part += vec3f(x * x, y * y, x * y);
  }
  parts[lane] = part;
  for (var step = 32u; step > 0u; step >>= 1u) {
    workgroupBarrier();
    if (lane < step) {
      parts[lane] += parts[lane + step];
    }
  }
  workgroupBarrier();
  let dots = parts[0];
  var cosine = 0.0;
  if (min(dots.x, dots.y) > FLOOR) {
    cosine = abs(dots.z) / (sqrt(dots.x) * sqrt(dots.y));
  }
  if (lane == 0u) {
    cosines[pair] = max(cosine, select(cosines[pair], 0.0, params.round == 0u));
  }
  if (cosine <= NEGLIGIBLE) {
    return;
  }
  let zeta = (dots.y - dots.x) / (2.0 * dots.z);
  let t = select(-1.0, 1.0, zeta >= 0.0) / (abs(zeta) + sqrt(1.0 + zeta * zeta));
  let c = 1.0 / sqrt(1.0 + t * t);
  let s = t * c;
  // As corrections of the old values, so that small rotations keep norms to the last bit.
  let tau = s / (1.0 + c);
  for (var e = lane; e < stride; e += 64u) {
    let x = work[x_at + e];
    let y = work[y_at + e];
    work[x_at + e] = x - s * (y + tau * x);
    work[y_at + e] = y + s * (x - tau * y);
  }
}
