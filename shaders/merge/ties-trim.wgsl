// Exact top-k of |model - base| per segment (a tensor, or the whole arena), without sorting, float
// atomics or barriers. The bits of |x| order like |x|, so the k-th largest key is found digit by
// digit (11 + 10 + 10 bits): histogram_pass counts a digit, select_pass picks the bin in which the
// k-th largest lies. Where only some of the elements equal to that key may stay, count_ties and
// cut_ties find the arena index up to which they do, so the lowest indices win.
//
// cuts: 4 words a segment: threshold key, last index kept at that key, scale (f32 bits),
// elements still to be placed (0 = the cut is final).

struct Params {
  first_block: u32,
  block_count: u32,
  first_segment: u32,
  segment_count: u32,
  // Record of segment 0 of this model in `cuts`.
  first_cut: u32,
  // Lowest bit of the digit: 20, 10, 0.
  shift: u32,
  // 1: every element equal to the threshold stays.
  keep_ties: u32,
}

const BINS: u32 = 2048u;
const ALL: u32 = 0xffffffffu;

@group(0) @binding(0) var<storage, read_write> cuts: array<u32>;
@group(0) @binding(1) var<storage, read_write> histogram: array<atomic<u32>>;
// Per block: first element, end, segment.
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
// Per segment: first block, number of blocks.
@group(0) @binding(3) var<storage, read> segments: array<u32>;
@group(0) @binding(4) var<storage, read> base: array<f32>;
@group(0) @binding(5) var<storage, read> model: array<f32>;
@group(0) @binding(6) var<storage, read_write> tie_counts: array<atomic<u32>>;
// Per block: sum of |delta|, sum of kept |delta|.
@group(0) @binding(7) var<storage, read_write> norms: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

fn key_of(i: u32) -> u32 {
  return bitcast<u32>(model[i] - base[i]) & 0x7fffffffu;
}

@compute @workgroup_size(64)
fn histogram_pass(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let local_block = group.y * groups.x + group.x;
  if (local_block >= params.block_count) {
    return;
  }
  let block = (params.first_block + local_block) * 3u;
  let segment = blocks[block + 2u];
  let cut = (params.first_cut + segment) * 4u;
  if (cuts[cut + 3u] == 0u) {
    return;
  }
  let first_bin = (segment - params.first_segment) * BINS;
  let is_first_digit = params.shift == 20u;
  let upper = min(params.shift + 10u, 31u);
  let digit_mask = select(1023u, 2047u, is_first_digit);
  let prefix = cuts[cut] >> upper;
  let end = blocks[block + 1u];
  for (var i = blocks[block] + lane; i < end; i += 64u) {
    let key = key_of(i);
    if (is_first_digit || (key >> upper) == prefix) {
      atomicAdd(&histogram[first_bin + ((key >> params.shift) & digit_mask)], 1u);
    }
  }
}

@compute @workgroup_size(64)
fn select_pass(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let s = group.x * 64u + lane;
  if (s >= params.segment_count) {
    return;
  }
  let cut = (params.first_cut + params.first_segment + s) * 4u;
  var remaining = cuts[cut + 3u];
  if (remaining == 0u) {
    return;
  }
  var chosen = ALL;
  var equal = 0u;
  for (var bin = BINS; bin > 0u; bin--) {
    let slot = s * BINS + bin - 1u;
    let count = atomicLoad(&histogram[slot]);
    if (count != 0u) {
      // Left clean for the next digit and the next model.
      atomicStore(&histogram[slot], 0u);
      if (chosen == ALL) {
        if (count >= remaining) {
          chosen = bin - 1u;
          equal = count;
        } else {
          remaining -= count;
        }
      }
    }
  }
  cuts[cut] = cuts[cut] | (chosen << params.shift);
  if (params.shift == 0u && (params.keep_ties == 1u || remaining == equal)) {
    cuts[cut + 1u] = ALL;
    remaining = 0u;
  }
  cuts[cut + 3u] = remaining;
}

@compute @workgroup_size(64)
fn count_ties(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let local_block = group.y * groups.x + group.x;
  if (local_block >= params.block_count) {
    return;
  }
  let b = params.first_block + local_block;
  let cut = (params.first_cut + blocks[b * 3u + 2u]) * 4u;
  if (cuts[cut + 3u] == 0u) {
    return;
  }
  let threshold = cuts[cut];
  let end = blocks[b * 3u + 1u];
  var count = 0u;
  for (var i = blocks[b * 3u] + lane; i < end; i += 64u) {
    if (key_of(i) == threshold) {
      count++;
    }
  }
  if (count > 0u) {
    atomicAdd(&tie_counts[b], count);
  }
}

@compute @workgroup_size(64)
fn cut_ties(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let s = group.x * 64u + lane;
  if (s >= params.segment_count) {
    return;
  }
  let segment = params.first_segment + s;
  let cut = (params.first_cut + segment) * 4u;
  var remaining = cuts[cut + 3u];
  if (remaining == 0u) {
    return;
  }
  let first = segments[segment * 2u];
  let end = first + segments[segment * 2u + 1u];
  var found = ALL;
  for (var b = first; b < end; b++) {
    let count = atomicLoad(&tie_counts[b]);
    atomicStore(&tie_counts[b], 0u);
    if (found == ALL) {
      if (count >= remaining) {
        found = b;
      } else {
        remaining -= count;
      }
    }
  }
  let threshold = cuts[cut];
  let last = blocks[found * 3u + 1u];
  for (var i = blocks[found * 3u]; i < last && remaining > 0u; i++) {
    if (key_of(i) == threshold) {
      remaining--;
      cuts[cut + 1u] = i;
    }
  }
  cuts[cut + 3u] = 0u;
}

// L1 norms before and after the trim, one thread a block, in runs of 32 to keep rounding small.
@compute @workgroup_size(64)
fn block_norms(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let local_block = (group.y * groups.x + group.x) * 64u + lane;
  if (local_block >= params.block_count) {
    return;
  }
  let b = params.first_block + local_block;
  let cut = (params.first_cut + blocks[b * 3u + 2u]) * 4u;
  let end = blocks[b * 3u + 1u];
  var total = vec2f();
  for (var start = blocks[b * 3u]; start < end; start += 32u) {
    var part = vec2f();
    for (var i = start; i < min(start + 32u, end); i++) {
      let key = key_of(i);
      let kept = key > cuts[cut] || (key == cuts[cut] && i <= cuts[cut + 1u]);
      let size = bitcast<f32>(key);
      part += vec2f(size, select(0.0, size, kept));
    }
    total += part;
  }
  norms[b * 2u] = total.x;
  norms[b * 2u + 1u] = total.y;
}

@compute @workgroup_size(64)
fn segment_scales(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let s = group.x * 64u + lane;
  if (s >= params.segment_count) {
    return;
  }
  let segment = params.first_segment + s;
  let first = segments[segment * 2u];
  let end = first + segments[segment * 2u + 1u];
  var total = vec2f();
  for (var start = first; start < end; start += 32u) {
    var part = vec2f();
    for (var b = start; b < min(start + 32u, end); b++) {
      part += vec2f(norms[b * 2u], norms[b * 2u + 1u]);
    }
    total += part;
  }
  let can_scale = total.x >= 1e-8 && total.y > 0.0;
  let divisor = select(1.0, total.y, can_scale);
  cuts[(params.first_cut + segment) * 4u + 2u] =
    bitcast<u32>(select(1.0, total.x / divisor, can_scale));
}
