// Adds a micro-batch's row losses to the step's total: total[0] += sum(loss). One thread, in row
// order, so that the result does not depend on the adapter.
struct Params {
  rows: u32,
}

@group(0) @binding(0) var<storage, read_write> total: array<f32>;
@group(0) @binding(1) var<storage, read> loss: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(1)
fn loss_total() {
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    sum += loss[row];
  }
  total[0] += sum;
}
