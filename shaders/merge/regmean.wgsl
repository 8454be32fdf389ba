// One model's part of RegMean for one matrix [rows, width] of the arena:
// target = start + (model - first) D with D [width, width]; start is `first` (the first model) or
// what earlier models left in target. One thread an element.

struct Params {
  // First element of the matrix in the arenas.
  offset: u32,
  rows: u32,
  width: u32,
  // 1: starts from the first model, 0: goes on with target.
  is_first: u32,
}

@group(0) @binding(0) var<storage, read_write> target_values: array<f32>;
@group(0) @binding(1) var<storage, read> first: array<f32>;
@group(0) @binding(2) var<storage, read> model: array<f32>;
@group(0) @binding(3) var<storage, read> matrix: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn regmean(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let width = params.width;
  let stride = groups.x * groups.y * 64u;
  let elements = params.rows * width;
  for (var e = (group.y * groups.x + group.x) * 64u + lane; e < elements; e += stride) {
    let row = params.offset + (e / width) * width;
    let column = e % width;
    var sum = 0.0;
    for (var j = 0u; j < width; j++) {
      sum += (model[row + j] - first[row + j]) * matrix[j * width + column];
    }
    let i = row + column;
    target_values[i] = sum + select(target_values[i], first[i], params.is_first == 1u);
  }
}
