/** Numbers for blocks of a pool that does not number all of them: a block has one as long as it is told apart from others. */
export class BlockNumbers {
  private readonly spare: number[] = [];
  /** The highest that was ever in use. */
  private highest = 0;

  take(): number {
    return this.spare.pop() ?? ++this.highest;
  }

  giveBack(block: number): void {
    this.spare.push(block);
  }
}
