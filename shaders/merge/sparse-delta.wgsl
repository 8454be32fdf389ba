// Work on one task vector in place, one workgroup a block (sum_blocks: one thread a block): drop
// elements by chance or by rank, multiply each tensor by a number of its own, sum what is there.
//
// tensors: 4 words a segment: hash of its name, first element, length and stride of its rows.
// cuts: as left by ties-trim.wgsl, one record a segment in each of two selections.

struct Params {
  block_count: u32,
  segment_count: u32,
  model: u32,
  seed: u32,
  // drop_random: 1 = `probabilities` has one a element, 0 = `probability` is that of all.
  per_element: u32,
  // drop_random: 1 = kept where `mask` is not 0 instead of by chance.
  has_mask: u32,
  // drop_random: 1 = divides what stays by its probability.
  divides: u32,
  // keep_band: records of the selections whose difference stays.
  outer: u32,
  inner: u32,
  // keep_band: 1 = what equals a threshold is not selected.
  is_strict: u32,
  // sum_blocks: where the sums of block 0 go, in blocks.
  first_sum: u32,
  probability: f32,
}

@group(0) @binding(0) var<storage, read_write> delta: array<f32>;
// Per block: first element, end, segment.
@group(0) @binding(1) var<storage, read> blocks: array<u32>;
@group(0) @binding(2) var<storage, read> tensors: array<u32>;
@group(0) @binding(3) var<storage, read> cuts: array<u32>;
@group(0) @binding(4) var<storage, read> probabilities: array<f32>;
@group(0) @binding(5) var<storage, read> mask: array<f32>;
@group(0) @binding(6) var<storage, read> scales: array<f32>;
// Per block: sum of |x|, sum of x^2, largest |x|, number of x that are not 0.
@group(0) @binding(7) var<storage, read_write> sums: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

fn rotated(x: u32, bits: u32) -> u32 {
  return (x << bits) | (x >> (32u - bits));
}

fn mixed(start: vec2u, rotations: vec4u) -> vec2u {
  var x = start;
  for (var r = 0u; r < 4u; r++) {
    x.x += x.y;
    x.y = rotated(x.y, rotations[r]) ^ x.x;
  }
  return x;
}

// Threefry-2x32-20, first word: the generator of src/core/rng.ts.
fn random_bits(key: vec2u, count: vec2u) -> u32 {
  let third = key.x ^ key.y ^ 0x1bd11bdau;
  let even = vec4u(13u, 15u, 26u, 6u);
  let odd = vec4u(17u, 29u, 16u, 24u);
  var x = count + key;
  x = mixed(x, even) + vec2u(key.y, third + 1u);
  x = mixed(x, odd) + vec2u(third, key.x + 2u);
  x = mixed(x, even) + vec2u(key.x, key.y + 3u);
  x = mixed(x, odd) + vec2u(key.y, third + 4u);
  return mixed(x, even).x + third;
}

@compute @workgroup_size(64)
fn drop_random(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let segment = blocks[block * 3u + 2u];
  let key = vec2u(params.seed, tensors[segment * 4u]);
  let first = tensors[segment * 4u + 1u];
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    var p = params.probability;
    if (params.per_element == 1u) {
      p = probabilities[i];
    }
    var is_kept = false;
    if (params.has_mask == 1u) {
      is_kept = mask[i] != 0.0;
    } else {
      let draw = random_bits(key, vec2u(i - first, params.model)) >> 8u;
      is_kept = f32(draw) * 5.9604644775390625e-8 < p;
    }
    let divisor = select(1.0, p, params.divides == 1u && p > 0.0);
    delta[i] = select(0.0, delta[i] / divisor, is_kept);
  }
}

fn is_selected(i: u32, key: u32, record: u32) -> bool {
  let threshold = cuts[record * 4u];
  let is_equal = params.is_strict == 0u && key == threshold;
  return key > threshold || (is_equal && i <= cuts[record * 4u + 1u]);
}

@compute @workgroup_size(64)
fn keep_band(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let segment = blocks[block * 3u + 2u];
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let key = bitcast<u32>(delta[i]) & 0x7fffffffu;
    let is_inside = is_selected(i, key, params.outer + segment)
      && !is_selected(i, key, params.inner + segment);
    delta[i] = select(0.0, delta[i], is_inside);
  }
}

@compute @workgroup_size(64)
fn scale_tensors(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let scale = scales[params.model * params.segment_count + blocks[block * 3u + 2u]];
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    delta[i] *= scale;
  }
}

// In runs of 32, to keep rounding small; the host adds the blocks up in float64.
@compute @workgroup_size(64)
fn sum_blocks(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = (group.y * groups.x + group.x) * 64u + lane;
  if (block >= params.block_count) {
    return;
  }
  let end = blocks[block * 3u + 1u];
  var total = vec3f();
  var largest = 0.0;
  for (var start = blocks[block * 3u]; start < end; start += 32u) {
    var part = vec3f();
    for (var i = start; i < min(start + 32u, end); i++) {
      let size = abs(delta[i]);
      part += vec3f(size, size * size, select(0.0, 1.0, size > 0.0));
      largest = max(largest, size);
    }
    total += part;
  }
  let at = (params.first_sum + block) * 4u;
  sums[at] = total.x;
  sums[at + 1u] = total.y;
  sums[at + 2u] = largest;
  sums[at + 3u] = total.z;
}
