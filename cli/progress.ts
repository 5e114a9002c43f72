/** Progress on a terminal, one line that is rewritten; silent in CI and in pipes, so that logs stay readable. */
export class Progress {
  private readonly live: boolean;
  private width = 0;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {
    this.live = stream.isTTY === true && !process.env["CI"];
  }

  update(text: string): void {
    if (!this.live) return;
    const line = text.slice(0, Math.max(20, (this.stream.columns ?? 80) - 1));
    this.stream.write(`\r${line.padEnd(this.width)}`);
    this.width = line.length;
  }

  /** Clears the line. */
  done(): void {
    if (!this.live || this.width === 0) return;
    this.stream.write(`\r${" ".repeat(this.width)}\r`);
    this.width = 0;
  }
}
