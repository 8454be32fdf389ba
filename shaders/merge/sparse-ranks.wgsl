// probability = low + (high - low) * rank / (length - 1), where rank counts the elements of the same
// row that are smaller in magnitude (or as small and earlier). One workgroup a block; every element
// looks at its whole row.

struct Params {
  block_count: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read_write> probabilities: array<f32>;
@group(0) @binding(1) var<storage, read> delta: array<f32>;
// Per block: first element, end, segment.
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
// Per segment: hash of its name, first element, length and stride of its rows.
@group(0) @binding(3) var<storage, read> tensors: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn rank_probabilities(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let segment = blocks[block * 3u + 2u];
  let first = tensors[segment * 4u + 1u];
  let length = tensors[segment * 4u + 2u];
  let stride = tensors[segment * 4u + 3u];
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let place = ((i - first) / stride) % length;
    let row = i - place * stride;
    let size = abs(delta[i]);
    var rank = 0u;
    for (var j = 0u; j < length; j++) {
      let other = abs(delta[row + j * stride]);
      if (other < size || (other == size && j < place)) {
        rank++;
      }
    }
    // A row of one element gets the mean of both ends.
    let share = select(0.5, f32(rank) / f32(max(length, 2u) - 1u), length > 1u);
    probabilities[i] = params.low + (params.high - params.low) * share;
  }
}
