/**
 * QEMU with emulated processors (TCG), an IOMMU, and a NIC per wire. KVM is not used: what the lab
 * proves does not depend on speed, and it runs where there is none.
 */
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { type Nic, nicWords } from "./nics.ts";
import { QEMU } from "./packages.ts";

const TAIL_LINES = 100;
const TAIL_CHARACTERS = 65_536;
const MEMORY_MB = 1024;
/** Of 2 MiB each. */
const HUGE_PAGES = 128;

export interface MachineOptions {
  folder: string;
  kernel: string;
  initramfs: string;
  nics: readonly Nic[];
  /** Paths of the sockets at the ends of the NICs' cables. */
  wires: string[];
  /** The machine is killed when it has not ended by itself. */
  limitMs: number;
}

export class Machine {
  private readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  private readonly server: Server;
  private readonly timer: ReturnType<typeof setTimeout>;
  private readonly lines: object[] = [];
  private wake: () => void = () => undefined;
  private console = "";
  private rest = "";
  private ending: string | undefined;

  private constructor(o: MachineOptions, server: Server) {
    this.server = server;
    server.on("connection", (socket) => {
      socket.on("data", (bytes) => this.hear(bytes.toString()));
      socket.on("error", () => undefined);
    });
    this.child = Bun.spawn(command(o), { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    this.timer = setTimeout(() => this.stop(`killed after ${o.limitMs / 1000} s`), o.limitMs);
    const read = [this.read(this.child.stdout), this.read(this.child.stderr)];
    // What was printed last is the reason: it is read before anyone is told of the end.
    Promise.all([this.child.exited, ...read]).then(([code]) => {
      this.ending ??= `QEMU ended with ${code}`;
      this.wake();
    });
  }

  static async start(o: MachineOptions): Promise<Machine> {
    const server = createServer();
    await new Promise<void>((done, fail) => {
      server.on("error", fail);
      server.listen(tellPath(o.folder), done);
    });
    return new Machine(o, server);
  }

  /** Resolves when the guest has told anything. */
  async booted(): Promise<void> {
    while (this.lines.length === 0) {
      if (this.ending !== undefined) throw new Error(`the machine is gone: ${this.ending}`);
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
  }

  /** The guest's next line on its second serial port. */
  async next(): Promise<object> {
    await this.booted();
    return this.lines.shift()!;
  }

  /** The last lines of its console, where the kernel and what runs write to. */
  tail(): string {
    return this.console.trimEnd().split(/\r*\n/).slice(-TAIL_LINES).join("\n");
  }

  /** Resolves when the process is gone. */
  async stop(why = "stopped"): Promise<void> {
    clearTimeout(this.timer);
    this.ending ??= why;
    this.child.kill("SIGKILL");
    this.server.close();
    this.wake();
    await this.child.exited;
  }

  private hear(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    for (const line of lines) {
      const value = parse(line.trim());
      if (value === undefined) this.console += `${line}\n`;
      else this.lines.push(value);
    }
    this.wake();
  }

  private async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      this.console = (this.console + decoder.decode(bytes)).slice(-TAIL_CHARACTERS);
    }
  }
}

/** Of a JSON object; anything else is talk. */
function parse(line: string): object | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined;
  }
}

function tellPath(folder: string): string {
  return join(folder, "tell.sock");
}

function command(o: MachineOptions): string[] {
  const boot = [
    ...["console=ttyS0", "loglevel=4", "panic=-1", "mitigations=off"],
    ...["intel_iommu=on", "iommu=nopt", `hugepages=${HUGE_PAGES}`],
  ];
  return [
    // Killed with us, however we end.
    ...["setpriv", "--pdeathsig", "KILL", QEMU],
    ...["-machine", "q35", "-accel", "tcg,thread=multi", "-smp", "2"],
    // The guest reads the host's counter, which is invariant; QEMU does not say so by itself.
    ...["-cpu", "max,x-force-features=on,invtsc=on", "-m", String(MEMORY_MB)],
    ...["-nodefaults", "-display", "none", "-no-reboot"],
    ...["-kernel", o.kernel, "-initrd", o.initramfs, "-append", boot.join(" ")],
    ...["-serial", "stdio"],
    ...["-chardev", `socket,id=tell,path=${tellPath(o.folder)},server=off`],
    ...["-serial", "chardev:tell"],
    ...["-device", "intel-iommu,intremap=off,caching-mode=on"],
    ...o.nics.flatMap((nic, i) => nicWords(nic, i, o.wires[i]!)),
  ];
}
