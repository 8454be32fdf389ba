// Weighted mean of the task vectors that agree in sign, with weights a tensor. `collect` once a
// model, then `collect_finish`. One workgroup a block.

struct Params {
  block_count: u32,
  segment_count: u32,
  model: u32,
  // Least divisor.
  smallest: f32,
}

@group(0) @binding(0) var<storage, read_write> sum: array<f32>;
@group(0) @binding(1) var<storage, read_write> divisor: array<f32>;
@group(0) @binding(2) var<storage, read> delta: array<f32>;
@group(0) @binding(3) var<storage, read> votes: array<f32>;
// Per block: first element, end, segment.
@group(0) @binding(4) var<storage, read> blocks: array<u32>;
// Per model and segment.
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn collect(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let weight = weights[params.model * params.segment_count + blocks[block * 3u + 2u]];
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let x = delta[i];
    // A draw elects +.
    let agrees = (x > 0.0 && votes[i] >= 0.0) || (x < 0.0 && votes[i] < 0.0);
    sum[i] += select(0.0, weight * x, agrees);
    divisor[i] += select(0.0, weight, agrees);
  }
}

// `delta` is the base here.
@compute @workgroup_size(64)
fn collect_finish(
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
    sum[i] = delta[i] + sum[i] / max(divisor[i], params.smallest);
  }
}
