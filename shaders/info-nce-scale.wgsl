// Gradient of the logit scale of InfoNCE: the rows' parts in order, added to gradient[0]. At a
// bound (0 or ln 100) or beyond it, a gradient that leads further out is left away.
struct Params {
  rows: u32,
}

@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> dscale: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const LN_100 = 4.605170185988092;

@compute @workgroup_size(1)
fn info_nce_scale() {
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    sum += dscale[row];
  }
  // A step goes against the gradient.
  let leaves = (scale[0] >= LN_100 && sum < 0.0) || (scale[0] <= 0.0 && sum > 0.0);
  if (!leaves) {
    gradient[0] += sum;
  }
}
