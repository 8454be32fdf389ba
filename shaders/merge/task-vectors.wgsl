// Statistics of task vectors model - base over the blocks of a layout, without float atomics or
// barriers: sums and products go to one place a block, one thread a block in runs of 32 to keep
// rounding small, and the host adds the blocks up. Counts are atomic integers.

struct Params {
  block_count: u32,
  // First word of this model's cut: a coordinate with a smaller |delta| counts as zero.
  cut: u32,
  // dot_blocks: the same of the other model.
  other_cut: u32,
  // mark_signs: 1 for the first model of a set, whose flags replace what is there.
  first: u32,
  // dot_blocks: 1 where coordinates below their cut count as zero.
  trimmed: u32,
  // First place of this dispatch's results, in `counts` or `sums`.
  place: u32,
  bins: u32,
  low: f32,
  width: f32,
}

const POSITIVE: u32 = 1u;
const NEGATIVE: u32 = 2u;
const ZERO: u32 = 4u;
const FIRST: u32 = 8u;
const OTHER: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> flags: array<u32>;
// Per block: first element, end, segment.
@group(0) @binding(3) var<storage, read> blocks: array<u32>;
@group(0) @binding(4) var<storage, read> cuts: array<u32>;
@group(0) @binding(5) var<storage, read> base: array<f32>;
@group(0) @binding(6) var<storage, read> model: array<f32>;
@group(0) @binding(7) var<storage, read> other: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn mark_signs(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let threshold = cuts[params.cut];
  let is_first = params.first == 1u;
  let presence = select(OTHER, FIRST, is_first);
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let delta = model[i] - base[i];
    let key = bitcast<u32>(delta) & 0x7fffffffu;
    var mark = ZERO;
    if (delta != 0.0 && key >= threshold) {
      mark = select(NEGATIVE, POSITIVE, delta > 0.0) | presence;
    }
    flags[i] = select(flags[i], 0u, is_first) | mark;
  }
}

// Per segment: same sign, conflict, all zero, only the first, the rest.
@compute @workgroup_size(64)
fn count_classes(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  var same = 0u;
  var conflict = 0u;
  var zero = 0u;
  var only_first = 0u;
  var rest = 0u;
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let mark = flags[i];
    if ((mark & 3u) == 3u) {
      conflict++;
    } else if ((mark & ZERO) == 0u) {
      same++;
    } else if ((mark & (FIRST | OTHER)) == 0u) {
      zero++;
    } else if ((mark & OTHER) == 0u) {
      only_first++;
    } else {
      rest++;
    }
  }
  let place = params.place + blocks[block * 3u + 2u] * 5u;
  atomicAdd(&counts[place], same);
  atomicAdd(&counts[place + 1u], conflict);
  atomicAdd(&counts[place + 2u], zero);
  atomicAdd(&counts[place + 3u], only_first);
  atomicAdd(&counts[place + 4u], rest);
}

// Bins of equal width, half-open; one more before them for what lies below, one after them.
@compute @workgroup_size(64)
fn count_values(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let position = floor((model[i] - base[i] - params.low) / params.width);
    let bin = u32(clamp(position, -1.0, f32(params.bins)) + 1.0);
    atomicAdd(&counts[params.place + bin], 1u);
  }
}

// Per block: sum, sum of |.|, smallest, largest.
@compute @workgroup_size(64)
fn value_moments(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = (group.y * groups.x + group.x) * 64u + lane;
  if (block >= params.block_count) {
    return;
  }
  let begin = blocks[block * 3u];
  let end = blocks[block * 3u + 1u];
  var total = vec2f();
  var least = model[begin] - base[begin];
  var most = least;
  for (var start = begin; start < end; start += 32u) {
    var part = vec2f();
    for (var i = start; i < min(start + 32u, end); i++) {
      let delta = model[i] - base[i];
      part += vec2f(delta, abs(delta));
      least = min(least, delta);
      most = max(most, delta);
    }
    total += part;
  }
  let place = params.place + block * 4u;
  sums[place] = total.x;
  sums[place + 1u] = total.y;
  sums[place + 2u] = least;
  sums[place + 3u] = most;
}

fn kept(delta: f32, cut: u32) -> f32 {
  let is_kept = params.trimmed == 0u || (bitcast<u32>(delta) & 0x7fffffffu) >= cuts[cut];
  return select(0.0, delta, is_kept);
}

// Per block: sum of the products of two task vectors, trimmed or not.
@compute @workgroup_size(64)
fn dot_blocks(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = (group.y * groups.x + group.x) * 64u + lane;
  if (block >= params.block_count) {
    return;
  }
  let end = blocks[block * 3u + 1u];
  var total = 0.0;
  for (var start = blocks[block * 3u]; start < end; start += 32u) {
    var part = 0.0;
    for (var i = start; i < min(start + 32u, end); i++) {
      let own = kept(model[i] - base[i], params.cut);
      part += own * kept(other[i] - base[i], params.other_cut);
    }
    total += part;
  }
  sums[params.place + block] = total;
}
