// Vectors of the work buffer, copied, scaled or added up: to (+)= factor * from. An operand may be
// its own target; otherwise targets overlap nothing that the dispatch reads.

struct Params {
  block_count: u32,
  // Word at which the records begin; the blocks (record, first element) stand before them.
  records: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> work: array<f32>;
@group(0) @binding(1) var<storage, read> jobs: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const BLOCK: u32 = 1024u;

@compute @workgroup_size(64)
fn spectral_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  // From, to, elements, distances between elements of both, factor.
  let job = params.records + jobs[block * 2u] * 6u;
  let source = jobs[job];
  let target_at = jobs[job + 1u];
  let factor = bitcast<f32>(jobs[job + 5u]);
  let first = jobs[block * 2u + 1u];
  let end = min(first + BLOCK, jobs[job + 2u]);
  for (var e = first + lane; e < end; e += 64u) {
    let at = target_at + e * jobs[job + 4u];
    var value = factor * work[source + e * jobs[job + 3u]];
    if (params.accumulate == 1u) {
      value += work[at];
    }
    work[at] = value;
  }
}
