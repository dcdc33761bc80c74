/** The KV blocks of a request in one KV group, in the order of its tokens. */
export interface BlockTable {
  length: number;
  /**
   * Their numbers; 0 is the null block. Of a pool that does not number its blocks only those that are told apart: 0 where
   * one is not, and nothing behind the last.
   */
  ids: number[];
}

export function emptyTable(): BlockTable {
  return { length: 0, ids: [] };
}
