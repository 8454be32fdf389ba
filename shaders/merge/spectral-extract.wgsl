// Takes tensors out of the arenas into matrices of the work buffer, which may lie transposed there:
//   work (+)= factor * (model - relative * base)
// One workgroup a block of elements that lie in one tensor.

struct Params {
  block_count: u32,
  // Word at which the records begin; the blocks (record, first element) stand before them.
  records: u32,
  // 1: differences from base, 0: the model itself.
  relative: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> work: array<f32>;
@group(0) @binding(1) var<storage, read> base: array<f32>;
@group(0) @binding(2) var<storage, read> model: array<f32>;
@group(0) @binding(3) var<storage, read> jobs: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

const BLOCK: u32 = 1024u;

@compute @workgroup_size(64)
fn spectral_extract(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  // Place in the arena, place in the work buffer, elements, columns, strides, factor.
  let job = params.records + jobs[block * 2u] * 7u;
  let source = jobs[job];
  let target_at = jobs[job + 1u];
  let columns = jobs[job + 3u];
  let factor = bitcast<f32>(jobs[job + 6u]);
  let first = jobs[block * 2u + 1u];
  let end = min(first + BLOCK, jobs[job + 2u]);
  for (var e = first + lane; e < end; e += 64u) {
    let row = e / columns;
    let at = target_at + row * jobs[job + 4u] + (e - row * columns) * jobs[job + 5u];
    var value = model[source + e];
    if (params.relative == 1u) {
      value -= base[source + e];
    }
    value *= factor;
    if (params.accumulate == 1u) {
      value += work[at];
    }
    work[at] = value;
  }
}
