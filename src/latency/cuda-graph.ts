/**
 * CUDA graphs: vLLM records the layers for a ladder of token counts and runs a smaller batch in the next larger graph,
 * so that it costs as much as the padded one. A batch beyond the ladder runs as it is.
 */

/** Entry T is the token count that a batch of T tokens costs as much as; nothing is padded beyond the last entry. */
export function paddingTable(captureSizes: readonly number[]): Int32Array {
  const ascending = [...captureSizes].sort((a, b) => a - b);
  const table = new Int32Array((ascending.at(-1) ?? 0) + 1);
  let from = 1;
  for (const size of ascending) {
    table.fill(size, from, size + 1);
    from = size + 1;
  }
  return table;
}
