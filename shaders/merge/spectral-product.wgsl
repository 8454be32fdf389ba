// Products of matrices of the work buffer, many of different sizes in one dispatch:
//   out = alpha * A.B + beta * addend + diagonal * I
// Every operand has a stride for rows and one for columns, so transposes cost nothing. A workgroup
// computes 32x32 outputs, a thread 4x4. out overlaps neither A nor B; it may be the addend.

struct Params {
  tile_count: u32,
  // Word at which the records begin; the tiles (record, tile of its grid) stand before them.
  records: u32,
  alpha: f32,
  beta: f32,
  diagonal: f32,
}

@group(0) @binding(0) var<storage, read_write> work: array<f32>;
@group(0) @binding(1) var<storage, read> jobs: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(8, 8)
fn spectral_product(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let index = group.y * groups.x + group.x;
  if (index >= params.tile_count) {
    return;
  }
  // Places of A, B, out and addend; M, N, K; row and column strides of A, B and out (and addend).
  let job = params.records + jobs[index * 2u] * 13u;
  let rows = jobs[job + 4u];
  let columns = jobs[job + 5u];
  let depth = jobs[job + 6u];
  let across = (columns + 31u) / 32u;
  let tile = jobs[index * 2u + 1u];
  let row = (tile / across) * 32u + thread.y * 4u;
  let column = (tile % across) * 32u + thread.x * 4u;
  if (row >= rows || column >= columns) {
    return;
  }
  let a_step = jobs[job + 8u];
  let b_step = jobs[job + 9u];
  let a_rows = jobs[job] + min(vec4u(row, row + 1u, row + 2u, row + 3u), vec4u(rows - 1u)) * jobs[job + 7u];
  let b_columns = jobs[job + 1u]
    + min(vec4u(column, column + 1u, column + 2u, column + 3u), vec4u(columns - 1u)) * jobs[job + 10u];
  var c = array<vec4f, 4>();
  for (var k = 0u; k < depth; k++) {
    let b_at = b_columns + k * b_step;
    let a_at = a_rows + k * a_step;
    let b = vec4f(work[b_at.x], work[b_at.y], work[b_at.z], work[b_at.w]);
    c[0] += work[a_at.x] * b;
    c[1] += work[a_at.y] * b;
    c[2] += work[a_at.z] * b;
    c[3] += work[a_at.w] * b;
  }
  for (var i = 0u; i < min(4u, rows - row); i++) {
    for (var j = 0u; j < min(4u, columns - column); j++) {
      let place = (row + i) * jobs[job + 11u] + (column + j) * jobs[job + 12u];
      var value = params.alpha * c[i][j];
      if (params.beta != 0.0) {
        value += params.beta * work[jobs[job + 3u] + place];
      }
      if (row + i == column + j) {
        value += params.diagonal;
      }
      work[jobs[job + 2u] + place] = value;
    }
  }
}
