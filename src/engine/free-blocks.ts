/**
 * Free KV blocks in the order in which they are reused (vLLM 0.33: FreeKVCacheBlockQueue). vLLM links them; here they stand in
 * a ring, so that the next ones are read in sequence: in a pool of many thousand blocks each would otherwise be waited for. A
 * block that is taken out of the middle leaves a gap, and gaps are closed when the ring is full.
 */

/** In the ring: nothing. The null block is never free. */
const GAP = 0;

export class FreeBlocks {
  /** How many there are. */
  count: number;
  private readonly ring: Int32Array;
  private readonly mask: number;
  /** Where in the ring each block stands, if it is free. */
  private readonly places: Int32Array;
  /** They stand from `head` to before `tail`, counted without end. */
  private head = 0;
  private tail: number;

  /** Blocks 1 to `numBlocks` - 1, in this order. */
  constructor(numBlocks: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * numBlocks));
    this.ring = new Int32Array(size);
    this.mask = size - 1;
    this.places = new Int32Array(numBlocks);
    for (let block = 1; block < numBlocks; block++) {
      this.ring[block - 1] = block;
      this.places[block] = block - 1;
    }
    this.count = numBlocks - 1;
    this.tail = this.count;
  }

  /** Takes the first; there must be one. */
  takeFirst(): number {
    const { ring, mask } = this;
    let block = ring[this.head++ & mask]!;
    while (block === GAP) block = ring[this.head++ & mask]!;
    this.count--;
    return block;
  }

  addFirst(block: number): void {
    if (this.tail - this.head > this.mask) this.closeGaps();
    this.put(--this.head & this.mask, block);
  }

  addLast(block: number): void {
    if (this.tail - this.head > this.mask) this.closeGaps();
    this.put(this.tail++ & this.mask, block);
  }

  /** Takes out a free block, wherever it stands. */
  remove(block: number): void {
    this.ring[this.places[block]!] = GAP;
    this.count--;
  }

  /** In order. */
  toArray(): number[] {
    const blocks: number[] = [];
    for (let i = this.head; i < this.tail; i++) {
      const block = this.ring[i & this.mask]!;
      if (block !== GAP) blocks.push(block);
    }
    return blocks;
  }

  private put(place: number, block: number): void {
    this.ring[place] = block;
    this.places[block] = place;
    this.count++;
  }

  private closeGaps(): void {
    const blocks = this.toArray();
    this.head = 0;
    this.tail = blocks.length;
    this.count = 0;
    for (let i = 0; i < blocks.length; i++) this.put(i, blocks[i]!);
  }
}
