// Brings matrices of the work buffer back into the arena of the result:
//   result = relative * base + factor * work
// Records as in spectral-extract.wgsl. Padding is in no record.

struct Params {
  block_count: u32,
  records: u32,
  // 1: added to base, 0: alone.
  relative: u32,
}

@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> base: array<f32>;
@group(0) @binding(2) var<storage, read> work: array<f32>;
@group(0) @binding(3) var<storage, read> jobs: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

const BLOCK: u32 = 1024u;

@compute @workgroup_size(64)
fn spectral_finish(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let job = params.records + jobs[block * 2u] * 7u;
  let target_at = jobs[job];
  let source = jobs[job + 1u];
  let columns = jobs[job + 3u];
  let factor = bitcast<f32>(jobs[job + 6u]);
  let first = jobs[block * 2u + 1u];
  let end = min(first + BLOCK, jobs[job + 2u]);
  for (var e = first + lane; e < end; e += 64u) {
    let row = e / columns;
    var value = factor * work[source + row * jobs[job + 4u] + (e - row * columns) * jobs[job + 5u]];
    if (params.relative == 1u) {
      value += base[target_at + e];
    }
    result[target_at + e] = value;
  }
}
