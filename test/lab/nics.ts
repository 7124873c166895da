/** The NICs of the guest: what QEMU is asked for, and what the guest has to find. */

export interface Nic {
  /** QEMU's name of the model, and ours on the command line. */
  model: string;
  /** Further words of `-device`, each after a comma. */
  options: string[];
  /** Vendor and device as /sys/bus/pci shows them. */
  id: string;
  /** The slot is given to QEMU, so that the guest's address is known. */
  pci: string;
  mac: string;
}

export const NICS: readonly Nic[] = [
  {
    model: "e1000",
    options: [],
    id: "8086:100e",
    pci: "0000:00:08.0",
    mac: "52:54:00:00:00:08",
  },
  {
    model: "vmxnet3",
    options: [],
    id: "15ad:07b0",
    pci: "0000:00:09.0",
    mac: "52:54:00:00:00:09",
  },
  {
    model: "virtio-net-pci",
    // The modern device (1af4:1041), which reads guest memory through the IOMMU as the others do.
    options: ["disable-legacy=on", "iommu_platform=on"],
    id: "1af4:1041",
    pci: "0000:00:0a.0",
    mac: "52:54:00:00:00:0a",
  },
];

/** Words of QEMU's command line that plug one NIC and tie its cable to a Unix socket. */
export function nicWords(nic: Nic, index: number, socket: string): string[] {
  const slot = nic.pci.slice(-4);
  const words = [nic.model, `netdev=wire${index}`, `mac=${nic.mac}`, `addr=${slot}`];
  return [
    ...["-netdev", `stream,id=wire${index},server=off,addr.type=unix,addr.path=${socket}`],
    // No option ROM: nothing is booted from it, and the firmware would run it.
    ...["-device", [...words, ...nic.options, "romfile="].join(",")],
  ];
}
