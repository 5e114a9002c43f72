/** What the decoders of zstd take without being asked to: level 22 and `--long=27`. The library takes what the file says, up to 2 GB. */
const LARGEST_WINDOW = 128 * 1024 * 1024;

export class TooLargeWindow extends Error {
  constructor() {
    super("a window of more than 128 MB");
  }
}

/**
 * Goes along with a stream of zstd from frame to frame and block to block, unpacks nothing, and throws before a frame asks for too much memory.
 * https://datatracker.ietf.org/doc/html/rfc8878#section-3.1
 */
export class ZstdWindows {
  private head: number[] = [];
  private skip = 0;
  private inFrame = false;
  private hasChecksum = false;
  /** What follows is no frame: the library says so. */
  private lost = false;

  push(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && !this.lost;) {
      if (this.skip > 0) {
        const passed = Math.min(this.skip, bytes.length - i);
        this.skip -= passed;
        i += passed;
      } else {
        this.head.push(bytes[i++]!);
        if (this.inFrame) this.block();
        else this.frame();
      }
    }
  }

  private frame(): void {
    const { head } = this;
    if (head.length < 5) return;
    const magic = little(head, 0, 4);
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
      if (head.length < 8) return;
      this.skip = little(head, 4, 4);
      this.head = [];
      return;
    }
    if (magic !== 0xfd2fb528) {
      this.lost = true;
      return;
    }
    const flags = head[4]!;
    const single = (flags & 0x20) !== 0;
    const sizeAt = 5 + (single ? 0 : 1) + [0, 1, 2, 4][flags & 3]!;
    const sizeBytes = flags >> 6 > 0 ? 1 << (flags >> 6) : single ? 1 : 0;
    if (head.length < sizeAt + sizeBytes) return;
    const base = 2 ** (10 + (head[5]! >> 3));
    const window = single ? little(head, sizeAt, sizeBytes) : base + (base / 8) * (head[5]! & 7);
    if (window > LARGEST_WINDOW) throw new TooLargeWindow();
    this.hasChecksum = (flags & 4) !== 0;
    this.inFrame = true;
    this.head = [];
  }

  private block(): void {
    const { head } = this;
    if (head.length < 3) return;
    const header = little(head, 0, 3);
    // A block that repeats one byte has only that.
    this.skip = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
    if ((header & 1) === 1) {
      this.inFrame = false;
      if (this.hasChecksum) this.skip += 4;
    }
    this.head = [];
  }
}

function little(bytes: readonly number[], from: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[from + i]!;
  return value;
}
