/**
 * First of the items that the part-th of `parts` threads takes; the share ends where the next one
 * begins. Shares are disjoint, cover all items and depend on nothing but the three numbers.
 */
// @ts-ignore: decorator
@inline
export function shareStart(count: i32, part: i32, parts: i32): i32 {
  return <i32>((<i64>count * <i64>part) / <i64>parts);
}

/** Byte offset of an f32, u32 or i32. */
// @ts-ignore: decorator
@inline
export function bytesOf(elements: i32): usize {
  return (<usize>elements) << 2;
}
