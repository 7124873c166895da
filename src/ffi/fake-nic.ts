/** hp_nic_query of the fake shim. */
import { fromCString } from "../core/c-string.ts";
import type { FakeNetwork } from "./fake-network.ts";
import * as L from "./layout.ts";

/** A fake interface tells nothing but what a test has put into `network.nics`. */
export function nicFunctions(network: FakeNetwork) {
  return {
    hp_nic_query: (name: Uint8Array, out: number) => {
      const text = fromCString(name);
      if (text === "" || text.length > 15 || out === 0) return L.HP_EINVAL;
      const told = network.nics.get(text);
      if (told === undefined && !network.devices.has(text)) return L.HP_ENOENT;
      const view = network.memory.view(out, L.HP_NIC_SIZE);
      for (let i = 0; i < L.HP_NIC_SIZE; i++) view.setUint8(i, 0);
      view.setInt32(L.HP_NIC__CLOCK, -1, true);
      for (const [at, value] of Object.entries(told ?? {})) view.setInt32(Number(at), value, true);
      return L.HP_OK;
    },
  };
}
